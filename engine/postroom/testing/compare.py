"""What a case expects, held against the decision, in both directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from postroom.lang.coerce import coerce
from postroom.mail.addresses import canonical
from postroom.model.record import FileRef, LogEntry, RecordRef
from postroom.pipeline.explain import server_actions, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from postroom.model.decision import Decision
    from postroom.model.facts import Facts
    from postroom.model.record import Field, Record, Value
    from postroom.rules.ruleset import RuleSet


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as the case expects."""

    what: str
    expected: str
    actual: str
    notes: tuple[str, ...] = ()
    """What the decision says about it."""


def differences(
    expect: Mapping[str, Any], decision: Decision, rules: RuleSet
) -> Iterator[Difference]:
    """Yield what is not as expected, and what is sent though the case does not name it."""
    if expect.get("decision") != decision.outcome:
        expected = str(expect.get("decision"))
        yield Difference("decision", expected, decision.outcome, decision.reasons)
    for words in _texts(expect.get("reasons", [])):
        if not any(words in reason for reason in decision.reasons):
            yield Difference("reasons", words, "; ".join(decision.reasons) or "none")
    for name, actual in _asked_for(decision).items():
        if name in expect:
            yield from _listed(name, expect[name], actual)
    silent = tuple(f"{s.rule} is not sent: {s.reason}" for s in decision.suppressed)
    answers = {
        "notified": decision.notified,
        "replied_with": decision.replied_with,
        "forwarded": _forwarded(decision),
    }
    for name, actual in answers.items():
        yield from _listed(name, expect.get(name, []), actual, silent)
    if expect.get("record"):
        yield from _record(expect["record"], decision, rules)


def _asked_for(decision: Decision) -> dict[str, Sequence[str]]:
    """Return what is compared only where the case names it."""
    return {
        "table": [decision.table or "none"],
        "fired": decision.fired_ids,
        "server_actions": server_actions(decision),
    }


def _forwarded(decision: Decision) -> list[str]:
    forwards = (notice.to for notice in decision.notices if notice.kind == "forward")
    return [address for to in forwards for address in to]


def _listed(
    what: str, expected: object, actual: Sequence[str], notes: tuple[str, ...] = ()
) -> Iterator[Difference]:
    wanted = _texts(expected)
    if wanted != list(actual):
        shown_notes = notes if set(wanted) - set(actual) else ()
        yield Difference(
            what, ", ".join(wanted) or "none", ", ".join(actual) or "none", shown_notes
        )


def _texts(expected: object) -> list[str]:
    return [str(each) for each in (expected if isinstance(expected, list) else [expected])]


def _record(
    expected: Mapping[str, Any], decision: Decision, rules: RuleSet
) -> Iterator[Difference]:
    change = decision.change
    if change is None:
        wanted = ", ".join(f"{name}: {shown(value)}" for name, value in expected.items())
        yield Difference("record", shown(wanted), "none")
        return
    table = rules.tables[change.ref.table]
    before = decision.facts.record if decision.facts else None
    values = {**(before.values if before else {}), **change.values}
    refused = dict(decision.refused_values)
    for name, wanted in expected.items():
        actual = values.get(name)
        seen = _Seen(table.fields[name], actual, change.before.get(name))
        if not seen.agrees(wanted, decision.facts):
            by = decision.provenance.get(name)
            notes = [f"set by {by.rule} {by.place}".strip()] if by else []
            if name in refused:
                notes.append(f"a value was refused: {refused[name]}")
            yield Difference(f"record.{name}", shown(wanted) or "none", seen.words, tuple(notes))


@dataclass(frozen=True, slots=True)
class _Seen:
    """The value of a field, as a case may write it."""

    field: Field
    value: Value
    before: Value

    def agrees(self, wanted: object, facts: Facts | None) -> bool:
        """Return whether the case means this value."""
        if wanted in (None, "", []):
            return self.value in (None, "", ())
        if self.field.type == "log":
            return _strings(wanted) == self._log(whole=isinstance(wanted, list))
        if self.field.type == "files":
            return _strings(wanted) == self._filenames()
        if self.field.type == "reference" and "@" in str(wanted):
            return self._is_contact(str(wanted), facts)
        value, why = coerce(self.field, tuple(wanted) if isinstance(wanted, list) else wanted)
        if isinstance(value, str) and isinstance(self.value, str):
            return value.strip() == self.value.strip()
        return why is None and value == self.value

    @property
    def words(self) -> str:
        """The value as it is shown."""
        if self.field.type == "log":
            return " | ".join(self._log(whole=True)) or "none"
        return "none" if self.value in (None, "", ()) else shown(self.value)

    def _log(self, *, whole: bool) -> list[str]:
        """Return the entries of a log, or those that the message added."""
        entries = self.value if isinstance(self.value, tuple) else ()
        known = len(self.before) if isinstance(self.before, tuple) and not whole else 0
        return [entry.text.strip() for entry in entries[known:] if isinstance(entry, LogEntry)]

    def _filenames(self) -> list[str]:
        files = self.value if isinstance(self.value, tuple) else ()
        return [file.filename for file in files if isinstance(file, FileRef)]

    def _is_contact(self, address: str, facts: Facts | None) -> bool:
        """Return whether the value refers to the contact with an address."""
        known = (facts.contact, facts.guest, *facts.others.values()) if facts else ()
        for record in known:
            if record is not None and record.ref == RecordRef(self.field.table, self._id):
                return canonical(address) in map(canonical, _words_in(record))
        return False

    @property
    def _id(self) -> int:
        return self.value if isinstance(self.value, int) else 0


def _strings(wanted: object) -> list[str]:
    items = wanted if isinstance(wanted, list) else [wanted]
    return [str(item).strip() for item in items]


def _words_in(record: Record) -> Iterator[str]:
    for value in record.values.values():
        yield from (str(item) for item in (value if isinstance(value, tuple) else (value,)))
