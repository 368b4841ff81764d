"""The model's city: what becomes of its cases when somebody acts, something is heard, or time passes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dispatch.access import Actor
from tests.dispatch.model import (
    DUTY,
    LIMITS,
    NAMES,
    ROWS,
    STAFF,
    UNDOABLE,
    Clock,
    Data,
    Last,
    M,
    Row,
    Rules,
    able,
    snapshot,
)

ALONG: dict[str, Callable[[set[str]], bool]] = {
    "accept": lambda done: not done,
    "decline": lambda done: "arrived" not in done,
    "depart": lambda done: "accepted" in done and not done & {"departed", "arrived"},
    "arrive": lambda done: "accepted" in done and "arrived" not in done,
    "leave": lambda done: "arrived" in done,
}
"""What one who goes along may do, by what he has done."""

DONE = {"accept": "accepted", "depart": "departed", "arrive": "arrived"}


@dataclass
class World:
    """Cases by id. `sent` says whom the code has sent a case to; the model asks it where the rules choose."""

    rules: Rules
    sent: Callable[[str], str]
    deeds: Mapping[str, "Deed"]
    cases: dict[str, M] = field(default_factory=dict)
    on_duty: set[str] = field(default_factory=lambda: set(STAFF))
    last: dict[str, Last] = field(default_factory=dict)

    # --- what is allowed -----------------------------------------------------------------------------------

    def legal(self, case: M, actor: Actor, data: Data, at: datetime) -> list[str]:
        return [name for name in NAMES if not self.verdict(case, actor, name, data, at)]

    def verdict(self, case: M, actor: Actor, name: str, data: Data, at: datetime) -> str:
        """Return the name of the refusal, "" where there is none."""
        if actor.worker_id in case.assists and name in ALONG:
            return "" if ALONG[name](case.assists[actor.worker_id]) else "IllegalMove"
        rows = ROWS[name]
        fitting = [row for row in rows if case.stage in row.stages and self._fits(case, name)]
        bars = [self._bar(case, actor, row) for row in fitting or rows]
        if all(bars):
            return bars[0]
        if not fitting:
            return "IllegalMove"
        if "desk" in fitting[0].flags and self._holder(case, actor.user, at):
            return "Claimed"
        return self._refusal(case, actor, name, data, at)

    def _fits(self, case: M, name: str) -> bool:
        needs = {
            "release": case.claimed is not None,
            "unsupervise": case.supervised,
            "depart": "accepted" in case.steps and not case.steps & {"departed", "arrived"},
            "arrive": "accepted" in case.steps and "arrived" not in case.steps,
            "report_handled": "arrived" in case.steps,
        }
        return needs.get(name, True)

    def _bar(self, case: M, actor: Actor, row: Row) -> str:
        may = actor.role in row.roles
        if "answer" in row.flags and case.stage in row.stages:
            named = getattr(self.rules, f"{case.stage.removesuffix('_requested')}_by")
            may = actor.role in (named, "admin")
        if not may:
            return "NotAllowed"
        if "task" in row.flags and actor.worker_id and actor.worker_id != case.worker:
            return "NotYourTask"
        sees = not actor.worker_id or actor.worker_id in (case.worker, *case.assists)
        return "" if sees else "NotAllowed"

    def _holder(self, case: M, user: str, at: datetime) -> str:
        if case.claimed is None or case.claimed[0] == user:
            return ""
        stale = at > case.claimed[1] + timedelta(seconds=self.rules.claim_stale_s)
        return "" if stale else case.claimed[0]

    def _refusal(self, case: M, actor: Actor, name: str, data: Data, at: datetime) -> str:
        holder, worker = self._holder(case, actor.user, at), data.get("worker")
        checks: dict[str, tuple[str, bool]] = {
            "return": ("TooLate", self._is_late_to_return(case, at)),
            "assist": ("SameWorker", worker == case.worker or worker in case.assists),
            "reassign": ("SameWorker", worker == case.worker),
            "hand_over": ("SameWorker", worker == case.worker),
            "release_assist": ("NotAssisting", worker not in case.assists),
            "merge": ("SameCase", not self._may_merge(case, str(data.get("into")))),
            "close": ("ChildrenOpen", bool(case.open_children)),
            "reopen": ("TooLate", self._is_late_to_reopen(case, at)),
            "claim": ("Claimed", bool(holder) and not data.get("reason") and not self._is_fresh(case, at)),
            "release": ("Claimed", bool(holder)),
            "grant": ("BadField", self._is_past_review(case, at)),
            "undo": ("NothingToUndo", not self._may_undo(case, actor.user, at)),
        }
        if name == "request_extension":
            return self._refuses_extension(case, at)
        refusal, is_refused = checks.get(name, ("", False))
        return refusal if is_refused else ""

    def _is_past_review(self, case: M, at: datetime) -> bool:
        """Say whether who grants must name another day to look at it again."""
        return case.stage == "suspension_requested" and case.review_at is not None and case.review_at <= at

    def _is_late_to_return(self, case: M, at: datetime) -> bool:
        return case.sent_at is not None and at > case.sent_at + timedelta(hours=self.rules.return_within_h)

    def _is_late_to_reopen(self, case: M, at: datetime) -> bool:
        return case.ended_at is not None and at > case.ended_at + timedelta(days=self.rules.reopen_days)

    def _is_fresh(self, case: M, at: datetime) -> bool:
        assert case.claimed is not None
        return at <= case.claimed[1] + timedelta(seconds=self.rules.claim_grace_s)

    def _refuses_extension(self, case: M, at: datetime) -> str:
        if case.extensions >= self.rules.extension_max:
            return "TooOften"
        due = case.clock.due() if case.clock else None
        return "TooLate" if self.rules.extension_before_due and due is not None and at >= due else ""

    def _may_merge(self, case: M, into: str) -> bool:
        master = self.cases[into]
        return master is not case and master.is_open and into not in case.merged and into not in self._wholes(case)

    def _wholes(self, case: M) -> Iterator[str]:
        while case.parent:
            yield case.parent
            case = self.cases[case.parent]

    def _may_undo(self, case: M, user: str, at: datetime) -> bool:
        last = self.last.get(case.id)
        if last is None or not last.may_be_undone or last.user != user:
            return False
        return at <= last.at + timedelta(seconds=self.rules.undo_s)

    # --- what comes of it ----------------------------------------------------------------------------------

    def do(self, case: M, actor: Actor, name: str, data: Data, at: datetime) -> None:
        """Let a command that is allowed be carried out."""
        before = snapshot(case)
        if actor.worker_id in case.assists and name in ALONG:
            self._go_along(case, actor.worker_id, name)
            self.last.pop(case.id, None)
            return
        if name == "undo":
            self._restore(case)
            return
        self.deeds[name](self, case, data, at, actor.user)
        self._note_last(case, before, actor, name, data, at)

    def _go_along(self, case: M, worker: str, name: str) -> None:
        if name in DONE:
            case.assists[worker].add(DONE[name])
        else:
            del case.assists[worker]

    def _restore(self, case: M) -> None:
        kept = (case.merged, case.open_children, case.cleared)
        case.__dict__.update(snapshot(self.last.pop(case.id).before).__dict__)
        case.merged, case.open_children, case.cleared = kept

    def _note_last(self, case: M, before: M, actor: Actor, name: str, data: Data, at: datetime) -> None:
        may = name in UNDOABLE
        may |= name == "accept" and before.stage == "reported"
        may |= name == "decline" and "worker" not in actor.role and not before.worker
        may |= name == "check" and bool(data.get("passed"))
        may |= name == "dispatch" and bool(data.get("worker"))
        may |= name == "grant" and before.stage == "suspension_requested"
        has_others = (not case.is_open or name == "reopen") and bool(case.parent or case.merged)
        self.last[case.id] = Last(actor.user, at, may and not has_others, before)

    # --- what follows by itself ----------------------------------------------------------------------------

    def flow(self, case: M, at: datetime) -> None:
        if case.stage == "filed":
            self.send(case, at)
        elif case.stage == "handled" and case.category in self.rules.asked:
            case.stage, case.answer_by = "checking", at + timedelta(minutes=self.rules.answer_min)
        elif case.stage == "checked" and self.rules.auto_close and not case.open_children:
            self.close(case, at)

    def send(self, case: M, at: datetime) -> None:
        """Let the rules send somebody: one of those who may be sent, and nobody only where there is none."""
        choice, found = able(case, self.on_duty), self.sent(case.id)
        assert bool(choice) is bool(found), f"{found or 'nobody'} was sent, and {sorted(choice)} could be"
        if found:
            assert found in choice, f"{found} was sent, and only {sorted(choice)} may be"
            self.give_task(case, found, case.department, at)

    def give_task(self, case: M, worker: str, department: str, at: datetime) -> None:
        case.free()
        case.stage, case.worker, case.department, case.sent_at = "dispatched", worker, department, at
        case.assists.pop(worker, None)

    def file(self, case: M, at: datetime, department: str = "") -> None:
        case.stage, case.department = "filed", department or DUTY[case.category]
        case.clock, case.handled_at = self.new_clock(case, at), None

    def new_clock(self, case: M, at: datetime) -> Clock:
        return Clock(*LIMITS[case.category, case.priority != "general"], [(at, None)])

    def close(self, case: M, at: datetime) -> None:
        due = case.clock.due() if case.clock else None
        case.on_time = due is None or (case.handled_at is not None and case.handled_at <= due)
        self.end(case, "closed", at)

    def end(self, case: M, stage: str, at: datetime) -> None:
        case.stage, case.ended_at, case.held, case.answer_by, case.claimed = stage, at, "", None, None
        case.assists.clear()
        whole = self.cases.get(case.parent)
        if whole is None:
            return
        whole.open_children.discard(case.id)
        self.last.pop(whole.id, None)
        if whole.stage == "checked" and self.rules.auto_close and not whole.open_children:
            self.close(whole, at)

    def again(self, case: M, at: datetime) -> None:
        """Send a handled case back to its worker."""
        case.stage, case.steps, case.handled_at, case.answer_by = "rework", set(), None, None
        case.sent_at, case.reworks = at, case.reworks + 1
        assert case.clock is not None
        if self.rules.rework_h:
            case.clock = Clock("WH", self.rules.rework_h * 60, [(at, None)], is_rework=True)
        else:
            case.clock.run(at)

    # --- what is heard, and time ---------------------------------------------------------------------------

    def hear(self, case: M, phase: str, *, is_sure: bool, at: datetime) -> None:
        """Hear the case's own source speak of it: update, close, or sync."""
        self.last.pop(case.id, None)
        case.cleared = case.cleared if phase == "sync" else phase == "close"
        if case.answer_by is not None and phase != "sync":
            self.answer(case, "clear" if phase == "close" else "present", at)
            return
        if phase != "update" or not case.is_open:
            return
        self._raise(case, at)
        if is_sure and case.stage in ("reported", "verifying", "pending_filing"):
            self.file(case, at)
            self.flow(case, at)

    def _raise(self, case: M, at: datetime) -> None:
        """Gas is urgent, whatever a person has said of it before; less time than there was begins now."""
        if case.category != "gas" or case.priority != "general":
            return
        case.priority = "urgent"
        if case.clock is None:
            return
        new = self.new_clock(case, at)
        was_running = case.clock.is_running
        if (new.due() or at) >= (case.clock.due() or self.due_told(case)):
            return
        case.clock = new
        if not was_running:
            case.clock.stop(at)

    def due_told(self, case: M) -> datetime:
        """Return when a clock that stands still would be due, had it gone on when it last stopped."""
        assert case.clock is not None
        going = Clock(case.clock.unit, case.clock.total, [*case.clock.runs[:-1], (case.clock.runs[-1][0], None)])
        due = going.due()
        assert due is not None
        return due

    def answer(self, case: M, said: str, at: datetime) -> None:
        case.answer_by = None
        if self.rules.asked.get(case.category) != "close" or said == "unknown":
            return
        if said == "clear":
            case.stage = "checked"
            self.flow(case, at)
        else:
            self.again(case, at)

    def pass_time(self, at: datetime) -> None:
        """Let the sources that have not answered in time have said their last word before."""
        for case in list(self.cases.values()):
            if case.answer_by is not None and case.answer_by <= at:
                self.answer(case, "clear" if case.cleared else "unknown", at)

    def retry(self, at: datetime, *, is_strict: bool) -> None:
        """Try to send the cases that wait; where `is_strict` says so whoever can be sent has been."""
        for case in self.cases.values():
            if case.stage == "filed" and (is_strict or self.sent(case.id)):
                self.send(case, at)


Deed = Callable[[World, M, Data, datetime, str], None]
