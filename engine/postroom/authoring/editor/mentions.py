"""Every place at which a name is declared or used: for going there, and for renaming."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from postroom.authoring.editor.context import EXPRESSIONS
from postroom.authoring.layout import ROOT, Items, Keys, Named, One, of_item, of_key
from postroom.lang import nodes
from postroom.lang.parse import parse_condition, parse_hole, parse_template
from postroom.rules import keys
from postroom.source.diagnostic import RuleError
from postroom.source.nodes import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postroom.authoring.layout import Noun, Shape
    from postroom.source.document import Document
    from postroom.source.nodes import Node
    from postroom.source.text import Span
    from postroom.source.words import Words

_RULES = (keys.FILTER, keys.ACCESS_RULE, keys.SHAPE_RULE, keys.NOTIFY)
"""Sections whose `id` names a rule."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A name at its place; quotes are not part of it."""

    noun: Noun
    name: str
    span: Span
    declares: bool
    scope: str = ""
    """Where the name counts: a field's table; of a rule the account, or its list of filters."""

    @property
    def thing(self) -> tuple[Noun, str, str]:
        """What it is a mention of."""
        return self.noun, self.name, self.scope


@dataclass(frozen=True, slots=True)
class _Around:
    """What a node stands in."""

    owner: str = ""
    """The account, as `accounts.NAME`, or the list of filters, as `filters.NAME`."""
    table: str = ""


