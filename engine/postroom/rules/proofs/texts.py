"""What is known of one text: whether it can be as it is wanted, and texts that are so."""

from __future__ import annotations

from itertools import combinations, islice, product
from typing import TYPE_CHECKING

from postroom.lang.operations import is_blank
from postroom.lang.text import below_domain
from postroom.rules.proofs.atoms import Text, Variable
from postroom.rules.proofs.likes import pieces, sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from postroom.lang.types import Form
    from postroom.rules.proofs.atoms import Atom, Relation

_PAIRS = 8
"""Of longer lists, what one text wants is not held against what another wants."""
_CHOICES = 3
_TRIED = 24
_FEW = 4
_HINTS = 6


def refuted(variable: Variable, wanted: Sequence[tuple[Atom, bool]]) -> bool:
    """Return whether no text can be all of this, as far as that can be proved."""
    texts = [(atom, sign) for atom, sign in wanted if isinstance(atom, Text)]
    if variable.values:
        return not any(_fits(value, texts) for value in variable.values)
    for atom, sign in texts:
        if sign and atom.relation == "exactly":
            return not any(_fits(value, texts) for value in atom.wanted)
    forms = {atom.form for atom, _ in texts if atom.relation not in ("blank", "exactly")}
    return any(_refuted([t for t in texts if _is_of(*t, form)]) for form in forms)


def candidates(
    variable: Variable, wanted: Sequence[tuple[Atom, bool]], hints: Iterable[str]
) -> Iterator[str]:
    """Yield texts that may be all of this, the plainest first; whoever takes one must ask it."""
    texts = [(atom, sign) for atom, sign in wanted if isinstance(atom, Text)]
    if variable.values:
        yield from variable.values
        return
    positive = [atom for atom, sign in texts if sign]
    for atom in positive:
        if atom.relation in ("is", "exactly"):
            yield from atom.wanted
    known = list(dict.fromkeys(hints))
    yield from known
    for more in ((), *combinations([hint for hint in known if hint][:_HINTS], 1)):
        if positive:
            yield from islice(_put_together(variable, positive, more), _TRIED)
    for one, other in combinations([hint for hint in known if hint][:_HINTS], 2):
        yield from islice(_put_together(variable, positive, (one, other)), _FEW)
    yield from _USUAL.get(variable.type.form, _USUAL[""])


_USUAL: dict[Form, tuple[str, ...]] = {
    "": ("", "hello", "question 4711", "zyx", "0"),
    "domain": ("mail.example", "zyx.test"),
    "address": ("someone@mail.example", "zyx@zyx.test", ""),
}
"""Texts that rules hardly ask for, but for the empty one."""


def _fits(value: str, texts: Iterable[tuple[Text, bool]]) -> bool:
    return all(atom.holds_of(value) == sign for atom, sign in texts)


def _is_of(atom: Text, sign: bool, form: Form) -> bool:  # noqa: FBT001 - as the pair says
    """Return whether an atom can be asked of a text that is folded to a form.

    What is blank stays blank but for a few blanks in domains; what was not never becomes blank.
    """
    if atom.relation == "blank":
        return not form or not sign
    return atom.form == form and atom.relation != "exactly"


def _refuted(texts: Sequence[tuple[Text, bool]]) -> bool:
    """Return whether no text can be all of this, all of it in one form."""
    positive = [atom for atom, sign in texts if sign]
    negative = [atom for atom, sign in texts if not sign]
    equal = [set(atom.wanted) for atom in positive if atom.relation == "is"]
    if equal:
        left = set.intersection(*equal)
        return not any(all(a.holds_of_folded(v) == sign for a, sign in texts) for v in left)
    blank = any(atom.relation == "blank" for atom in positive)
    kept: list[tuple[Relation, Form, list[str]]] = []
    for atom in positive:
        if atom.relation == "blank":
            continue
        left_over = [w for w in atom.wanted if not _excluded(atom, w, negative, blank=blank)]
        if not left_over:
            return True
        if len(left_over) <= _PAIRS:
            kept.append((atom.relation, atom.form, left_over))
    return any(
        not any(_go_together(r, a, q, b) for a in these for b in those)
        for i, (r, _, these) in enumerate(kept)
        for q, _, those in kept[:i]
    )


