"""What of a citizen's words is flagged, and why; and what is not."""

import pytest

from dispatch.flags import Flag, FlagKind, FlagWord
from dispatch.moderation import flags_of, read_flags, reasons_of, write_flags
from dispatch.reasons import TEXTS

WORDS = (
    FlagWord("混蛋", FlagKind.INSULT),
    FlagWord("ass", FlagKind.INSULT),
    FlagWord("杀了你", FlagKind.THREAT),
    FlagWord("加微信", FlagKind.SPAM),
)


def kinds(text: str) -> list[str]:
    return [flag.kind.value for flag in flags_of(text, WORDS)]


@pytest.mark.parametrize(
    "text",
    [
        "测试",
        "测试123",
        "test 123",
        "TEST!!",
        "test test test",
        "１２３４",
        "你好",
        "asdf",
    ],
)
def test_who_only_tries_the_form_is_recognised(text: str) -> None:
    assert kinds(text) == ["test"]


@pytest.mark.parametrize("text", ["qwertyuiop", "xkcjvbnmwrt", "sdfkjhsdkjfh", "asdfghjkl"])
def test_keys_pressed_at_random_are_recognised(text: str) -> None:
    assert kinds(text) == ["mash"]


@pytest.mark.parametrize("text", ["啊啊啊啊啊啊啊啊", "路灯坏了路灯坏了路灯坏了路灯坏了路灯坏了", "hahahahahahahaha"])
def test_the_same_again_and_again_is_recognised(text: str) -> None:
    assert kinds(text) == ["repeat"]


@pytest.mark.parametrize(
    "text",
    [
        "路灯不亮",
        "井盖坏了，很危险",
        "The lamp at the corner of Main St is dark",
        "水管测试时爆裂，水一直流",
        "pass the bin at no. 12, it is overflowing",
        "BMW parked on the pavement",
        "HTTPS",
        "中山路123号",
        "垃圾成堆，臭！！！！！！",
        "",
    ],
)
def test_what_people_report_is_not_flagged(text: str) -> None:
    assert kinds(text) == []


def test_words_of_the_list_are_found_whatever_their_width_and_case() -> None:
    assert kinds("你们这些混蛋，我要杀了你") == ["insult", "threat"]
    assert kinds("you ASS") == ["insult"]
    assert kinds("please pass") == []


def test_flags_travel_as_text_and_come_back() -> None:
    flags = (Flag(FlagKind.INSULT, "混蛋"), Flag(FlagKind.PICTURE, "261127-00001"), Flag(FlagKind.MASH))
    assert read_flags(write_flags(flags)) == flags
    assert read_flags(None) == read_flags("nonsense:x") == ()


def test_every_kind_of_flag_has_its_words() -> None:
    for reason in reasons_of([Flag(kind, "x") for kind in FlagKind]):
        zh, en = TEXTS[reason.rule]
        assert zh.format(**reason.values) != en.format(**reason.values)
