"""Set fields from a block, as `parsing:` says, for senders who may."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Literal, TypeAlias

from postroom.mail.addresses import canonical
from postroom.model.decision import Fired, Provenance
from postroom.model.record import Record, RecordRef
from postroom.pipeline.block import find_blocks, fold
from postroom.pipeline.context import Verdict
from postroom.pipeline.letters import one_line
from postroom.pipeline.sheet import ADDED_TO
from postroom.pipeline.structured import (
    csv_entries,
    html_entries,
    json_entries,
    subject_entries,
    xml_entries,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from postroom.identity.permissions import Rights
    from postroom.model.message import Message
    from postroom.model.record import Field, Table, Value
    from postroom.pipeline.block import Block, Entry
    from postroom.pipeline.context import Context
    from postroom.pipeline.sheet import Sheet
    from postroom.rules.ruleset import OnBadLine, Parsing, RuleSet

Mistake = Literal["unknown_label", "invalid_value", "not_permitted"]
RULE = "parsing"
_MOST_FILES = 8
"""Of a kind in one message."""
_MOST_SHOWN = 80
"""Characters of a value in a notice."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """What the people named in `tell` are told of a block."""

    mistake: Mistake
    to: tuple[str, ...]
    text: str
    """The author's words; "" for the built-in ones."""
    lines: tuple[str, ...]
    """What was wrong, one line each."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What became of the blocks of a message, besides the fields they set."""

    verdict: Verdict | None = None
    fired: tuple[Fired, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


def parse_block(context: Context, sheet: Sheet, rights: Rights) -> Parsed:
    """Set the fields of every block that the sender wrote, under the declared policies."""
    parsing = context.account.parsing
    if parsing is None:
        return Parsed()
    blocks = blocks_of(context.message, parsing, answers=sheet.record is not None)
    as_it_is = sheet.record or Record(RecordRef(sheet.table.name, 0), dict(sheet.values))
    parser = _Parser(context, parsing, sheet, rights, as_it_is)
    return parser.outcome([bad for block in blocks for bad in parser.apply(block)])


def blocks_of(message: Message, parsing: Parsing, *, answers: bool) -> tuple[Block, ...]:
    """Return what a message says in labels and values, in the order of the declared sources.

    Of an answer only what its author newly wrote counts: a block in quoted text would put back the
    values of the day it was sent.
    """
    found: list[Block] = []
    for source in parsing.sources:
        found += _SOURCES[source](message, parsing, answers)
    return tuple(found)


def _written(message: Message, parsing: Parsing, answers: bool) -> tuple[Block, ...]:  # noqa: FBT001
    text = message.body.reply if answers else message.body.text
    return find_blocks(text, parsing.delimiter)


def _in_subject(message: Message, _: Parsing, __: bool) -> tuple[Block, ...]:  # noqa: FBT001
    return (subject_entries(message.header("Subject") or message.subject),)


def _in_table(message: Message, _: Parsing, answers: bool) -> tuple[Block, ...]:  # noqa: FBT001
    """Return what tables say; in an answer only if it quotes nothing, for HTML is not cut."""
    quotes = answers and message.body.quoted
    return () if quotes or not message.body.html else (html_entries(message.body.html),)


def _in_files(read: Callable[[str, Parsing], Block], *types: str) -> _Source:
    def blocks(message: Message, parsing: Parsing, _answers: bool) -> tuple[Block, ...]:  # noqa: FBT001
        files = [file for file in message.attachments if file.content_type in types and file.text]
        return tuple(read(file.text, parsing) for file in files[:_MOST_FILES])

    return blocks


def _csv_of(text: str, parsing: Parsing) -> Block:
    return csv_entries(text, labels_of(parsing, ""))


_Source: TypeAlias = "Callable[[Message, Parsing, bool], tuple[Block, ...]]"
_SOURCES: dict[str, _Source] = {
    "block": _written,
    "subject": _in_subject,
    "json": _in_files(lambda text, _: json_entries(text), "application/json", "text/json"),
    "csv": _in_files(_csv_of, "text/csv", "application/csv"),
    "xml": _in_files(lambda text, _: xml_entries(text), "application/xml", "text/xml"),
    "html_table": _in_table,
}


def labels_of(parsing: Parsing, language: str) -> Mapping[str, str]:
    """Return the fields by folded label, of a language or, where it is not declared, of all."""
    chosen = [labels for code, labels in parsing.languages.items() if code.lower() == language]
    folded: dict[str, str] = {}
    for labels in chosen or parsing.languages.values():
        for label, name in labels.items():
            folded.setdefault(fold(label), name)
    return folded


def named_in_blocks(
    message: Message, parsing: Parsing, table: Table, rules: RuleSet
) -> Iterator[str | RecordRef]:
    """Yield the contacts, by address, and the records that blocks refer to, to be looked up."""
    declared = {name for labels in parsing.languages.values() for name in labels.values()}
    if not any(table.fields[name].type == "reference" for name in declared):
        return
    both = (blocks_of(message, parsing, answers=answers) for answers in (False, True))
    for block in dict.fromkeys(chain.from_iterable(both)):
        labels = labels_of(parsing, block.language)
        for entry in block.entries:
            kind = table.fields.get(labels.get(fold(entry.label), ""))
            named = _named(entry.value, kind, rules) if kind else None
            if named is not None:
                yield named


@dataclass(frozen=True, slots=True)
class _Bad:
    """A line that could not be taken."""

    mistake: Mistake
    policy: OnBadLine
    entry: Entry
    why: str

    @property
    def line(self) -> str:
        value = one_line(self.entry.value)[:_MOST_SHOWN]
        return f"{one_line(self.entry.label)}: {value} ({self.why})"


@dataclass(frozen=True, slots=True)
class _Parser:
    context: Context
    parsing: Parsing
    sheet: Sheet
    rights: Rights
    as_it_is: Record
    """Whose it is before the block says anything."""

    def apply(self, block: Block) -> Iterator[_Bad]:
        """Set the fields of one block; yield the lines that cannot be taken."""
        if not block.closed:
            delimiter = self.parsing.delimiter
            self.sheet.refused.append((RULE, f"the block `{delimiter}` has no end line"))
        if block.problem:
            self.sheet.refused.append((RULE, block.problem))
        labels = labels_of(self.parsing, block.language)
        for entry in block.entries:
            name = labels.get(fold(entry.label))
            if name is None:
                why = "no such label is declared"
                yield _Bad("unknown_label", self.parsing.unknown_label, entry, why)
                continue
            bad = self._take(name, entry)
            if bad is not None:
                if bad.policy.then == "keep_old":
                    self.sheet.restore(name)
                yield bad

    def outcome(self, bad: list[_Bad]) -> Parsed:
        """Put together what the policies say about the lines that were not taken."""
        refused = tuple((b.entry.label, b.why) for b in bad)
        alarms = tuple(self._alarms(bad))
        rejected = tuple(b.line for b in bad if b.policy.then == "reject")
        set_here = [name for name, by in self.sheet.provenance.items() if by.rule == RULE]
        if rejected:
            verdict = Verdict("denied", tuple(f"the block is rejected: {why}" for why in rejected))
            return Parsed(verdict, (self._fired("reject"),), alarms, refused)
        fired = (self._fired(f"set {', '.join(set_here)}"),) if set_here else ()
        return Parsed(None, fired, alarms, refused)

    def _take(self, name: str, entry: Entry) -> _Bad | None:
        why = self._forbids(name)
        if why is not None:
            return _Bad("not_permitted", self.parsing.not_permitted, entry, why)
        why = self._set(name, entry.value)
        if why is not None:
            return _Bad("invalid_value", self.parsing.invalid_value, entry, why)
        return None

    def _forbids(self, name: str) -> str | None:
        """Return why the sender may not set a field; a token is no permission for this."""
        if self.context.sender_state != "aligned":
            return "its sender is not authenticated"
        return self.rights.why_not_write(name, self.as_it_is)

    def _set(self, name: str, text: str) -> str | None:
        kind = self.sheet.table.fields[name]
        if kind.type == "files":
            return "files come as attachments"
        value, why = self._value(kind, text)
        if why is not None:
            return why
        adds = self.parsing.mode == "add"
        if adds and kind.type not in ADDED_TO and self.sheet.now(name) is not None:
            return None
        by = Provenance(RULE, self.parsing.span.place)
        date_format = self.parsing.date_format
        return self.sheet.put(name, value, by, add=adds, date_format=date_format)

    def _value(self, kind: Field, text: str) -> tuple[Value, str | None]:
        if kind.type != "reference" or not text:
            return text, None
        named = _named(text, kind, self.context.rules)
        found = None if named is None else self.context.facts.others.get(key_of(named))
        if found is None:
            return None, f"there is no such {kind.table}"
        return found.ref.id, None

    def _alarms(self, bad: list[_Bad]) -> Iterator[Alarm]:
        for mistake in dict.fromkeys(b.mistake for b in bad):
            of_kind = [b for b in bad if b.mistake == mistake]
            policy = of_kind[0].policy
            if policy.tell:
                yield Alarm(mistake, policy.tell, policy.text, tuple(b.line for b in of_kind))

    def _fired(self, effect: str) -> Fired:
        return Fired(RULE, "parsing", self.parsing.span.place, effect)


def key_of(named: str | RecordRef) -> str:
    """Return the key under which a record that is not the sender's is kept in `Facts.others`."""
    return named if isinstance(named, str) else f"{named.table}:{named.id}"


def _named(text: str, kind: Field, rules: RuleSet) -> str | RecordRef | None:
    """Return what a text refers to: a contact by address, any record by its number."""
    if kind.type != "reference":
        return None
    if rules.contacts is not None and kind.table == rules.contacts.table and "@" in text:
        return canonical(text.rpartition("<")[2].rstrip("> "))
    prefix = rules.tables[kind.table].number.casefold()
    digits = text.strip().casefold().removeprefix(prefix).lstrip("-# ")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > len(str(2**63)):
        return None
    return RecordRef(kind.table, int(digits))
