"""partners.csv, forwarding.csv and moderation.csv: what is read of them, and how their faults are told."""

import pytest

from dispatch.partners import Meaning, Updates
from services.city.fault_words import find_words
from services.city.faults import PackFaults
from services.city.read import read_pack
from tests.services.city.small_pack import pack_files

PARTNERS = "id,name_zh,name_en,endpoint,format,secret,internal,searchable,updates,poll_min,words\n"
GAS = "gas,燃气,,https://gas.example/v2/,xml,gas,true,false,both,2,Done=handled|nope=refused\n"
RULES = "partner,category,areas,department,service_code,mode,sends,attributes\n"
RULE = "gas,P0118,500103001,works,LEAK,hand_over,text|photos,REF={number}\n"


def test_rows_are_read_whole() -> None:
    pack = read_pack(
        {**pack_files(), "partners.csv": (PARTNERS + GAS).encode(), "forwarding.csv": (RULES + RULE).encode()}
    )
    (partner,), (rule,) = pack.partners, pack.forwarding
    assert (partner.endpoint, partner.format, partner.name_en) == ("https://gas.example/v2", "xml", "燃气")
    assert (partner.internal, partner.searchable, partner.updates, partner.poll_min) == (True, False, Updates.BOTH, 2)
    assert partner.words == {"done": Meaning.HANDLED, "nope": Meaning.REFUSED}
    assert (rule.handles, rule.sends, rule.attributes) == (True, ("text", "photos"), {"REF": "{number}"})


def test_a_pack_without_them_gives_cases_to_nobody() -> None:
    pack = read_pack(pack_files())
    assert (pack.partners, pack.forwarding, pack.moderation) == ((), (), ())


FAULTS = [
    ("partners.csv", PARTNERS + GAS + GAS, 3, "id is that of line 2"),
    ("partners.csv", PARTNERS + GAS.replace("https://gas.example/v2/", "ftp://x"), 2, "endpoint must be an http"),
    ("partners.csv", PARTNERS + GAS.replace("gas.example", "a:b@gas.example"), 2, "endpoint must hold no name"),
    ("partners.csv", PARTNERS + GAS.replace("Done=handled", "Done=well"), 2, "words must lead to one of"),
    ("partners.csv", PARTNERS + GAS.replace("Done=handled", "Done"), 2, "words is written key=value"),
    ("partners.csv", PARTNERS + GAS.replace("both", "all"), 2, "updates must be one of"),
    ("forwarding.csv", RULES + RULE + RULE, 3, "partner, category, areas and department are those of line 2"),
    ("forwarding.csv", RULES + RULE.replace("gas,", "water,"), 2, "the partner is not known: water"),
    ("forwarding.csv", RULES + RULE.replace("P0118", "P9999"), 2, "the category is not known: P9999"),
    ("forwarding.csv", RULES + RULE.replace("500103001", "500999"), 2, "the area is not known: 500999"),
    ("forwarding.csv", RULES + RULE.replace("works", "fire"), 2, "the department is not known: fire"),
    ("forwarding.csv", RULES + RULE.replace("text|", "diary|"), 2, "sends must be some of"),
    ("forwarding.csv", RULES + RULE.replace("{number}", "{reporter}"), 2, "attributes may hold"),
    ("moderation.csv", "word,kind\n混蛋,insult\n混蛋,spam\n", 3, "word is that of line 2"),
    ("moderation.csv", "word,kind\n混蛋,rude\n", 2, "kind must be one of"),
    ("moderation.csv", f"word,kind\n{'x' * 41},spam\n", 2, "word has 41 characters; at most 40"),
]


@pytest.mark.parametrize(("file", "text", "line", "message"), FAULTS)
def test_a_fault_is_named_by_file_and_line_in_both_languages(file: str, text: str, line: int, message: str) -> None:
    files = {**pack_files(), "partners.csv": (PARTNERS + GAS).encode(), file: text.encode()}
    with pytest.raises(PackFaults) as caught:
        read_pack(files)
    (only,) = caught.value.faults
    assert (only.file, only.line) == (file, line)
    assert only.message.startswith(message)
    assert find_words(only.message) is not None
