"""Messages are taken up in turn from all sources: who sends most waits longest."""

from hypothesis import given
from hypothesis import strategies as st

from dispatch.ids import MessageId, SourceId
from services.engine.fairness import LOUDEST_MAX, LOUDEST_MIN, FairQueue
from services.store.inbox import Message
from tests.builders import TUESDAY_10


def make(source: str, n: int) -> Message:
    name = MessageId(f"{source}{n}")
    return Message(id=name, feed="f", source_id=SourceId(source), body=b"", received_at=TUESDAY_10)


def fill(*counts: tuple[str, int]) -> FairQueue:
    queue = FairQueue()
    for source, count in counts:
        for n in range(count):
            queue.put(make(source, n))
    return queue


def ids(messages: list[Message]) -> list[str]:
    return [message.id for message in messages]


def test_one_word_among_ten_thousand_is_in_the_next_turn() -> None:
    queue = fill(("loud", 10_000), ("quiet", 1))
    assert "quiet0" in ids(queue.take(256))
    assert len(queue) == 10_001 - 256


def test_a_source_that_is_alone_has_the_whole_turn_and_one_that_is_not_a_share_of_it() -> None:
    queue = fill(("loud", 10_000))
    assert len(queue.take(256)) == 256
    queue.put(make("quiet", 0))
    queue.take(256)
    queue.put(make("quiet", 1))
    assert len(queue.take(256)) < 64
    assert max(len(queue.take(256)) for _ in range(150)) < 64, "the next words of others are near"


def test_the_share_of_the_loudest_follows_the_time_that_its_messages_take() -> None:
    queue = fill(("loud", 20_000), ("quiet", 1))
    queue.take(256)
    for _ in range(20):
        queue.pace(0.1)
    assert len(queue.take(256)) == LOUDEST_MIN
    for _ in range(60):
        queue.pace(0.000_1)
    assert len(queue.take(256)) == LOUDEST_MAX


def test_a_suspect_is_taken_alone_and_holds_up_its_own_source_only() -> None:
    queue = fill(("a", 3), ("b", 2))
    assert ids(queue.take(256, {MessageId("a1")})) == ["a0", "b0", "b1"]
    assert ids(queue.take(256, {MessageId("a1")})) == ["a1"]
    assert ids(queue.take(256, {MessageId("a1")})) == ["a2"]
    assert len(queue) == 0


def test_a_message_can_be_taken_out() -> None:
    queue = fill(("a", 2), ("b", 1))
    queue.remove(make("b", 0))
    queue.remove(make("a", 0))
    queue.remove(make("nobody", 0))
    assert queue.size_of(SourceId("a")) == 1
    assert ids(queue.take(256)) == ["a1"]


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 5)), max_size=60),
    st.lists(st.integers(1, 40), min_size=1, max_size=10),
    st.sets(st.sampled_from([f"{source}{n}" for source in "abcd" for n in range(5)])),
)
def test_nothing_is_lost_or_doubled_and_each_source_keeps_its_order(
    sent: list[tuple[str, int]], limits: list[int], suspects: set[str]
) -> None:
    queue, given_, taken = FairQueue(), list[Message](), list[Message]()
    for source, _ in sent:
        message = make(source, sum(each.source_id == source for each in given_))
        given_.append(message)
        queue.put(message)
    doubtful = {MessageId(each) for each in suspects}
    for limit in [*limits, *[50] * 200]:
        turn = queue.take(limit, doubtful)
        assert len(turn) <= limit
        assert len(turn) == 1 or not doubtful.intersection(message.id for message in turn)
        taken.extend(turn)
    assert len(queue) == 0
    for source in "abcd":
        assert [m.id for m in taken if m.source_id == source] == [m.id for m in given_ if m.source_id == source]
