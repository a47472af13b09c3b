"""What the log knows of how things stood at any moment: records, mail that came, answers."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from postroom.mail.addresses import canonical
from postroom.model.record import FileRef, LogEntry, Record, RecordRef
from postroom.pipeline.differences import erased

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from postroom.model.facts import Facts, Window
    from postroom.model.record import Field, Table, Value
    from postroom.rules.ruleset import RuleSet

_CUT = " characters, SHA-256 "
"""Stands in what the log keeps of a very long text."""
_LISTS = ("log", "list", "multi_choice", "files")


@dataclass(frozen=True, slots=True)
class _Version:
    seq: int
    revision: int
    record: Record
    whole: bool
    """Whether the log has all of its values."""


class History:
    """Changes of records, and mail, in the order of the log."""

    def __init__(self, rules: RuleSet) -> None:
        self._tables = rules.tables
        self._contacts = rules.contacts.table if rules.contacts else ""
        self._versions: dict[RecordRef, list[_Version]] = {}
        self._addresses: defaultdict[str, set[int]] = defaultdict(set)
        self._arrivals: defaultdict[tuple[str, str], list[tuple[datetime, int]]] = defaultdict(list)
        self._answers: defaultdict[str, list[tuple[datetime, int]]] = defaultdict(list)
        self.knows_contacts = False
        """Whether every contact was noted, and not only some."""
        self.knows_mail = False
        """Whether all mail was noted that windows may count."""

    def change(self, seq: int, body: Mapping[str, Any]) -> None:
        """Note an entry `record_created` or `record_updated`; in the order of the log."""
        ref = RecordRef(body["ref"]["table"], body["ref"]["id"])
        table = self._tables.get(ref.table)
        if table is None:
            return
        versions = self._versions.setdefault(ref, [])
        before = versions[-1] if versions else None
        values = dict(before.record.values) if before else _empty(table)
        whole = before is None or before.whole
        for part in ("values", "added"):
            for name, told in body[part].items():
                if name not in table.fields:
                    continue
                if not _is_whole(told):
                    whole = False
                    continue
                value = _value(table.fields[name], told)
                had = values.get(name)
                add = part == "added" and isinstance(had, tuple) and isinstance(value, tuple)
                values[name] = had + value if add else value  # type: ignore[operator] # of one kind
        record = Record(ref, values, body["revision"])
        versions.append(_Version(seq, record.revision, record, whole))
        if ref.table == self._contacts:
            for address in _addresses(record, table):
                self._addresses[address].add(ref.id)

    def arrival(self, body: Mapping[str, Any]) -> None:
        """Note an entry `decision`, for what windows count."""
        sender = body["message"]["from"]
        if body["repeats"] is None and not erased(sender):
            at = datetime.fromisoformat(body["message"]["received_at"])
            key = (body["account"], canonical(sender))
            self._arrivals[key].append((at, body["communication"]))

    def answer(self, seq: int, body: Mapping[str, Any]) -> None:
        """Note an entry `notice_queued`, for what windows count."""
        if body["notice"] == "answer" and not erased(body["to"]):
            at = datetime.fromisoformat(body["recorded_at"])
            for address in body["to"]:
                self._answers[canonical(address)].append((at, seq))

    def before(self, seq: int) -> Moment:
        """Return how things stood just before an entry was written."""
        return Moment(self, seq)

    def version(self, ref: RecordRef, revision: int) -> _Version | None:
        """Return a record at one of its revisions; None if the log does not have it."""
        found = (each for each in self._versions.get(ref, ()) if each.revision == revision)
        return next(found, None)

    def as_of(self, ref: RecordRef, seq: int) -> _Version | None:
        """Return a record as it stood before an entry."""
        versions = self._versions.get(ref, [])
        number = bisect_right(versions, seq - 1, key=lambda each: each.seq)
        return versions[number - 1] if number else None

    def contact(self, address: str, seq: int) -> _Version | None:
        """Return the contact of an address as it stood; of several, the oldest."""
        table = self._tables[self._contacts]
        for id_ in sorted(self._addresses.get(address, ())):
            found = self.as_of(RecordRef(self._contacts, id_), seq)
            if found and address in _addresses(found.record, table):
                return found
        return None

    def count(self, window: Window, sender: str, facts: Facts, seq: int) -> int:
        """Return how many messages there were in a window before an entry."""
        if window.direction == "from":
            since, until = facts.received_at - window.span, facts.received_at
            arrived = self._arrivals.get((facts.account, sender), ())
            return sum(since < at <= until and id_ < facts.communication for at, id_ in arrived)
        since = facts.now - window.span
        return sum(at >= since and n < seq for at, n in self._answers.get(sender, ()))


@dataclass(slots=True)
class Moment:
    """The past as it was before one entry."""

    history: History
    seq: int
    unknown: list[str] = field(default_factory=list)

    def version(self, ref: RecordRef, revision: int) -> Record | None:
        """Return a record at one of its revisions."""
        return self._known(self.history.version(ref, revision), ref, must_be=True)

    def record(self, ref: RecordRef) -> Record | None:
        """Return a record as it stood, if the log was read for it."""
        return self._known(self.history.as_of(ref, self.seq), ref, must_be=True)

    def contact(self, address: str) -> Record | None:
        """Return the contact of an address as it stood; None if there was none."""
        if not self.history.knows_contacts:
            return None
        found = self.history.contact(address, self.seq)
        return self._known(found, found.record.ref, must_be=False) if found else None

    def count(self, window: Window, sender: str, facts: Facts) -> int:
        """Return how many messages there were in a window before this one."""
        if not self.history.knows_mail:
            self.unknown.append("counts")
            return 0
        return self.history.count(window, sender, facts, self.seq)

    def _known(self, found: _Version | None, ref: RecordRef, *, must_be: bool) -> Record | None:
        if (found is None and must_be) or (found is not None and not found.whole):
            self.unknown.append(f"values of a {ref.table}")
        return found.record if found else None


def _empty(table: Table) -> dict[str, Value]:
    return {name: () if kind.type in _LISTS else None for name, kind in table.fields.items()}


def _is_whole(told: object) -> bool:
    if isinstance(told, str):
        return _CUT not in told[-120:]
    if isinstance(told, list):
        return all(_is_whole(each) for each in told)
    if isinstance(told, dict):
        return not erased(told) and _is_whole(told.get("text"))
    return True


def _addresses(record: Record, table: Table) -> set[str]:
    found = set()
    for kind in table.of_type("email"):
        value = record.values.get(kind.name)
        for written in value if isinstance(value, tuple) else (value,):
            if isinstance(written, str):
                found.add(canonical(written))
    return found


def _value(kind: Field, told: Any) -> Value:  # noqa: ANN401 - JSON
    """Return a value of a field from what the log says of it."""
    if kind.type in _LISTS:
        item: Callable[[Any], Any] = _ITEMS.get(kind.type, str)
        return tuple(item(each) for each in told or ())
    if told is None:
        return None
    form = _FORMS.get(kind.type)
    value: Value = told if form is None else form(told)
    return value


def _log_entry(told: Mapping[str, Any]) -> LogEntry:
    at = datetime.fromisoformat(told["written_at"])
    return LogEntry(at, told["author"], told["verified"], told["text"])


_ITEMS: dict[str, Callable[[Any], Any]] = {
    "log": _log_entry,
    "files": lambda told: FileRef(**told),
}
_FORMS: dict[str, Callable[[Any], Any]] = {
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
    "decimal": Decimal,
    "integer": int,
    "reference": int,
    "serial": int,
}
"""How a value is read where JSON has no form for it of its own."""