def _excluded(atom: Text, wanted: str, negative: Iterable[Text], *, blank: bool) -> bool:
    """Return whether one of several texts that would do is forbidden by what must not be."""
    if blank and not is_blank(wanted.strip("*?")):
        return True
    return any(_entails(atom, wanted, other) for other in negative)


def _entails(atom: Text, wanted: str, other: Text) -> bool:
    """Return whether every text that is as one atom wants it is as another wants it."""
    relation = atom.relation
    if relation == "like":
        start, inside, end = pieces(wanted, atom.form)
        return other.relation != "like" and (
            any(_says("contains", piece, other) for piece in inside)
            or (bool(start) and _says("starts", start, other))
            or (bool(end) and _says("ends", end, other))
        )
    return _says(relation, wanted, other)


def _says(relation: Relation, text: str, other: Text) -> bool:
    """Return whether `contains text`, say, makes another atom true."""
    match other.relation:
        case "contains":
            return any(each in text for each in other.wanted)
        case "starts":
            return relation == "starts" and text.startswith(other.wanted)
        case "ends":
            return relation in ("ends", "below") and text.endswith(other.wanted)
        case "below":
            return relation == "below" and below_domain(text, frozenset(other.wanted))
        case _:
            return False


def _go_together(one: Relation, a: str, other: Relation, b: str) -> bool:
    """Return whether a text can be both; yes where that is not known."""
    known: Callable[[str, str], bool] | None = _TOGETHER.get((one, other))
    if known is not None:
        return known(a, b)
    known = _TOGETHER.get((other, one))
    return True if known is None else known(b, a)


def _below_and_ends(domain: str, end: str) -> bool:
    return f".{domain}".endswith(end) or end == domain or end.endswith(f".{domain}")


_TOGETHER: dict[tuple[Relation, Relation], Callable[[str, str], bool]] = {
    ("starts", "starts"): lambda a, b: a.startswith(b) or b.startswith(a),
    ("ends", "ends"): lambda a, b: a.endswith(b) or b.endswith(a),
    ("below", "below"): lambda a, b: (
        below_domain(a, frozenset((b,))) or below_domain(b, frozenset((a,)))
    ),
    ("below", "ends"): _below_and_ends,
}


def _put_together(
    variable: Variable, positive: Sequence[Text], more: Sequence[str]
) -> Iterator[str]:
    """Yield texts made of what is wanted, and of what more is worth a try."""
    for choice in product(*(_choices(atom) for atom in positive)):
        starts, ends, inside = "", "", list(more)
        for relation, text in choice:
            if relation == "starts":
                starts = max(starts, text, key=len)
            elif relation in ("ends", "below"):
                ends = max(ends, text, key=len)
            else:
                inside.append(text)
        for between in ("", ".") if variable.type.form else (" ", "", ".", "x"):
            yield _joined(starts, inside, ends, between)
        if variable.type.form == "address":
            yield f"{_joined(starts, inside, ends, '')}@mail.example"
            yield f"someone@{_joined(starts, inside, ends, '.')}"
        if variable.type.form == "domain":
            yield f"{_joined(starts, inside, ends, '')}.example"
            yield f"mail.{_joined(starts, inside, ends, '.')}"
            yield f"x{_joined(starts, inside, ends, '.')}"


def _choices(atom: Text) -> list[tuple[Relation, str]]:
    if atom.relation == "blank":
        return [("contains", "")]
    if atom.relation == "like":
        return [("contains", sample(each)) for each in atom.wanted]
    return [(atom.relation, each) for each in atom.wanted[:_CHOICES]]


def _joined(starts: str, inside: Sequence[str], ends: str, between: str) -> str:
    parts = [starts]
    for each in inside:
        if each not in starts and each not in ends and not any(each in part for part in parts):
            parts.append(each)
    if not starts.endswith(ends) or len(parts) > 1:
        parts.append(ends)
    return between.join(part for part in parts if part)
