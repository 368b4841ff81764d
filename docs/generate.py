"""Writes docs/generated/ from the code, or with `--check` says which pages are stale (exit status 1).

python -m docs.generate [--check]
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
from fastapi.routing import APIRoute
from prometheus_client import Counter, Gauge, Histogram

from dispatch.access import PERMISSIONS, RIGHTS, ROLES, RoleRow
from dispatch.case import OPEN_STAGES, TRANSITIONS, Back, FactData, Stage
from dispatch.commands import COMMANDS
from dispatch.reasons import TEXTS
from dispatch.wording import STAGES as STAGE_WORDS
from services.api.app import ROUTERS, bare_app
from services.api.doors import OPEN
from services.api.identity import access_of
from services.api.problems import KINDS
from services.api.refusals import REFUSALS
from services.feeds import load_feeds
from services.jobs.schedule import JOBS, Every
from services.live.hub import NEEDS
from services.observe import counters

FOLDER = Path(__file__).resolve().parent / "generated"
NOTE = "<!-- Written by docs/generate.py from the code. Do not edit: `make docs` writes it anew. -->\n"


def stages() -> str:
    """The life of a case as a diagram and as tables, from TRANSITIONS."""
    moves = [
        (stage, fact.__name__, _BACK if after is Back.HELD else after.value)
        for stage, row in TRANSITIONS.items()
        for fact, after in row.items()
        if after is not stage and after is not Back.RESTORED
    ]
    stays = {
        stage: sorted(fact.__name__ for fact, after in row.items() if after is stage)
        for stage, row in TRANSITIONS.items()
    }
    lines = ["stateDiagram-v2", f"  [*] --> {Stage.REPORTED}: CaseOpened"]
    lines += [f"  {stage} --> {after}: {fact}" for stage, fact, after in moves]
    lines += [f"  {stage} --> [*]" for stage in Stage if stage not in OPEN_STAGES]
    diagram = "```mermaid\n" + "\n".join(lines) + "\n```\n"
    moving = _table(("in stage", "fact", "then"), ((stage.value, f"`{fact}`", after) for stage, fact, after in moves))
    staying = _table(
        ("in stage", "facts that leave it there"),
        ((stage.value, ", ".join(f"`{fact}`" for fact in names)) for stage, names in stays.items()),
    )
    return (
        f"# The stages of a case\n\nWhat is not here cannot happen. `{_BACK}` is the stage that it was held in. "
        "`MoveUndone` (`undo`) is allowed in every stage and leads back to the stage before the move.\n\n"
        f"{_stage_words()}\n{diagram}\n{moving}\n{staying}\n## Who may do what in which stage\n\n{_stage_commands()}"
    )


_BACK = "as_before"


def _stage_words() -> str:
    rows = (
        (f"`{stage}`", STAGE_WORDS[stage].zh, STAGE_WORDS[stage].en, "" if stage in OPEN_STAGES else "yes")
        for stage in Stage
    )
    return _table(("stage", "zh", "en", "ends"), rows)


def _stage_commands() -> str:
    rows = (
        (stage.value, f"`{name}`", row.zh, row.en, ", ".join(r.value for r in ROLES if row.right in ROLES[r].commands))
        for stage in Stage
        for name, each in COMMANDS.items()
        for row in each
        if stage in row.stages and not row.alias_of
    )
    return _table(("in stage", "command", "zh", "en", "roles"), rows)


_OF_EVERY_FACT = frozenset(field.name for field in msgspec.structs.fields(FactData))


def facts() -> str:
    """Every kind of fact with its fields, as it stands in the journal and on the wire."""
    parts = [
        "# Facts\n\nWhat the journal holds and `/ws/live` sends. A field that has its default is left out. "
        "Every fact may have `stage_due_at`: by when the stage that it leads to should be left.\n"
    ]
    for kind in sorted(FactData.__subclasses__(), key=lambda each: each.__name__):
        about = _first_paragraph(kind.__doc__)
        rows = (
            (f"`{field.name}`", f"`{_type_name(field.type)}`", "yes" if field.required else "")
            for field in msgspec.structs.fields(kind)
            if field.name not in _OF_EVERY_FACT
        )
        table = _table(("field", "type", "required"), rows)
        parts.append(f"## {kind.__name__}\n\n{about}{table}")
    return "\n".join(parts)


def feeds() -> str:
    """Every feed: what it is, its door and its topics."""
    rows = (
        (f"`{feed.name}`", feed.summary, ", ".join(f"`{topic}`" for topic in feed.mqtt_topics), feed.pointing)
        for feed in load_feeds().values()
    )
    intro = "Each is posted to `/api/v1/intake/{feed}`; the topics are those that the MQTT door subscribes to.\n\n"
    return f"# Feeds\n\n{intro}{_table(('feed', 'what', 'MQTT topics', 'how a device is pointed at Wardline'), rows)}"


def jobs() -> str:
    """Every job: when it runs and why then."""
    rows = (
        (
            f"`{job.name}`",
            f"every {job.when.seconds:g} s"
            if isinstance(job.when, Every)
            else f"daily {job.when.hour:02}:{job.when.minute:02}",
            job.about,
        )
        for job in JOBS
    )
    return f"# Jobs\n\nTimes of day are the city's.\n\n{_table(('job', 'when', 'why'), rows)}"


def access() -> str:
    """Who may do what, from ROLES."""
    roles = [(role.value, row) for role, row in ROLES.items()]

    def matrix(first: str, names: Iterable[str], has: Callable[[RoleRow, str], bool], about: Mapping[str, str]) -> str:
        head = (first, *(name for name, _ in roles))
        rows = ((f"`{n}`{about.get(n, '')}", *("yes" if has(row, n) else "" for _, row in roles)) for n in names)
        return _table(head, rows)

    words = {name: f" {zh}, {en}" for name, (zh, en) in PERMISSIONS.items()}
    named = _table(("role", "zh", "en"), ((f"`{name}`", row.zh, row.en) for name, row in roles))
    may_look = matrix("permission", PERMISSIONS, lambda row, name: name in row.permissions, words)
    orders = {name: f" {zh}, {en}" for name, (zh, en) in RIGHTS.items()}
    may_do = matrix("right", RIGHTS, lambda row, name: name in row.commands, orders)
    bounds = (
        "What an account sees is bounded beside that by its area, its department or its worker. A custom role is "
        "another set of permissions and rights, built from one of these, and keeps its bounds.\n"
    )
    parts = ("# Roles\n\n" + bounds, named, "## May look at and run\n\n" + may_look)
    more = ("## May do to a case\n\n" + may_do, "## What a route takes\n\n" + _routes())
    return "\n".join([*parts, *more, "## What a topic takes\n\n" + _topics()])


def _routes() -> str:
    intro = (
        "`open` asks for nothing; `own` for somebody who is signed in, and concerns himself alone. "
        "What a route shows is bounded by the cases that one sees.\n\n"
    )
    found = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    rows = (
        (f"`{min(route.methods or ())} {route.path}`", "open" if route.operation_id in OPEN else access_of(route))
        for route in sorted(found, key=lambda each: (each.path, min(each.methods or ())))
    )
    return intro + _table(("route", "takes"), rows)


def _topics() -> str:
    return _table(("topic of `/ws/live`", "takes"), ((f"`{topic}`", f"`{name}`") for topic, name in NEEDS.items()))


def metrics() -> str:
    """What /metrics tells, from services/observe/counters.py."""
    found = sorted(
        (each for each in vars(counters).values() if isinstance(each, METRICS)), key=lambda each: _metric(each)[0]
    )
    intro = "`GET /metrics`, in the Prometheus text format, beside those of the Python process.\n\n"
    return f"# Metrics\n\n{intro}{_table(('metric', 'kind', 'labels', 'what'), map(_metric, found))}"


METRICS = (Counter, Gauge, Histogram)


def _metric(each: Counter | Gauge | Histogram) -> tuple[str, str, str, str]:
    family = next(iter(each.describe()))
    name = f"{family.name}_total" if family.type == "counter" else family.name
    return f"`{name}`", family.type, ", ".join(f"`{label}`" for label in each._labelnames), family.documentation


def openapi() -> str:
    """The HTTP API; the front's types are made from it."""
    return json.dumps(bare_app().openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def problems() -> str:
    """Every type of problem that the API answers with, and the refusals that lead to it."""
    causes: dict[str, list[str]] = {}
    for refusal, row in REFUSALS.items():
        causes.setdefault(row.slug, []).append(f"`{refusal.__name__}`")
    rows = (
        (f"`{kind.type}`", str(kind.status), kind.zh, kind.en, ", ".join(sorted(causes.get(kind.slug, []))))
        for kind in KINDS.values()
    )
    intro = (
        "Errors are RFC 9457 `application/problem+json`. `type` is stable; `title` follows Accept-Language and "
        "`titles` has both; `refusal` names the desk's own word for it and `words` says it in both languages.\n\n"
    )
    return f"# Problems\n\n{intro}{_table(('type', 'status', 'zh', 'en', 'refusals'), rows)}"


def reasons() -> str:
    """Every reason of an automatic choice, in both languages, from dispatch/reasons.py."""
    rows = ((f"`{rule}`", zh, en) for rule, (zh, en) in TEXTS.items())
    intro = (
        "Why an automatic choice was made. A fact keeps the rule and its values; the words are made when it is read. "
        "What stands in braces is filled in.\n\n"
    )
    return f"# Reasons\n\n{intro}{_table(('rule', 'zh', 'en'), rows)}"


PAGES: Mapping[str, Callable[[], str]] = {
    "access.md": access,
    "facts.md": facts,
    "feeds.md": feeds,
    "jobs.md": jobs,
    "metrics.md": metrics,
    "openapi.json": openapi,
    "problems.md": problems,
    "reasons.md": reasons,
    "stages.md": stages,
}
"""file in docs/generated/ -> what writes it."""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    lines += [
        f"| {' | '.join(cell.replace('|', chr(92) + '|').replace(chr(10), ' ') for cell in row)} |" for row in rows
    ]
    return "\n".join(lines) + "\n"


def _first_paragraph(text: str | None) -> str:
    inherited = FactData.__doc__
    if not text or text == inherited:
        return ""
    return " ".join(text.split("\n\n")[0].split()) + "\n\n"


_MODULE = re.compile(r"\b(?:\w+\.)+(?=\w)")


def _type_name(kind: object) -> str:
    return kind.__name__ if isinstance(kind, type) else _MODULE.sub("", str(kind))


def render(name: str) -> str:
    """Return a page as it should be."""
    text = PAGES[name]()
    return text if name.endswith(".json") else f"{NOTE}\n{text}"


def list_stale() -> list[str]:
    """Return the names of pages that are missing, differ from the code, or that nothing writes any more."""
    stale = [name for name in PAGES if _read(FOLDER / name) != render(name)]
    return stale + sorted(path.name for path in FOLDER.glob("*") if path.name not in PAGES)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a page is stale")
    if parser.parse_args(argv).check:
        for name in (stale := list_stale()):
            print(f"docs/generated/{name} is stale: run `make docs`", file=sys.stderr)
        return 1 if stale else 0
    FOLDER.mkdir(exist_ok=True)
    for name in PAGES:
        (FOLDER / name).write_text(render(name), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
