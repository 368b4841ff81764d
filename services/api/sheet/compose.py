"""From a case and its journal to what stands on its sheet, in one language."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import msgspec

from dispatch.case import Case
from dispatch.city import Codes, Names
from dispatch.citymap import City
from dispatch.forwarding import OF_PARTNER
from dispatch.wording import FEEDS, PRIORITIES, say_value
from services.api.sheet.values import Line, Row, Sheet, local_time
from services.api.sheet.words import LABELS, STAGES, STORY
from services.live.views import category_name
from services.store.journal import Entry

STORY_MAX = 200
"""Entries on a sheet, the last ones: some eight pages. Who needs more reads the journal."""
QUOTE_MAX = 600
BY_RULE = "rule"

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_QUOTED = ("reason", "note", "text")
"""Fields of a fact that somebody wrote; the first that is there is quoted."""
_MACHINES_WORDS = frozenset({"CaseQueued", "CheckAsked", "CaseEscalated"})
"""Facts whose `reason` is a rule's name and no words."""


class Composer:
    """Makes the sheet of one case. `people` are the names behind usernames."""

    def __init__(self, city: City, language: str, people: Mapping[str, Names]) -> None:
        self.city, self.language, self.people = city, language, people

    def compose(self, case: Case, entries: Sequence[Entry], pictures: Sequence[Path], who: str, at: datetime) -> Sheet:
        """Return what stands on the sheet that `who` prints at that time."""
        category = self._say(category_name(case.category, self.codes).name)
        cut = len(entries) > STORY_MAX
        return Sheet(
            city=self._say(self.city.name),
            number=case.number,
            headline=category,
            rows=[row for row in self._rows(case) if row.value],
            words=case.text,
            pictures=pictures,
            story=[self._line(entry) for entry in entries[-STORY_MAX:]],
            story_cut=self._label("story_cut", n=STORY_MAX) if cut else "",
            printed=self._label("printed", who=who, at=local_time(at, self.zone)),
            language=self.language,
        )

    @property
    def codes(self) -> Codes:
        return self.city.codes

    @property
    def zone(self) -> tzinfo:
        return self.city.timezone

    def _say(self, names: Names) -> str:
        return names.zh if self.language == "zh" else names.en

    def _label(self, key: str, **values: object) -> str:
        return self._say(LABELS[key]).format(**values)

    def _rows(self, case: Case) -> list[Row]:
        place = case.place
        path = [self._code("area", code) for code in reversed(place.path[1:] if place.grid else place.path)]
        point = f"{place.point.lon:.6f}, {place.point.lat:.6f}" if place.point else ""
        stage = self._say(STAGES.get(case.stage.value, Names(case.stage.value, case.stage.value)))
        due = f"{local_time(case.due_at, self.zone)}{self._how_it_stands(case)}" if case.due_at else ""
        rows = {
            "number": case.number,
            "stage": stage,
            "priority": self._say(PRIORITIES[case.priority.value]),
            "category": case.category,
            "opened": local_time(case.opened_at, self.zone),
            "due": due,
            "department": self._code("department", case.department),
            "worker": self._code("worker", case.worker),
            "place": " / ".join(path),
            "address": place.address,
            "point": point,
            "source": self._say(FEEDS.get(case.feed, Names(case.feed, case.feed))),
            "closed": local_time(case.closed_at, self.zone) if case.closed_at else "",
            "marks": self._marks(case),
        }
        return [Row(self._label(key), value) for key, value in rows.items()]

    def _how_it_stands(self, case: Case) -> str:
        key = "overdue" if case.overdue else {True: "on_time", False: "late", None: ""}[case.on_time]
        return f" ({self._label(key)})" if key else ""

    def _marks(self, case: Case) -> str:
        """Name the flags that stand beside the stage; those that this version of the case does not have are not set."""
        flags = [self._label(name) for name in ("urgent", "key_case", "supervised") if getattr(case, name, None)]
        if case.reworks:
            flags.append(self._label("reworks", n=case.reworks))
        return " · ".join(flags)

    def _code(self, key: str, code: str) -> str:
        return self._say(say_value(key, code, self.codes)) if code else ""

    def _line(self, entry: Entry) -> Line:
        data = _decode(entry.data)
        words = STORY.get(entry.kind, Names(entry.kind, entry.kind))
        quote = ""
        if entry.kind not in _MACHINES_WORDS:
            quote = next((str(data[name]) for name in _QUOTED if data.get(name)), "")
        text = self._say(words).format_map(_Filled(self, data))
        return Line(local_time(entry.at, self.zone), text, quote[:QUOTE_MAX])

    def say_field(self, name: str, data: Mapping[str, Any]) -> str:
        """Return what a field of a fact is called: a person, a worker, a department, a number."""
        value = str(data.get(name, ""))
        if name == "by":
            if value in ("", BY_RULE):
                return self._label("system")
            if value.startswith(OF_PARTNER):
                return self._code("partner", value.removeprefix(OF_PARTNER))
            known = self.people.get(value)
            return self._say(known) if known else value
        if name == "worker" and not value and str(data.get("by", "")).startswith(OF_PARTNER):
            return self.say_field("by", data)  # a partner has handled it in place of a worker
        return self._code(name, value) or value or self._label("none")


class _Filled(dict[str, str]):
    """Fills a sentence's braces as they are met."""

    def __init__(self, composer: Composer, data: Mapping[str, Any]) -> None:
        super().__init__()
        self.composer, self.data = composer, data

    def __missing__(self, name: str) -> str:
        return self.composer.say_field(name, self.data)
