"""Read the keys of one section, as `postroom.rules.keys` declares them.

What does not fit is noted and read as if it were left out, so that checking can go on.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from postroom.rules.literals import span_text, time_span, whole_number
from postroom.rules.names import is_address
from postroom.source.near import did_you_mean, near
from postroom.source.nodes import Entry, Mapping, Scalar, Sequence, described

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postroom.rules.findings import Findings
    from postroom.rules.keys import Key, Kind, Section
    from postroom.source.nodes import Node
    from postroom.source.text import Span

N = TypeVar("N", Scalar, Sequence, Mapping)
_SAYS = {Scalar: "one value", Sequence: "a list", Mapping: "keys with values"}
_WRITE = {Scalar: "value", Sequence: "[a, b]", Mapping: "{name: value}"}
_TRUE, _FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")
_YES = {"yes": "true", "on": "true", "no": "false", "off": "false"}
_MOST_SHOWN = 12


def listed(names: Iterable[str]) -> str:
    """Return names as a sentence lists them, the first dozen of them."""
    names = list(dict.fromkeys(names))
    more = ", ..." if len(names) > _MOST_SHOWN else ""
    return ", ".join(f"`{name}`" for name in names[:_MOST_SHOWN]) + more


def suggestion(word: str, known: Iterable[str], they_are: str) -> str | None:
    """Return a hint for a word that is not among those known."""
    known = list(known)
    if len(known) == 1:
        return f"write `{known[0]}`"
    return did_you_mean(word, known) or (f"{they_are} {listed(known)}" if known else None)


def shaped(findings: Findings, node: Node | None, wanted: type[N], what: str) -> N | None:
    """Return the node if it has the shape; note it and return None if not."""
    if isinstance(node, Scalar) and node.is_null:
        hint = "write something, or delete the key"
        findings.error("PR033", f"{what} says nothing", _seen(node), hint)
    elif isinstance(node, wanted):
        return node
    elif node is not None:
        message = f"{what} is {described(node)}, where {_SAYS[wanted]} should be"
        name = what.strip("`") if what.startswith("`") else "key"
        findings.error("PR032", message, node.span, f"write `{name}: {_WRITE[wanted]}`")
    return None


def _seen(node: Scalar) -> Span:
    """Return the place of a value that says nothing; at least one letter wide."""
    return node.span.part(node.span.start, max(node.span.end, node.span.start + 1))


def entries(findings: Findings, node: Node | None, what: str) -> Iterator[Entry]:
    """Yield the entries of a mapping whose keys are names of the author's own."""
    mapping = shaped(findings, node, Mapping, what)
    yield from mapping.entries if mapping else ()


