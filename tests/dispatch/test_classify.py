"""What an event is about, and the reasons that are given for it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.category import Priority, most_urgent, step_up
from dispatch.classify import Classified, Unclassified, classify
from dispatch.event import Event, Vocabulary
from dispatch.ids import SourceId
from dispatch.lexicon import suggest
from tests.builders import CITY, make_codes, make_event
from tests.taxonomy import GAS, LAMP, LITTER, TREE, VENDOR, make_category

CAMERA = CITY.codes.sources[SourceId("cam1")]


def read(event: Event, *, by_camera: bool = False) -> Classified | Unclassified:
    return classify(event, CAMERA if by_camera else None, CITY.codes)


def found(event: Event, *, by_camera: bool = False) -> Classified:
    what = read(event, by_camera=by_camera)
    assert isinstance(what, Classified)
    return what


def say(text: str) -> Event:
    return make_event(vocabulary=Vocabulary.TEXT, kind="", text=text)


def see(kind: str, **changes: object) -> Event:
    return make_event(vocabulary=Vocabulary.VIDEO, kind=kind, **changes)


def measure(kind: str, severity: int) -> Event:
    return make_event(vocabulary=Vocabulary.SENSOR, kind=kind, severity=severity)


def rules(what: Classified | Unclassified) -> list[str]:
    return [reason.rule for reason in what.because]


def test_what_the_sender_says_is_kept_with_his_confidence() -> None:
    what = found(make_event(kind=LITTER, confidence=0.4))
    assert (what.category.code, what.confidence, rules(what)) == (LITTER, 0.4, ["class.given"])


@pytest.mark.parametrize(
    ("vocabulary", "rule"),
    [
        (Vocabulary.CATEGORY, "class.unknown_category"),
        (Vocabulary.VIDEO, "class.unknown_video"),
        (Vocabulary.SENSOR, "class.unknown_sensor"),
    ],
)
def test_a_word_that_no_table_has_falls_back_on_the_text_and_then_on_a_person(
    vocabulary: Vocabulary, rule: str
) -> None:
    what = read(make_event(vocabulary=vocabulary, kind="E9999", text="路边有垃圾堆"))
    assert isinstance(what, Classified)
    assert (what.category.code, rules(what)) == (LITTER, [rule, "class.words"])
    nothing = read(make_event(vocabulary=vocabulary, kind="E9999"))
    assert isinstance(nothing, Unclassified)
    assert rules(nothing) == [rule, "class.no_words"]


def test_a_type_whose_category_the_city_does_not_have_falls_back_too() -> None:
    codes = make_codes(categories=[make_category(TREE)])
    for event in (see("exposed_litter"), measure("septic_gas", 3)):
        assert isinstance(classify(event, None, codes), Unclassified)


def test_a_camera_speaks_of_video_types_or_of_its_detectors_labels() -> None:
    for kind in ("exposed_litter", "trash"):
        assert found(see(kind)).category.code == LITTER


def test_a_label_of_several_types_means_the_one_that_the_camera_is_set_up_for() -> None:
    assert found(see("person"), by_camera=True).category.code == GAS
    assert found(see("person")).category.code == VENDOR, "without a camera the first of the table"


def test_the_video_type_says_how_urgent_unless_it_leaves_that_to_the_category() -> None:
    assert found(see("person"), by_camera=True).priority is Priority.CRITICAL
    assert found(see("vendor")).priority is Priority.GENERAL


@pytest.mark.parametrize(("lasted_s", "opens"), [(59.9, False), (60, True), (None, True), ("long", True)])
def test_what_has_not_lasted_long_enough_opens_nothing(lasted_s: object, opens: bool) -> None:
    what = found(see("exposed_litter", attributes={"lasted_s": lasted_s}))
    assert what.opens is opens
    assert ("class.too_short" in rules(what)) is not opens


@pytest.mark.parametrize(
    ("severity", "opens", "priority"), [(1, False, "urgent"), (2, True, "urgent"), (3, True, "critical")]
)
def test_a_sensors_level_says_whether_it_opens_and_how_urgent_it_is(severity: int, opens: bool, priority: str) -> None:
    what = found(measure("septic_gas", severity))
    assert (what.category.code, what.opens, what.priority.value) == (GAS, opens, priority)


def test_urgency_has_an_order_and_an_end() -> None:
    assert most_urgent(Priority.GENERAL, Priority.CRITICAL, Priority.URGENT) is Priority.CRITICAL
    assert [step_up(each) for each in Priority] == [Priority.CRITICAL, Priority.CRITICAL, Priority.URGENT]


# --- words -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("解放碑旁边有一大堆垃圾没人清理", LITTER),
        ("There are garbage bags all over the corner", LITTER),
        ("three GARBAGE  BAGS' left", LITTER),
        ("小区门口路灯不亮三天了", LAMP),
        ("The street lights are out", LAMP),
        ("闻到沼气味，怀疑燃气泄漏", GAS),
        ("strong smell of gas near the school", GAS),
        ("树倒了，压住人行道", TREE),
    ],
)
def test_peoples_words_are_understood(text: str, category: str) -> None:
    best = suggest(text, CITY.codes)[0]
    assert best.category == category
    assert best.words
    assert found(say(text)).category.code == category


@pytest.mark.parametrize("text", ["", "hello", "有人吗", "gasoline is dear", "clamping", "!?", "你"])
def test_words_of_no_category_are_not_guessed_at(text: str) -> None:
    assert suggest(text, CITY.codes) == []
    assert isinstance(read(say(text)), Unclassified)


def test_the_longest_word_counts_and_not_the_one_inside_it() -> None:
    assert suggest("路灯不亮", CITY.codes)[0].words == ("路灯不亮",)


def test_two_categories_in_one_text_make_it_unsure() -> None:
    one = suggest("树木倒伏", CITY.codes)[0]
    two = suggest("树木倒伏，旁边有暴露垃圾", CITY.codes)
    assert one.confidence == 1.0
    assert [each.confidence for each in two] == [0.5, 0.5]


def test_one_short_word_alone_is_a_hint_and_no_certainty() -> None:
    assert suggest("路灯", CITY.codes)[0].confidence == 0.5


def test_a_word_that_categories_share_weighs_less_for_each() -> None:
    codes = make_codes(categories=[make_category(GAS, words_zh=("漏气",)), make_category(TREE, words_zh=("漏气",))])
    assert [(each.category, each.confidence) for each in suggest("漏气", codes)] == [(GAS, 0.125), (TREE, 0.125)]


def test_a_name_of_one_character_or_of_none_is_no_word() -> None:
    codes = make_codes(categories=[make_category(TREE, name_zh="树", name_en="—", words_zh=("倒",), words_en=())])
    assert suggest("树倒了 —", codes) == []


def test_only_so_many_are_suggested() -> None:
    text = "垃圾 路灯 沼气 小贩 倒伏"
    assert len(suggest(text, CITY.codes)) == 5
    assert len(suggest(text, CITY.codes, limit=2)) == 2


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    for each in suggest(text, CITY.codes):
        assert 0 < each.confidence <= 1
        assert each.words
