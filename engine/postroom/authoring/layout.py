"""How the sections of a rule file lie in one another: what stands below each key.

`postroom.rules.keys` says which keys a section has; this says which section, list or value a key
leads to. The schema, the formatter and the editor walk rule files by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from postroom.rules import keys
from postroom.source.nodes import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from collections.abc import Mapping as ByName

    from postroom.rules.keys import Kind, Section
    from postroom.source.nodes import Node

Noun = Literal[
    "",
    "account", "authenticator", "field", "filters", "group", "list", "notifier", "provider",
    "rule", "scanner", "sign_in",
    "table", "template", "transport",
    "label", "language", "header", "counter", "parameter", "thread",
]  # fmt: skip
"""What a name is the name of; "" for what is no name."""


@dataclass(frozen=True, slots=True)
class One:
    """One value; or several, of the kinds `texts`, `addresses`, `choices`, `templates`, `value`."""

    kind: Kind
    choices: tuple[str, ...] = ()
    refers: Noun = ""
    """What the value names."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a section."""

    section: Section
    word: One | None = None
    """What may stand there instead, where it is one value."""
    use: Section | None = None
    """The section that it is of if it has the key `use`."""


@dataclass(frozen=True, slots=True)
class Named:
    """Keys that are names: of the author's own, or of something declared elsewhere."""

    of: Shape
    noun: Noun
    declares: bool = False
    """Whether a thing of that name is declared here."""


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    of: Shape


Shape: TypeAlias = One | Keys | Named | Items

_TEXT = One("text")
_VALUES = Named(One("value"), "field")
_ANYTHING = Named(One("any"), "field")
_TELL = Keys(keys.TELL)
_BAD_LINE = Keys(keys.BAD_LINE)
_AFTER = Keys(keys.AFTER_DO, word=One("choice", keys.AFTER_WORDS))
_SHAPE: dict[str, Shape] = {
    "set": _VALUES, "append": _VALUES, "rules": Items(Keys(keys.SHAPE_RULE)),
}  # fmt: skip
_FILTERS = Keys(keys.FILTER)

_BELOW: tuple[tuple[Section, ByName[str, Shape]], ...] = (
    (keys.ROOT, {
        "lists": Named(Items(_TEXT), "list", declares=True),
        "tables": Named(Keys(keys.TABLE), "table", declares=True),
        "contacts": Keys(keys.CONTACTS),
        "groups": Named(Named(Keys(keys.PERMISSION), "table"), "group", declares=True),
        "filters": Named(Items(_FILTERS), "filters", declares=True),
        "providers": Named(Keys(keys.PROVIDER), "provider", declares=True),
        "sign_ins": Named(Keys(keys.SIGN_IN), "sign_in", declares=True),
        "accounts": Named(Keys(keys.ACCOUNT), "account", declares=True),
        "watch": Keys(keys.ENGINE_WATCH),
        "templates": Named(Keys(keys.TEMPLATE), "template", declares=True),
        "tests": Items(Keys(keys.CASE)),
        "waivers": Items(Keys(keys.WAIVER)),
    }),
    (keys.TABLE, {
        "token_expires": Keys(keys.TOKEN_EXPIRES),
        "fields": Named(Keys(keys.FIELD), "field", declares=True),
    }),
    (keys.FIELD, {"table": One("name", refers="table"), "min": _TEXT, "max": _TEXT}),
    (keys.CONTACTS, {
        "table": One("name", refers="table"),
        "groups": One("name", refers="field"),
        "guest": Keys(keys.GUEST, word=One("address")),
    }),
    (keys.GUEST, {"groups": One("texts", refers="group")}),
    (keys.PERMISSION, {"fields": One("texts", refers="field")}),
    (keys.USE, {"use": One("name", refers="filters")}),
    (keys.FILTER, {"then": Keys(keys.FILTER_THEN, word=One("choice", keys.FILTER_WORDS))}),
    (keys.FILTER_THEN, {"discard": _TELL}),
    (keys.TELL, {
        "reply": One("name", refers="template"),
        "template": One("name", refers="template"),
    }),
    (keys.ACCOUNT, {
        "table": One("name", refers="table"),
        "shared": Keys(keys.LINKED, word=One("choice", keys.SHARED)),
        "receive": Keys(keys.RECEIVE),
        "send": Keys(keys.SEND),
        "filters": Items(Keys(keys.FILTER, use=keys.USE)),
        "check_senders": Keys(keys.CHECK_SENDERS),
        "scan_for_malware": Keys(keys.SCAN),
        "subject_prefixes": Keys(keys.PREFIXES),
        "answers": Keys(keys.ANSWERING),
        "watch": Keys(keys.WATCH),
        "access": Keys(keys.ACCESS),
        "mapping": Keys(keys.MAPPING),
        "updates": Keys(keys.UPDATES),
        "parsing": Keys(keys.PARSING),
        "notify": Items(Keys(keys.NOTIFY)),
    }),
    (keys.LINKED, {
        "primary": One("name", refers="account"), "link": One("name", refers="field"),
    }),
    (keys.ENGINE_WATCH, {"through": One("name", refers="account")}),
    (keys.RECEIVE, {"use": One("name", refers="transport"), "after": Keys(keys.AFTER)}),
    (keys.AFTER, dict.fromkeys(keys.AFTER.names, _AFTER)),
    (keys.SEND, {"use": One("name", refers="notifier")}),
    (keys.CHECK_SENDERS, {"use": One("name", refers="authenticator")}),
    (keys.SCAN, {"use": One("name", refers="scanner")}),
    (keys.SIGN_IN, {
        "provider": One("name", refers="provider"),
        "client_id": Keys(keys.SECRET, word=_TEXT),
        "tenant": Keys(keys.SECRET, word=_TEXT),
        "client_secret": Keys(keys.SECRET),
        "key": Keys(keys.SECRET),
    }),
    (keys.PROVIDER, {
        "parameters": Keys(keys.PARAMETERS), "answers": Keys(keys.PROVIDER_ANSWERS),
    }),
    (keys.PARAMETERS, dict.fromkeys(keys.PARAMETERS.names, Named(_TEXT, "parameter"))),
    (keys.ACCESS, dict.fromkeys(keys.ACCESS.names, Items(Keys(keys.ACCESS_RULE)))),
    (keys.ACCESS_RULE, {"then": Keys(keys.ACCESS_THEN, word=One("choice", keys.ACCESS_WORDS))}),
    (keys.ACCESS_THEN, {
        "allow_as": One("text", ("sender", "guest")), "deny": _TELL, "discard": _TELL,
    }),
    (keys.MAPPING, _SHAPE),
    (keys.UPDATES, _SHAPE),
    (keys.SHAPE_RULE, {"set": _VALUES, "append": _VALUES}),
    (keys.PARSING, {
        "languages": Named(Named(One("name", refers="field"), "label"), "language"),
        "unknown_label": _BAD_LINE, "invalid_value": _BAD_LINE, "not_permitted": _BAD_LINE,
    }),
    (keys.NOTIFY, {
        "use": One("name", refers="notifier"), "template": One("name", refers="template"),
    }),
    (keys.CASE, {
        "account": One("name", refers="account"),
        "mail": Keys(keys.MAIL),
        "given": Keys(keys.GIVEN),
        "expect": Keys(keys.EXPECT),
    }),
    (keys.MAIL, {"headers": Named(_TEXT, "header"), "attachments": Items(Keys(keys.ATTACHED))}),
    (keys.GIVEN, {
        "contacts": Items(_ANYTHING),
        "records": Named(Items(_ANYTHING), "table"),
        "counters": Named(_TEXT, "counter"),
        "threads": Named(_TEXT, "thread"),
    }),
    (keys.EXPECT, {
        "fired": One("texts", refers="rule"),
        "record": _ANYTHING,
        "notified": One("texts", refers="rule"),
        "replied_with": One("texts", refers="template"),
    }),
    (keys.WAIVER, {
        "rule": One("texts", refers="rule"), "account": One("name", refers="account"),
    }),
)  # fmt: skip