@dataclass
class Mentions:
    """The mentions of a rule set."""

    tables: dict[str, str] = field(default_factory=dict)
    """By account: its table."""
    contacts: str = ""
    """The table of the contacts."""
    found: list[Mention] = field(default_factory=list)
    _shared: dict[str, list[str]] = field(default_factory=dict)
    """By account: the lists of filters that it uses."""

    def at(self, name: str, offset: int) -> Mention | None:
        """Return the mention at an offset of a file."""
        for each in self.found:
            inside = each.span.start <= offset <= each.span.end
            if inside and each.span.source.name == name:
                return each
        return None

    def of(self, thing: tuple[Noun, str, str]) -> list[Mention]:
        """Return every mention of a thing, those that declare it first."""
        found = [each for each in self.found if each.thing == thing]
        return sorted(found, key=lambda each: not each.declares)

    def beside(self, scope: str) -> set[str]:
        """Return the scopes whose rules may not have the same ids: an account's, and its lists'."""
        together = {scope}
        for account, lists in self._shared.items():
            scopes = {account, *(f"filters.{name}" for name in lists)}
            together |= scopes if scope in scopes else set()
        return together

    def read(self, documents: Iterable[Document]) -> None:
        """Gather the mentions of all files."""
        roots = [document.root for document in documents if document.root]
        for root in roots:
            self._note_tables(root)
        for root in roots:
            self._walk(root, ROOT, (), _Around())
        self._settle_rules()

    def _note_tables(self, root: Mapping) -> None:
        contacts, accounts = root.get("contacts"), root.get("accounts")
        table = contacts.get("table") if isinstance(contacts, Mapping) else None
        self.contacts = table.value if isinstance(table, Scalar) else self.contacts
        for entry in accounts.entries if isinstance(accounts, Mapping) else ():
            table = entry.node.get("table") if isinstance(entry.node, Mapping) else None
            if isinstance(table, Scalar):
                self.tables[entry.name] = table.value

    def _walk(
        self, node: Node, shape: Shape | None, steps: tuple[str, ...], around: _Around
    ) -> None:
        if isinstance(node, Scalar):
            self._scalar(node, shape, around)
        elif isinstance(node, Mapping):
            self._mapping(node, shape, steps, around)
        elif isinstance(shape, Items | One):
            for item in node.items:
                self._walk(item, of_item(shape), steps, _of_case(self, item, steps, around))

    def _mapping(
        self, node: Mapping, shape: Shape | None, steps: tuple[str, ...], around: _Around
    ) -> None:
        names = [entry.name for entry in node.entries]
        for entry in node.entries:
            below = (*steps, entry.name)
            inner = self._entering(below, around)
            if isinstance(shape, Named) and shape.noun in ("field", "table"):
                scope = inner.table if shape.noun == "field" else ""
                self._note(shape.noun, entry.key, shape.declares, scope)
            elif isinstance(shape, Named) and shape.declares:
                self._note(shape.noun, entry.key, declares=True)
            its = of_key(shape, names, entry.name)
            rule = isinstance(shape, Keys) and shape.section in _RULES and entry.name == "id"
            if rule and isinstance(entry.node, Scalar):
                self._note("rule", entry.node, True, around.owner)  # noqa: FBT003 - it declares
            else:
                self._walk(entry.node, its, below, inner)

    def _entering(self, steps: tuple[str, ...], around: _Around) -> _Around:
        match steps:
            case ("accounts", name):
                return _Around(f"accounts.{name}", self.tables.get(name, ""))
            case ("filters", name):
                return _Around(f"filters.{name}")
            case ("tables", name) | ("groups", _, name) | ("tests", "given", "records", name):
                return _Around(around.owner, name)
            case ("contacts",) | ("tests", "given", "contacts"):
                return _Around(around.owner, self.contacts)
            case _:
                return around

    def _note(self, noun: Noun, at: Scalar, declares: bool, scope: str = "") -> None:  # noqa: FBT001
        self.found.append(Mention(noun, at.value, at.words.span, declares, scope))

    def _scalar(self, node: Scalar, shape: Shape | None, around: _Around) -> None:
        if not isinstance(shape, One):
            return
        if shape.refers:
            scope = {"field": around.table, "rule": around.owner}.get(shape.refers, "")
            self._note(shape.refers, node, declares=False, scope=scope)
            if shape.refers == "filters":
                self._shared.setdefault(around.owner, []).append(node.value)
        elif shape.kind in EXPRESSIONS:
            for words, tree in _trees(node.words, condition=shape.kind == "condition"):
                self._expression(words, tree, around)

    def _expression(self, words: Words, tree: nodes.Node, around: _Around) -> None:
        tables = {"record": around.table, "contact": self.contacts}
        for node in nodes.walk(tree):
            if not isinstance(node, nodes.Member) or not isinstance(node.of, nodes.Name):
                continue
            span = words.span_of(node.name_start, node.end)
            if node.of.name == "lists":
                self.found.append(Mention("list", node.name, span, declares=False))
            elif node.of.name in tables:
                scope = tables[node.of.name]
                self.found.append(Mention("field", node.name, span, declares=False, scope=scope))

    def _settle_rules(self) -> None:
        """Let a test's mention of a shared rule be one of the list that has it."""
        declared = {each.thing for each in self.found if each.declares}
        for at, each in enumerate(self.found):
            if each.noun != "rule" or each.thing in declared:
                continue
            for name in self._shared.get(each.scope, ()):
                scope = f"filters.{name}"
                if ("rule", each.name, scope) in declared:
                    self.found[at] = replace(each, scope=scope)


def _of_case(mentions: Mentions, item: Node, steps: tuple[str, ...], around: _Around) -> _Around:
    """Return what stands around an item: in a case, the account that it is about."""
    account = item.get("account") if steps == ("tests",) and isinstance(item, Mapping) else None
    if not isinstance(account, Scalar):
        return around
    return _Around(f"accounts.{account.value}", mentions.tables.get(account.value, ""))


def _trees(words: Words, *, condition: bool) -> Iterator[tuple[Words, nodes.Node]]:
    try:
        if condition:
            yield words, parse_condition(words)
            return
        for piece in parse_template(words):
            if piece.kind == "hole":
                yield piece.words, parse_hole(piece.words)
    except RuleError:
        return


def mentions_of(documents: Iterable[Document]) -> Mentions:
    """Return every mention of a name in files that belong together."""
    found = Mentions()
    found.read(documents)
    return found
