"""What a text is found by: pairs of Chinese characters, words of an alphabet by their beginning."""

import pytest

from services.store.words import ASKED_MAX, TOKENS_MAX, asked_tokens, tokens_of


def finds(question: str, *texts: str) -> bool:
    """Whether a database that keeps the tokens would find the texts by the question."""
    tokens = tokens_of(texts)
    asked = asked_tokens(question)
    return bool(asked) and all(
        any(token.startswith(each) if begins else token == each for token in tokens) for each, begins in asked
    )


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("垃圾", "路边有垃圾没人清"),
        ("人民广场", "在人民广场地铁口"),
        ("广场地铁", "在人民广场地铁口"),
        ("桥", "石板桥"),
        ("桥", "桥下积水"),
        ("Litter", "There is litter all over"),
        ("lit", "There is litter all over"),
        ("ALL litter", "There is litter all over"),
        ("261124-00042", "261124-00042"),
        ("00042", "261124-00042"),
        ("42", "261124-00042"),
        ("12号楼", "较场口12号楼前"),
        ("café", "outside the Café de Flore"),
        ("𠮷野家", "𠮷野家门口"),
    ],
)
def test_a_text_is_found_by(question: str, text: str) -> None:
    assert finds(question, text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("广民", "人民广场"),
        ("圾垃", "垃圾"),
        ("垃圾 井盖", "路边有垃圾"),
        ("itter", "litter"),
        ("0042", "261124-00142"),
        ("桥上", "桥下积水"),
        ("", "anything"),
        ("，。!", "，。!"),
        ("'\" * OR (", "nor so"),
    ],
)
def test_a_text_is_not_found_by(question: str, text: str) -> None:
    assert not finds(question, text)


def test_tokens_hold_nothing_that_a_query_language_could_mean() -> None:
    strange = "a\"b'c*d(e)f:g^h-i+j{k}l\\m|n&o!p,q\x00r\ns\tt"
    for token, _ in asked_tokens(strange):
        assert token.isalnum()


def test_there_is_a_limit_to_what_is_kept_and_asked() -> None:
    long = " ".join(f"w{n}" for n in range(5_000))
    assert len(tokens_of([long])) == TOKENS_MAX
    assert len(asked_tokens(long)) == ASKED_MAX
    assert max(map(len, tokens_of(["x" * 10_000]))) <= 40
