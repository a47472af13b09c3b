"""The third step: what becomes of the record's fields."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from postroom.identity.permissions import carries_words
from postroom.model.decision import Provenance, RecordChange
from postroom.model.record import ADD_ONLY, RecordRef
from postroom.pipeline.context import Verdict
from postroom.pipeline.link import refer
from postroom.pipeline.parsing import parse_block
from postroom.pipeline.sheet import Author, Sheet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postroom.identity.permissions import Rights
    from postroom.model.decision import Fired, Section
    from postroom.model.record import Field, Record
    from postroom.pipeline.admit import Route
    from postroom.pipeline.context import Context
    from postroom.pipeline.parsing import Alarm
    from postroom.rules.ruleset import Assignment


@dataclass(frozen=True, slots=True)
class Draft:
    """The record as it will be, or why there will be none."""

    answer: RecordChange | Verdict
    provenance: Mapping[str, Provenance] = field(default_factory=dict)
    refused: tuple[tuple[str, str], ...] = ()
    fired: tuple[Fired, ...] = ()
    alarms: tuple[Alarm, ...] = ()


def shape(context: Context, leads_to: Route, rights: Rights, *, by_token: bool) -> Draft:
    """Apply `mapping` or `updates`, then the block if there is one, and see that nothing lacks."""
    sheet = Sheet(context.table, _author(context), leads_to.record)
    mapper = _Mapper(sheet, rights, by_token)
    fired = mapper.apply(context)
    parsed = parse_block(context, sheet, rights)
    sheet.refused.extend(parsed.refused)
    refer(context, sheet)
    return Draft(
        answer=parsed.verdict or _change(context, mapper),
        provenance=dict(sheet.provenance),
        refused=tuple(sheet.refused),
        fired=fired + parsed.fired,
        alarms=parsed.alarms,
    )


def _change(context: Context, mapper: _Mapper) -> RecordChange | Verdict:
    sheet = mapper.sheet
    if sheet.record is not None:
        return _updated(sheet, sheet.record)
    mapper.complete(context.facts.next_record)
    return _lacking(sheet) or _taken_already(context, sheet) or _created(sheet, context)


def _author(context: Context) -> Author:
    return Author(
        address=context.message.from_.addr_spec,
        verified=context.sender_state == "aligned",
        communication=context.facts.communication,
        written_at=context.facts.received_at,
    )


@dataclass(slots=True)
class _Mapper:
    """Applies the assignments of an account to a sheet."""

    sheet: Sheet
    rights: Rights
    by_token: bool
    """A valid token led here: it permits to add what the sender says, and nothing else."""
    read: dict[str, frozenset[str]] = field(default_factory=dict)
    """What was last read to fill each field."""

    def apply(self, context: Context) -> tuple[Fired, ...]:
        """Apply what always holds, then every rule that matches, in order."""
        new = self.sheet.record is None
        section: Section = "mapping" if new else "updates"
        rules = context.account.mapping if new else context.account.updates
        seen = context if new else _updating(context, self.sheet.record)
        for assignment in rules.assignments:
            self._assign(assignment, seen, f"{section}.{'append' if assignment.append else 'set'}")
        fired = []
        for rule in seen.holding(rules.rules, section):
            effect = ", ".join(dict.fromkeys(a.field for a in rule.assignments))
            fired.append(seen.fired(rule, section, f"set {effect}"))
            for assignment in rule.assignments:
                self._assign(assignment, seen, rule.id)
        return tuple(fired)

    def complete(self, next_record: int) -> None:
        """Fill what a new record lacks: defaults, and words for a required text."""
        self.sheet.complete(next_record)
        for name, kind in self.sheet.table.fields.items():
            if kind.required and kind.type == "text" and self.sheet.values[name] is None:
                self.sheet.values[name] = _nothing(self.read.get(name, frozenset()))
                self.sheet.provenance[name] = Provenance("default", "")

    def _assign(self, assignment: Assignment, context: Context, rule: str) -> None:
        name, by = assignment.field, Provenance(rule, assignment.span.place)
        why = self._forbids(assignment)
        if why is None and assignment.value.constant in ("", ()):
            why = self.sheet.clear(name, by)
        elif why is None:
            self.read[name] = assignment.value.reads
            value, why = _fitting(self.sheet.table.fields[name], assignment.value.of(context.scope))
            why = self.sheet.put(name, value, by, add=assignment.append) or why
        if why is not None:
            self.sheet.refused.append((name, why))

    def _forbids(self, assignment: Assignment) -> str | None:
        if not carries_words(assignment.value):
            return None
        if self.by_token and _adds(assignment, self.sheet.table.fields[assignment.field]):
            return None
        return self.rights.why_not_write(assignment.field, self.sheet.record)


def _updating(context: Context, record: Record | None) -> Context:
    """Return what rules of `updates` read: the record, and the text with its quotes or without."""
    if context.account.updates.quoted_text == "remove":
        return context.about(record)
    body = context.message.body
    return context.about(record, replace(context.message, body=replace(body, reply=body.text)))


def _adds(assignment: Assignment, kind: Field) -> bool:
    """Return whether nothing that the record holds is lost by it."""
    return assignment.append or kind.type in ADD_ONLY


def _fitting(kind: Field, value: object) -> tuple[object, str | None]:
    """Cut a text that is too long for its field: the mail itself keeps all of it."""
    longest = kind.max
    if kind.type != "text" or not isinstance(value, str) or not isinstance(longest, int):
        return value, None
    text = value.strip()
    if len(text) <= longest:
        return text, None
    return text[: longest - 1] + "…", f"cut to {longest} characters"


def _nothing(read: frozenset[str]) -> str:
    """Return what stands in a required text that the message leaves empty: `(no subject)`."""
    words = {path.rpartition(".")[2].replace("_", " ") for path in read}
    return f"(no {words.pop()})" if len(words) == 1 else "(empty)"


def _lacking(sheet: Sheet) -> Verdict | None:
    told = dict(sheet.refused)
    for name, kind in sheet.table.fields.items():
        if kind.required and sheet.values[name] in (None, ()):
            why = f": {told[name]}" if name in told else ", and the message gives none"
            return Verdict("quarantined", (f"`{name}` is required{why}",))
    return None


def _taken_already(context: Context, sheet: Sheet) -> Verdict | None:
    """Refuse a second contact with an address that the sender's contact has already."""
    contact = context.facts.contact
    if contact is None or contact.ref.table != sheet.table.name:
        return None
    for name, kind in sheet.table.fields.items():
        value = sheet.values[name]
        if kind.unique and value is not None and value == contact.values.get(name):
            why = f"`{name}` is unique, and {contact.ref.table} {contact.ref.id} has {value}"
            return Verdict("quarantined", (why,))
    return None


def _created(sheet: Sheet, context: Context) -> RecordChange:
    ref = RecordRef(sheet.table.name, context.facts.next_record)
    return RecordChange("create", ref, {name: sheet.values[name] for name in sheet.table.fields})


def _updated(sheet: Sheet, record: Record) -> RecordChange:
    values = sheet.changed()
    return RecordChange(
        kind="update",
        ref=record.ref,
        values=values,
        before={name: sheet.before(name) for name in values},
        revision=record.revision + 1 if values else record.revision,
    )