class Given:
    """One section of a rule file, opened: its unknown and missing keys are already noted."""

    def __init__(self, findings: Findings, section: Section, node: Mapping, span: Span) -> None:
        self.findings = findings
        self.section = section
        self.span = span
        """What to underline when the section as a whole is meant."""
        self.others: list[Entry] = []
        """Keys that the section does not declare, where it allows them."""
        self._entries: dict[str, Entry] = {}
        for entry in node.entries:
            if section.key(entry.name) is not None:
                self._entries[entry.name] = entry
            elif section.others:
                self.others.append(entry)
        unknown = [e.key for e in node.entries if section.key(e.name) is None]
        if section.others:
            unknown = []  # they are for somebody else to know
        for found in unknown:
            self._unknown(found)
        meant = {near(found.value, section.names) for found in unknown}
        for key in section.keys:
            if key.required and key.name not in self._entries and key.name not in meant:
                hint = f"add `{key.name}:`, {key.help}"
                findings.error("PR031", f"`{key.name}` is missing", span, hint)

    @classmethod
    def open(
        cls, findings: Findings, section: Section, node: Node | None, what: str, span: Span
    ) -> Given | None:
        """Return the section's keys, or None if it has none; span is what stands for it."""
        mapping = shaped(findings, node, Mapping, what)
        return None if mapping is None else cls(findings, section, mapping, span)

    def _unknown(self, key: Scalar) -> None:
        names = self.section.names
        message = f"unknown key `{key.value}`"
        self.findings.error(
            "PR030", message, key.span, suggestion(key.value, names, "the keys are")
        )

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def key_span(self, name: str) -> Span:
        """Return where a key stands; the section itself if it does not."""
        entry = self._entries.get(name)
        return entry.key.span if entry else self.span

    def node(self, name: str) -> Node | None:
        """Return what a key says, of whatever shape; None if it says nothing."""
        self._declared(name, "any", "condition", "value", "values", "template", "templates")
        node = self._node(name)
        if isinstance(node, Scalar) and node.is_null:
            return shaped(self.findings, node, Scalar, f"`{name}`")
        return node

    def keys(self, name: str) -> Mapping | None:
        """Return the keys that a key holds."""
        self._declared(name, "keys", "values")
        return self._shaped(name, Mapping)

    def is_list(self, name: str) -> bool:
        """Return whether a key holds a list."""
        return isinstance(self._node(name), Sequence)

    def items(self, name: str) -> tuple[Node, ...]:
        """Return the items of a list."""
        self._declared(name, "items")
        found = self._shaped(name, Sequence)
        return found.items if found else ()

    def scalar(self, name: str) -> Scalar | None:
        """Return the one value of a key, with its place."""
        return self._shaped(name, Scalar)

    def text(self, name: str) -> str:
        """Return the text of a key, or what stands in for it, or ""."""
        key = self._declared(name, "text", "name")
        found = self.scalar(name)
        return found.value if found else str(key.default or "")

    def texts(self, name: str) -> tuple[Scalar, ...]:
        """Return the texts of a key that holds one or several."""
        self._declared(name, "texts", "addresses", "choices")
        return self.scalars(self._node(name), f"`{name}`")

    def scalars(self, node: Node | None, what: str) -> tuple[Scalar, ...]:
        """Return one value, or those of a list."""
        if not isinstance(node, Sequence):
            one = shaped(self.findings, node, Scalar, what)
            return (one,) if one else ()
        items = (shaped(self.findings, i, Scalar, f"an item of {what}") for i in node.items)
        return tuple(item for item in items if item is not None)

    def flag(self, name: str) -> bool:
        """Return what a key that is true or false says."""
        key = self._declared(name, "flag")
        found = self.scalar(name)
        if found is None or found.value not in (*_TRUE, *_FALSE) or found.style != "plain":
            if found is not None:
                self._not_a_flag(name, found)
            return bool(key.default)
        return found.value in _TRUE

    def _not_a_flag(self, name: str, found: Scalar) -> None:
        meant = _YES.get(found.value.lower(), found.value.lower())
        hint = f"write `{name}: {meant if meant in ('true', 'false') else 'true'}`, without quotes"
        self.findings.error("PR034", f"`{name}` must be true or false", found.span, hint)

    def integer(self, name: str, *, least: int = 0, most: int = 1_000_000_000) -> int | None:
        """Return the whole number of a key, or None."""
        self._declared(name, "integer")
        found = self.scalar(name)
        if found is None:
            return None
        number = whole_number(found.value)
        if number is not None and least <= number <= most:
            return number
        message = f"`{name}` must be a whole number from {least} to {most:,}"
        self.findings.error("PR037", message, found.span, f"write `{name}: {least}`")
        return None

    def duration(self, name: str, *, least: timedelta = timedelta(0)) -> timedelta | None:
        """Return the time span of a key, or what stands in for it."""
        key = self._declared(name, "duration")
        found = self.scalar(name)
        if found is None:
            return key.default if isinstance(key.default, timedelta) else None
        span = time_span(found.value)
        if span is None:
            hint = "write a number and s, m, h, d or w: `30s`, `5m`, `2d`"
            self.findings.error("PR038", f"`{name}` must be a time span", found.span, hint)
        elif span < least:
            message, hint = f"`{name}` is too short", f"write at least `{span_text(least)}`"
            self.findings.error("PR038", message, found.span, hint)
        else:
            return span
        return None

    def choice(self, name: str) -> str:
        """Return the choice that a key names, or what stands in for it, or ""."""
        key = self._declared(name, "choice")
        found = self.scalar(name)
        if found is None:
            return str(key.default or "")
        return found.value if self._is_choice(key, found) else ""

    def choices(self, name: str) -> tuple[str, ...]:
        """Return the choices that a key names."""
        key = self._declared(name, "choices")
        return tuple(s.value for s in self.texts(name) if self._is_choice(key, s))

    def _is_choice(self, key: Key, found: Scalar) -> bool:
        if found.value in key.choices:
            return True
        meant = near(found.value, key.choices)
        hint = f"did you mean `{meant}`?" if meant else f"write one of {listed(key.choices)}"
        message = f"`{found.value}` is not a choice for `{key.name}`"
        self.findings.error("PR035", message, found.span, hint)
        return False

    def address(self, name: str) -> str:
        """Return the address of a key, or ""."""
        self._declared(name, "address")
        found = self.scalar(name)
        return found.value if found and checked_address(self.findings, found) else ""

    def addresses(self, name: str) -> tuple[str, ...]:
        """Return the addresses of a key that holds one or several."""
        self._declared(name, "addresses")
        return tuple(s.value for s in self.texts(name) if checked_address(self.findings, s))

    def _node(self, name: str) -> Node | None:
        entry = self._entries.get(name)
        return entry.node if entry else None

    def _shaped(self, name: str, wanted: type[N]) -> N | None:
        return shaped(self.findings, self._node(name), wanted, f"`{name}`")

    def _declared(self, name: str, *kinds: Kind) -> Key:
        """Return the declaration; code that reads a key as what it is not has a fault."""
        key = self.section.key(name)
        if key is None or key.kind not in kinds:
            raise LookupError(f"{self.section.title}: {name} is read as {kinds}")
        return key


def checked_address(findings: Findings, found: Scalar) -> bool:
    """Return whether a value is an email address; note it if not."""
    if is_address(found.value):
        return True
    inside = found.value.partition("<")[2].partition(">")[0]
    hint = f"write `{inside}`" if is_address(inside) else "write `name@example.com`"
    findings.error("PR039", "this is not an email address", found.span, hint)
    return False
