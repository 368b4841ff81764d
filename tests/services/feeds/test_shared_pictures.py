"""Messages of one part share its pictures: whichever is read first must not show what another one tells to hide."""

from itertools import permutations

import pytest

from dispatch.blurs import WHOLE
from dispatch.event import Event
from services.feeds import name_of, with_media
from tests.services.feeds.asking import make_street_origin
from tests.services.feeds.test_private import FEEDS, PLATE, A, alert, anpr, info

JPEG = b"\xff\xd8\xffpicture"
PASSING = anpr(info("detectionPicture", PLATE))
BARE = alert("<channelID>1</channelID>")
SEEN = b'Code=CrossRegionDetection;action=Start;index=0;data={"Object":{"ObjectType":"Vehicle"}}\n'
READ = (
    b'Code=CrossRegionDetection;action=Start;index=1;data={"Object":{"ObjectType":"Plate",'
    b'"BoundingBox":[1000,1000,2000,2000]}}\n'
)


def form(*texts: bytes) -> bytes:
    """Return a form of one part with these texts, and a picture behind it."""
    head = (
        b'--b\r\nContent-Disposition: form-data; name="%s"; filename="detectionPicture.jpg"\r\nContent-Type: %s\r\n\r\n'
    )
    text = head % (b"a", b"text/plain") + b"".join(texts)
    return text + b"\r\n" + head % (b"p", b"image/jpeg") + JPEG + b"\r\n--b--\r\n"


def blurs_of(feed: str, *texts: bytes) -> list[object]:
    """Return what each of the messages, read alone as the engine reads it, has blurred of the picture."""
    found: list[object] = []
    for message, pictures in FEEDS[feed].split_pictured(form(*texts)):  # type: ignore[misc]
        assert pictures == [JPEG]
        body = with_media((A,), message, [name_of(each) for each in pictures])
        events = FEEDS[feed].translate(body, make_street_origin(feed, kinds=("blocked_fire_lane",)))
        found += [dict(each.blurs) for each in events if isinstance(each, Event)]
    return found


@pytest.mark.parametrize(("feed", "private", "other"), [("hikvision", PASSING, BARE), ("dahua", READ, SEEN)])
def test_each_of_them_hides_all_of_it_where_one_of_them_tells_a_plate(feed: str, private: bytes, other: bytes) -> None:
    for texts in permutations((private, other, other)):
        assert blurs_of(feed, *texts) == [{A: (WHOLE,)}] * 3


@pytest.mark.parametrize(("feed", "private", "other"), [("hikvision", PASSING, BARE), ("dahua", READ, SEEN)])
def test_one_alone_says_where_and_several_without_a_plate_hide_nothing(feed: str, private: bytes, other: bytes) -> None:
    ((alone,),) = [blurs_of(feed, private)]
    assert isinstance(alone, dict)
    assert alone[A] != (WHOLE,)
    assert blurs_of(feed, other, other) == [{}, {}]
