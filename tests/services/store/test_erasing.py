"""What is taken out of a JSON value, and what stays."""

from services.store.erasing import holds_none, holds_words, without


def test_only_what_is_wholly_the_reporter_s_words_is_taken_out() -> None:
    def is_his(_name: str, text: str) -> bool:
        return text.strip() == "his words"

    said = {"text": " his words ", "because": [{"values": {"x": "his words and more"}}], "media": ["m1", "m2"], "n": 1}
    assert without(said, is_his, frozenset({"m2"})) == {
        "text": "",
        "because": [{"values": {"x": "his words and more"}}],
        "media": ["m1"],
        "n": 1,
    }
    assert without(said, holds_none, frozenset()) == said


def test_a_person_s_words_go_by_the_name_of_their_field_at_whatever_depth() -> None:
    said = {"text": "a", "place": {"address": "b", "street": "s"}, "note": "c", "before": {"text": "d", "n": 1}}
    assert without(said, holds_words, frozenset()) == {
        "text": "",
        "place": {"address": "", "street": "s"},
        "note": "c",
        "before": {"text": "", "n": 1},
    }
