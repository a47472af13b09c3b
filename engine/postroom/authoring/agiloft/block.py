"""Sort properties into blocks, one for each mailbox, with references resolved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from postroom.authoring.agiloft.names import KNOWN, PLACEHOLDERS, PREFIX, REFERABLE, SECRET, folded
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from postroom.authoring.agiloft.properties import Property

_DEEPEST = 20
"""References within references."""
_LONGEST = 16 * 1024
_SIGN_INS = ("oauth", "oauth2")
"""Words in a key that name no block."""
_NAMES = "the names that are known: postroom's page on taking over Agiloft's settings"
_SHORTEST = 4
"""Letters of a placeholder: `%3A` is none."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Something that is not carried over."""

    line: int
    words: str


@dataclass
class Block:
    """What is said about one mailbox."""

    name: str
    settings: dict[str, str] = field(default_factory=dict, repr=False)
    payloads: dict[str, dict[str, tuple[str, int]]] = field(default_factory=dict)
    """By request, parameters with their values as in a rule file, and their lines."""
    answers: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    """Where each setting stands."""
    lost: list[Lost] = field(default_factory=list)


def blocks_of(properties: Iterable[Property]) -> list[Block]:
    """Return the blocks in the order of the file.

    Raises Problem PR570 if there are none, PR572 for references that lead nowhere or in a circle.
    """
    ours = {each.key.lower(): each for each in properties if each.key.lower().startswith(PREFIX)}
    found: dict[str, Block] = {}
    if not ours:
        words = f"the file has no properties `{PREFIX}*`"
        raise Problem(Diagnostic("PR570", words, help="name the file that they stand in"))
    texts, unknown = _Texts(ours), []
    for each in sorted(ours.values(), key=lambda each: each.line):
        name, kind, what, number = _understood(each.key)
        if not kind or (kind == "payload" and not number):
            unknown.append(each)
            continue
        block = found.setdefault(name, Block(name or "agiloft"))
        if kind == "setting":
            block.settings[what] = texts.plain(each)
            block.lines[what] = each.line
        elif kind == "answer":
            block.answers[what] = texts.plain(each)
        else:
            _take_line(block, what, each, texts.with_references(each))
    if not found:
        words = f"none of the properties `{PREFIX}*` is known"
        raise Problem(Diagnostic("PR570", words, help=_NAMES))
    for each in unknown:
        if each.key.lower() not in texts.used:
            _nearest(found, each).lost.append(Lost(each.line, f"`{each.key}` is not known"))
    return list(found.values())


def _nearest(found: Mapping[str, Block], said: Property) -> Block:
    """Return the block that a property is about, as far as its name tells."""
    name = said.key[len(PREFIX) :].lower().replace(".", "_")
    about = [block for each, block in found.items() if each and name.startswith(each + "_")]
    return (about or list(found.values()))[0]


def _understood(key: str) -> tuple[str, str, str, str]:
    """Return the block's name, what kind of thing a key is, what we call it, and its number."""
    parts = key[len(PREFIX) :].split(".")
    for at in range(len(parts)):
        rest = folded(".".join(parts[at:]))
        bare = rest.rstrip("0123456789")
        kind, what = KNOWN.get(rest) or KNOWN.get(bare) or ("", "")
        if kind:
            named = [part for part in parts[:at] if part.lower() not in _SIGN_INS]
            return "_".join(named).lower(), kind, what, rest[len(bare) :]
    return "_".join(parts[:-1]).lower(), "", "", ""


def _take_line(block: Block, request: str, said: Property, text: str) -> None:
    name, sign, value = text.partition("=")
    named = placed(value.strip())
    if not sign or not name.strip():
        block.lost.append(Lost(said.line, f"`{said.key}` is no line `name=value`"))
    elif isinstance(named, Unknown):
        words = f"`{said.key}` has the placeholder `%{named.name}%`, which is not known"
        block.lost.append(Lost(said.line, words))
    else:
        block.payloads.setdefault(request, {})[name.strip()] = named, said.line


@dataclass(frozen=True, slots=True)
class Unknown:
    """A placeholder that is not known."""

    name: str


def placed(text: str) -> str | Unknown:
    """Return a text whose placeholders `%NAME%` are those of a rule file."""
    pieces = text.split("%")
    filled, at = [pieces[0]], 1
    while at < len(pieces):
        name = pieces[at]
        closed = at + 1 < len(pieces)
        if not (closed and len(name) >= _SHORTEST and all(c == "_" or c.isupper() for c in name)):
            filled.append("%" + name)
            at += 1
        elif name in PLACEHOLDERS:
            filled.append(PLACEHOLDERS[name] + pieces[at + 1])
            at += 2
        else:
            return Unknown(name)
    return "".join(filled)


@dataclass
class _Texts:
    """Values with what they refer to put in."""

    ours: Mapping[str, Property]
    used: set[str] = field(default_factory=set)
    """Keys that others refer to."""

    def plain(self, said: Property) -> str:
        """Return a value with everything put in."""
        return self._filled(said, said.value, 0, by_name=False).strip()

    def with_references(self, said: Property) -> str:
        """Return a value in which ids and secrets stay references, as a rule file writes them."""
        return self._filled(said, said.value, 0, by_name=True)

    def _filled(self, said: Property, text: str, depth: int, *, by_name: bool) -> str:
        pieces = text.split("${")
        filled = [pieces[0]]
        for piece in pieces[1:]:
            name, brace, rest = piece.partition("}")
            if not brace:
                filled.append("${" + piece)
                continue
            meant = self._meant(said, name.strip())
            _, kind, what, _ = _understood(meant.key)
            if depth >= _DEEPEST:
                raise _nowhere(said, "leads in a circle, or too deep")
            if kind == "setting" and what in REFERABLE and (by_name or what in SECRET):
                filled.append(REFERABLE[what] + rest)
            else:
                filled.append(self._filled(said, meant.value, depth + 1, by_name=by_name) + rest)
            if sum(map(len, filled)) > _LONGEST:
                raise _nowhere(said, "leads to far too much")
        return "".join(filled)

    def _meant(self, said: Property, name: str) -> Property:
        """Return what a reference names: a whole key, or the rest of one in the same block."""
        block, *_ = _understood(said.key)
        for key in (name, PREFIX + name, PREFIX + block.replace("_", ".") + "." + name):
            found = self.ours.get(key.lower())
            if found is not None:
                self.used.add(key.lower())
                return found
        raise _nowhere(said, f"names `{name}`, which is not in the file")


def _nowhere(said: Property, why: str) -> Problem:
    words = f"line {said.line}: a reference in `{said.key}` {why}"
    return Problem(Diagnostic("PR572", words, help="write out in the file what it stands for"))
