"""What the audit says has words on its screen: the keys of its details, its acts, and why somebody was kept out."""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from services.api.routes.audit import AuditQuery
from tests.repo.files import read, written

SCREEN = "frontend/src/screens/admin"
DEEDS = {"deed_of": 2, "Deed": None}
"""What makes a deed -> where its act stands among its arguments (None: it is named)."""


@cache
def _all_calls() -> tuple[tuple[str, ast.Call], ...]:
    trees = (ast.parse(read(path)) for path in written(".py") if path.parts[0] == "services")
    nodes = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call))
    return tuple((node.func.id, node) for node in nodes if isinstance(node.func, ast.Name))


def calls(*names: str) -> Iterator[tuple[str, ast.Call]]:
    return ((name, node) for name, node in _all_calls() if name in names)


def texts_of(node: ast.expr | None) -> Iterator[str]:
    """The texts that an expression may be, where it is written out: one, or one of two."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from texts_of(node.body)
        yield from texts_of(node.orelse)


def named(call: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in call.keywords if each.arg == name), None)


def keys_written() -> set[str]:
    """The keys of all details. What is handed on whole (`**`) is the query of an export, and no other."""
    found: set[str] = set()
    for _, call in calls("detail_of"):
        for each in call.keywords:
            found |= {each.arg} if each.arg else set(AuditQuery.model_fields)
            assert each.arg or "query" in ast.unparse(each.value), "whose keys are these?"
    return found


def acts_written() -> set[str]:
    """The acts that stand written out where a deed is made, as the keys of their words."""
    found: set[str] = set()
    for name, call in calls(*DEEDS):
        place = DEEDS[name]
        found |= set(texts_of(named(call, "action") if place is None else call.args[place]))
    return {act.replace(".", "-") for act in found}


def reasons_written() -> set[str]:
    return {text for _, call in calls("SignOnFailed") for text in texts_of(call.args[0])}


def words(language: str, table: str) -> set[str]:
    """The keys of a table of the audit's words."""
    block = re.search(
        rf"^      {table}: \{{\n(.*?)^      \}}", read(f"{SCREEN}/{language}.ts"), re.MULTILINE | re.DOTALL
    )
    assert block, f"no {table} in {language}.ts"
    return set(re.findall(r"^        '?([\w-]+)'?: ", block[1], re.MULTILINE))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("table", "said"),
    [("details", keys_written()), ("action", acts_written()), ("refused", reasons_written())],
    ids=["details", "acts", "reasons"],
)
def test_what_services_write_to_the_audit_has_a_word(language: str, table: str, said: set[str]) -> None:
    assert len(said) >= 10, "where are they written now?"
    assert said - words(language, table) == set()


def test_no_key_has_a_word_that_nothing_writes() -> None:
    assert words("zh", "details") - keys_written() == set()