BELOW: ByName[str, ByName[str, Shape]] = {section.title: below for section, below in _BELOW}
"""By the title of the section and the name of the key; other keys hold one value of their kind."""

ROOT = Keys(keys.ROOT)

EXACTLY_ONE = (keys.FILTER_THEN, keys.ACCESS_THEN, keys.AFTER_DO)
"""Sections that say one thing only."""
AT_LEAST_ONE = (
    (keys.SHAPE_RULE, ("set", "append")),
    (keys.TEMPLATE, ("text", "html")),
)  # fmt: skip
"""Sections that say nothing without one of these keys."""
EITHER = (
    (keys.CASE, ("mail", "eml")),
    (keys.WAIVER, ("rule", "place")),
    (keys.SECRET, ("env", "file", "keyring")),
)
"""Sections that have exactly one of these keys."""


def below(section: Section, name: str) -> Shape | None:
    """Return what stands below a key of a section; None if it has no such key."""
    key = section.key(name)
    if key is None:
        return None
    return BELOW.get(section.title, {}).get(name) or One(key.kind, key.choices)


def section_of(shape: Keys, names: Container[str]) -> Section:
    """Return the section that a mapping with these keys is of."""
    return shape.use if shape.use is not None and "use" in names else shape.section


def of_key(shape: Shape | None, names: Container[str], name: str) -> Shape | None:
    """Return what stands below a key of a mapping that has the keys names."""
    if isinstance(shape, Keys):
        return below(section_of(shape, names), name)
    return shape.of if isinstance(shape, Named) else None


def of_item(shape: Shape | None) -> Shape | None:
    """Return what the items of a list are."""
    if isinstance(shape, One):
        return shape
    return shape.of if isinstance(shape, Items) else None


def children(node: Mapping | Sequence, shape: Shape | None) -> Iterator[tuple[Node, Shape | None]]:
    """Yield the nodes below a node, each with its shape where one is declared."""
    if isinstance(node, Sequence):
        yield from ((item, of_item(shape)) for item in node.items)
        return
    names = [entry.name for entry in node.entries]
    for entry in node.entries:
        yield entry.node, of_key(shape, names, entry.name)


def walk(node: Node, shape: Shape | None = ROOT) -> Iterator[tuple[Node, Shape | None]]:
    """Yield a node and all below it with their shapes, each before what is below it."""
    yield node, shape
    if not isinstance(node, Scalar):
        for child, its in children(node, shape):
            yield from walk(child, its)
