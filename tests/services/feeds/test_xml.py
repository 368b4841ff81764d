"""XML from senders that nobody vouches for: what is read, and what is refused before it can do harm."""

from time import process_time

import pytest

from services.feeds import PARTS_MAX, Unreadable, load_feeds
from services.feeds._xml import DEPTH_MAX, ELEMENTS_MAX, SIZE_MAX, decode_xml, from_json, read_xml, split_elements

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "dtd"),
        (b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]><a/>', "dtd"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>', "dtd"),
        (b"<!DOCTYPE a><a/>", "dtd"),
        (f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><a>&l9;</a>'.encode(), "dtd"),
        (f'<?xml version="1.0" encoding="GB2312"?><!DOCTYPE a [{LAUGHS}]><a>哈</a>'.encode("gb2312"), "dtd"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><a/>'.encode("utf-16"), "dtd"),
        (b"<a>" * (DEPTH_MAX + 1), "depth"),
        (b"<a>" * 200_000, "depth"),
        (b"<a>" + b"<b/>" * ELEMENTS_MAX + b"</a>", "size"),
        (b"<a>" + b" " * SIZE_MAX + b"</a>", "size"),
        (b"", "xml"),
        (b"<a>", "xml"),
        (b"<a/><b/>", "xml"),
        (b"<a>\x00</a>", "xml"),
        (b"<a>&undeclared</a", "xml"),
        (b"\xff\xff\xff\xff", "encoding"),
    ],
)
def test_what_could_do_harm_is_refused_by_name(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        read_xml(body)
    assert refusal.value.reason == reason


def test_nothing_is_fetched_by_an_include_or_a_schema() -> None:
    root = read_xml(
        b'<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd"/>'
        b'<b xsi:schemaLocation="x file:///etc/passwd">text</b></a>'
    )
    assert (root.value("include"), root.value("b")) == ("", "text")


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030", "gbk", "gb2312", "utf-16"])
def test_chinese_is_read_whether_its_encoding_is_declared_or_not(codec: str) -> None:
    assert read_xml("<a>区域入侵</a>".encode(codec)).text == "区域入侵"
    declared = f'<?xml version="1.0" encoding="{codec.removesuffix("-sig")}"?>\n<a>区域入侵</a>'
    assert read_xml(declared.encode(codec)).text == "区域入侵"


def test_what_gb2312_lacks_is_read_though_it_was_declared() -> None:
    text = '<?xml version="1.0" encoding="GB2312"?><a>朱镕基 㐀 𠀀</a>'
    assert read_xml(text.encode("gb18030")).text == "朱镕基 㐀 𠀀"


def test_a_declared_encoding_that_is_not_true_is_looked_through() -> None:
    assert read_xml('<?xml version="1.0" encoding="UTF-8"?><a>报警</a>'.encode("gbk")).text == "报警"
    assert read_xml('<?xml version="1.0" encoding="x-mars"?><a>报警</a>'.encode()).text == "报警"
    assert read_xml('<?xml version="1.0" encoding="ISO-8859-1"?><a>Usulután</a>'.encode("latin-1")).text == "Usulután"
    assert decode_xml(b"\xef\xbb\xbf <?xml version='1.0'?> <a/> ") == "<a/>"


def test_an_ampersand_that_people_have_typed_is_itself() -> None:
    assert read_xml(b"<a><b>R&B &amp; caf&#233; &nbsp;</b></a>").value("b") == "R&B & café &nbsp;"


def test_names_are_compared_without_prefix_and_case() -> None:
    root = read_xml(b'<ns1:Alert xmlns="urn:a"><EventType>IO</EventType><x:Deep x:Name="1"><y/></x:Deep></ns1:Alert>')
    assert (root.name, root.value("eventtype"), root.first("EVENTTYPE")) == ("alert", "IO", "IO")
    deep = root.find("Deep")
    assert deep is not None
    assert deep.attributes == {"name": "1"}
    assert [node.name for node in root.walk()] == ["alert", "eventtype", "deep", "y"]


def test_json_is_read_as_the_element_that_says_the_same() -> None:
    root = from_json({"a:Event": {"on": True, "ids": [1, 2], "none": None, "box": {"x": 0.5}}}, "root")
    assert root.value("event", "on") == "true"
    assert [node.text for node in root.within("ids")] == ["1", "2"]
    assert (root.first("x"), root.first("none")) == ("0.5", "")
    deep: object = 1
    for _ in range(DEPTH_MAX + 1):
        deep = {"a": deep}
    for hostile, reason in ((deep, "depth"), ([0] * ELEMENTS_MAX, "size")):
        with pytest.raises(Unreadable) as refusal:
            from_json(hostile)
        assert refusal.value.reason == reason


def test_a_document_of_many_is_parted_and_a_broken_one_takes_no_other_with_it() -> None:
    head = b'<?xml version="1.0" encoding="GB2312"?>'
    one, two = "<n:E a='1'><b>一</b></n:E>".encode("gbk"), b"<E>2</E>"
    body = head + b"<list xmlns:n='u'>" + one + b"<E><broken>" + two + b"</list>"
    assert split_elements(body, "E") == [head + one, head + b"<E><broken>", head + two]
    assert split_elements(head + one, "E") == [head + one]
    assert split_elements(b"<Es><E/></Es>", "E") == [b"<Es><E/></Es>"]
    assert len(split_elements(b"<E>" * (PARTS_MAX + 10), "E")) == PARTS_MAX + 1


HOSTILE = {
    "headers": b"--b\r\n" + b"a:\r\n" * 500_000,
    "delimiters": b"--b\r\n" * 500_000,
    "dashes": b"--" * 1_000_000,
    "elements": b"<EventNotificationAlert " * 100_000,
    "prefixes": b"<alert>" + b"<a:" * 500_000,
    "lines": b"Code=\n" * 300_000,
    "picture": b"--b\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8" + b"\r\n-" * 500_000 + b"\r\n--b--",
}


@pytest.mark.parametrize("name", ["hikvision", "dahua", "onvif", "cap"])
@pytest.mark.parametrize("hostile", sorted(HOSTILE))
def test_a_hostile_body_is_parted_in_no_time(name: str, hostile: str) -> None:
    feed = load_feeds()[name]
    began_s = process_time()
    parts = feed.split(HOSTILE[hostile])
    for part in parts[:10]:
        feed.key(part)
        feed.is_timeless(part)
    assert parts
    assert process_time() - began_s < 3
