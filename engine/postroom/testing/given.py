"""What is known in a test case: a small ledger in memory, filled from `given:`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from postroom.lang.coerce import coerce
from postroom.lang.units import SPANS
from postroom.mail.addresses import canonical
from postroom.model.batch import Found, Seen
from postroom.model.facts import Window
from postroom.model.record import FileRef, LogEntry, Record, RecordRef
from postroom.rules import keys
from postroom.rules.cases import plain
from postroom.source.decode import decode
from postroom.source.diagnostic import Diagnostic, Problem, RuleError
from postroom.source.document import read_document
from postroom.source.near import did_you_mean
from postroom.source.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from postroom.model.facts import Direction, Facts
    from postroom.model.record import Field, Table, Value
    from postroom.rules.ruleset import RuleSet

CLOCK = datetime(2026, 1, 15, 12, tzinfo=UTC)
"""When a message is received in a case that says nothing."""
_COUNTS: dict[str, Direction] = {"count_from_sender": "from", "count_to_sender": "to"}


@dataclass(frozen=True)
class Known:
    """What `given:` says."""

    clock: datetime | None = None
    """When the decision is made; None: when the message is received."""
    records: Mapping[RecordRef, Record] = field(default_factory=dict)
    counts: Mapping[Window, int] = field(default_factory=dict)
    participants: frozenset[str] = frozenset()
    """Who took part in every record that is given."""
    threads: Mapping[str, RecordRef] = field(default_factory=dict)
    """Message-ID of an earlier mail to the record that it belongs to."""

    def found(self, rules: RuleSet) -> Found:
        """Return it as a store would answer."""
        following: dict[str, int] = {}
        for ref in self.records:
            following[ref.table] = max(ref.id + 1, following.get(ref.table, 1))
        return Found(
            by_message_id={key: [Seen(1, "", "in", "", ref)] for key, ref in self.threads.items()},
            contacts=dict(self._contacts(rules)),
            records=self.records,
            participants=dict.fromkeys(self.records, self.participants),
            next_record=following,
        )

    def facts(self, facts: Facts) -> Facts:
        """Return facts with the counts that are given in the place of those that were counted."""
        return replace(facts, counts={**facts.counts, **self.counts})

    def _contacts(self, rules: RuleSet) -> Iterator[tuple[str, Record]]:
        """Yield each contact by each of its addresses, the smallest id last, so that it counts."""
        if rules.contacts is None:
            return
        emails = rules.tables[rules.contacts.table].of_type("email")
        for ref in sorted(self.records, reverse=True):
            if ref.table == rules.contacts.table:
                for kind in emails:
                    value = self.records[ref].values.get(kind.name)
                    for address in value if isinstance(value, tuple) else (value,):
                        if isinstance(address, str):
                            yield canonical(address), self.records[ref]


def read_given(given: Mapping[str, Any], rules: RuleSet, span: Span | None = None) -> Known:
    """Return what is known.

    Raises Problem: PR030 for an unknown key, PR445 for what does not fit the rules.
    """
    reader = _Reader(rules, span)
    for name in given:
        if name not in keys.GIVEN.names:
            hint = did_you_mean(name, keys.GIVEN.names) or f"the keys are {keys.GIVEN.names}"
            raise Problem(Diagnostic("PR030", f"unknown key `{name}` in `given`", span, hint))
    if given.get("contacts"):
        if rules.contacts is None:
            raise reader.wrong("there are no contacts in these rules", "add `contacts:` to them")
        reader.take(rules.contacts.table, given["contacts"])
    for table, records in dict(given.get("records") or {}).items():
        reader.take(table, records)
    return Known(
        clock=time_of(given["clock"], span) if "clock" in given else None,
        records=reader.linked(),
        participants=frozenset(map(canonical, _texts(given.get("participants")))),
        threads=dict(map(reader.thread, dict(given.get("threads") or {}).items())),
        counts=dict(map(reader.count, dict(given.get("counters") or {}).items())),
    )


def read_given_file(name: str, data: bytes, rules: RuleSet) -> Known:
    """Return what a YAML file with the keys of `given:` says. Raises RuleError and Problem."""
    source = decode(name, data)
    if isinstance(source, Diagnostic):
        raise RuleError([source])
    document = read_document(source)
    errors = [found for found in document.findings if found.severity == "error"]
    if errors:
        raise RuleError(errors)
    whole = Span(source, 0, 1)
    given = plain(document.root) if document.root else {}
    if not isinstance(given, dict):
        message = "the file is not keys with values"
        raise Problem(Diagnostic("PR008", message, whole, "write `contacts:` and their list"))
    return read_given(given, rules, whole)


def time_of(written: object, span: Span | None) -> datetime:
    """Return a time; without a zone it is UTC. Raises Problem PR445."""
    try:
        time = datetime.fromisoformat(str(written))
    except ValueError:
        hint = "write it like `2026-01-15T12:00:00Z`"
        raise Problem(Diagnostic("PR445", f"`{written}` is no time", span, hint)) from None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


@dataclass
class _Reader:
    rules: RuleSet
    span: Span | None
    records: dict[RecordRef, dict[str, Any]] = field(default_factory=dict)

    def take(self, name: str, items: Sequence[Mapping[str, Any]]) -> None:
        """Take the records of one table; who has no id gets the next one."""
        if name not in self.rules.tables:
            hint = did_you_mean(name, self.rules.tables)
            raise self.wrong(f"there is no table `{name}`", hint)
        for item in items:
            used = [ref.id for ref in self.records if ref.table == name]
            given = dict(item)
            number = given.pop("id", max(used, default=0) + 1)
            if not isinstance(number, int) or number in used:
                raise self.wrong(f"`{number}` is no id of its own in `{name}`", "write `id: 7`")
            self.records[RecordRef(name, number)] = given

    def linked(self) -> dict[RecordRef, Record]:
        """Return the records with their values as their tables hold them."""
        return {
            ref: Record(ref, self._values(self.rules.tables[ref.table], given))
            for ref, given in self.records.items()
        }

    def count(self, item: tuple[str, Any]) -> tuple[Window, int]:
        """Return a count as rules ask for it: `count_from_sender(1h)`."""
        written, number = item
        name, _, inside = written.partition("(")
        unit, digits = inside[-2:-1], inside[:-2]
        fits = name in _COUNTS and unit in SPANS and digits.isdecimal() and inside.endswith(")")
        if not fits or not isinstance(number, int):
            hint = 'write it like `"count_from_sender(1h)": 21`'
            raise self.wrong(f"`{written}: {number}` is no count", hint)
        return Window(_COUNTS[name], int(digits) * SPANS[unit]), number

    def thread(self, item: tuple[str, Any]) -> tuple[str, RecordRef]:
        """Return the Message-ID of an earlier mail and the record that it belongs to."""
        message_id, written = item[0], str(item[1])
        table, _, number = written.rpartition("-")
        ref = RecordRef(table, int(number) if number.isdecimal() else 0)
        if ref not in self.records:
            hint = "name one of `records:` by its table and id: `ticket-1`"
            raise self.wrong(f"`{written}` is no record that is given", hint)
        return message_id.strip("<>"), ref

    def wrong(self, message: str, hint: str | None) -> Problem:
        """Return what to raise."""
        return Problem(Diagnostic("PR445", message, self.span, hint))

    def _values(self, table: Table, given: Mapping[str, Any]) -> dict[str, Value]:
        values = {name: kind.default for name, kind in table.fields.items()}
        for name, value in given.items():
            if name not in table.fields:
                hint = did_you_mean(name, table.fields)
                raise self.wrong(f"`{table.name}` has no field `{name}`", hint)
            values[name] = self._value(table.fields[name], value)
        return values

    def _value(self, kind: Field, given: Any) -> Value:  # noqa: ANN401 - whatever a case says
        items = given if isinstance(given, list) else [given]
        if kind.type == "log":
            return tuple(LogEntry(CLOCK, "", verified=True, text=str(item)) for item in items)
        if kind.type == "files":
            return tuple(FileRef("", str(item), "", 0, 0, 0) for item in items)
        if kind.type == "reference" and "@" in str(given):
            return self._contact(str(given), kind)
        value, why = coerce(kind, tuple(given) if isinstance(given, list) else given)
        if why is not None:
            raise self.wrong(f"`{kind.name}: {given}` does not fit: {why}", None)
        return value

    def _contact(self, address: str, kind: Field) -> int:
        for ref, given in self.records.items():
            if ref.table == kind.table and canonical(address) in map(canonical, _strings(given)):
                return ref.id
        raise self.wrong(f"no contact has the address `{address}`", "add it to `contacts:`")


def _texts(given: object) -> list[str]:
    """Return the texts of a key that may hold one of them, or a list."""
    return [str(each) for each in (given if isinstance(given, list) else [given or ""])]


def _strings(given: Mapping[str, Any]) -> Iterator[str]:
    for value in given.values():
        yield from (str(item) for item in (value if isinstance(value, list) else [value]))
