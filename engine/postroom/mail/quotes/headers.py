"""The header block above a quoted or forwarded mail, and the line of dashes above that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from postroom.mail.phrases import BLANK, FORWARDED, LABELS, LONGEST_LABEL, ORIGINAL, fold
from postroom.mail.quotes.attribution import dated, has_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.mail.phrases import Role

_DASHES: Final = "-_=*~#\u2010\u2011\u2012\u2013\u2014\u2015\u2500\u2501\u2550"
_RULE: Final = _DASHES + BLANK + "|+."
_DECORATION: Final = _DASHES + BLANK + ":\uff1a>[]<|."
_LABEL_TRIM: Final = BLANK + "*_>"
_MOST_LINES: Final = 30
_LONGEST_VALUE: Final = 500
_LONGEST_INLINE: Final = 4_000
_BEGIN: Final = frozenset("-_=*~\u2010\u2011\u2012\u2013\u2014\u2500")

_ORIGINAL: Final = frozenset(ORIGINAL)
_FORWARDED: Final = frozenset(FORWARDED)
_SEPARATOR_STARTS: Final = tuple({phrase for phrase in (*ORIGINAL, *FORWARDED) if " " in phrase})
_FORWARD_STARTS: Final = tuple({phrase for phrase in FORWARDED if " " in phrase})

_LONGEST_ANNOUNCEMENT: Final = 120

Separator = Literal["original", "forwarded", ""]


@dataclass(frozen=True, slots=True)
class Block:
    """A header block in a text."""

    start: int
    """Its first line."""
    end: int
    """The line behind it."""
    fields: tuple[tuple[Role, str], ...]
    """What the labels mean, and what stands behind them, in order."""

    def get(self, role: Role) -> str:
        """Return the first field of a role, or ""."""
        return next((value for found, value in self.fields if found == role), "")


def label(line: str) -> tuple[Role, str] | None:
    """Return what the label of a line means and the rest of the line, or None if it has none.

    `*From:* Ann` and `Von : Ann` are labelled lines, and so are those with a full-width colon.
    """
    colon = line.find(":", 1, LONGEST_LABEL + 6)
    wide = line.find("\uff1a", 1, LONGEST_LABEL + 6)
    if colon < 0 or 0 < wide < colon:
        colon = wide
    if colon < 0:
        return None
    role = LABELS.get(fold(line[:colon].strip(_LABEL_TRIM)))
    if role is None:
        return None
    return role, line[colon + 1 :].lstrip("*").strip(BLANK)


def separator(line: str) -> Separator:
    """Return what a stripped line of dashes and words announces: an original, a forwarded mail."""
    dashed = line[0] in _BEGIN
    if not dashed and line[-1] not in ":\uff1a":
        return ""
    text = _announcement(line)
    if not text or len(text) > _LONGEST_ANNOUNCEMENT:
        return ""
    if text in _FORWARDED and (dashed or " " in text or not text.isascii()):
        return "forwarded"
    if text in _ORIGINAL and dashed:
        return "original"
    if dashed and line[1:2] in _BEGIN and text.startswith(_SEPARATOR_STARTS):
        return "forwarded" if text.startswith(_FORWARD_STARTS) else "original"
    return ""


def _announcement(line: str) -> str:
    """Return the words between the dashes of a line, folded."""
    if not line.strip("-_="):
        return ""
    text = line.strip(_DECORATION)
    if line[0] in _BEGIN and len(text) > _LONGEST_ANNOUNCEMENT // 2:
        text = text.partition("--")[0].strip(_DECORATION)
    return fold(text)


def behind_separator(line: str) -> str:
    """Return what follows the announcement in the same line: Yahoo puts the whole header there."""
    return line.strip(BLANK).lstrip(_DASHES).partition("--")[2].strip(_DECORATION)


def inline_fields(text: str) -> tuple[tuple[Role, str], ...]:
    """Return the labelled fields of a header block that was put in one line without ends."""
    text = text[:_LONGEST_INLINE]
    marks: list[tuple[int, int, Role]] = []
    known: set[Role] = set()
    colon = _next_colon(text, 0)
    while colon >= 0:
        width = _label_before(text, colon)
        if width:
            role = LABELS[fold(text[colon - width : colon].strip(BLANK))]
            if role not in known:
                known.add(role)
                marks.append((colon - width, colon + 1, role))
        colon = _next_colon(text, colon + 1)
    ends = [start for start, _, _ in marks] + [len(text)]
    return tuple(
        (role, text[behind:end].strip(BLANK))
        for (_, behind, role), end in zip(marks, ends[1:], strict=True)
    )


def _next_colon(text: str, start: int) -> int:
    found = [place for mark in ":\uff1a" if (place := text.find(mark, start)) >= 0]
    return min(found, default=-1)


def _label_before(text: str, colon: int) -> int:
    """Return how long the label is that ends at a colon; 0 if there is none."""
    for width in range(min(LONGEST_LABEL + 1, colon), 0, -1):
        start = colon - width
        candidate = text[start:colon]
        if candidate[0] in BLANK or candidate[0].islower():
            continue
        before = text[start - 1 : start]
        if before.isalpha() and not (candidate[0].isupper() and candidate[1:2].islower()):
            continue
        if fold(candidate.strip(BLANK)) in LABELS:
            return width
    return 0


def is_rule(line: str) -> bool:
    """Return whether a line, stripped, is a row of dashes and the like."""
    return len(line) > 2 and not line.strip(_RULE)  # noqa: PLR2004


def announces(line: str) -> bool:
    """Return whether a line is nothing but the words that stand above an original mail."""
    text = fold(line.strip(_DECORATION))
    return text in _ORIGINAL or text in _FORWARDED


def block_at(lines: Sequence[str], start: int, *, announced: bool = False) -> Block | None:
    """Return the header block that begins in a line, or None.

    announced: a line of dashes stands above it, so that less is asked of the block itself.
    """
    fields: list[tuple[Role, str]] = []
    end = start
    blanks = 0
    for place in range(start, min(len(lines), start + _MOST_LINES)):
        line = lines[place].strip(BLANK).lstrip(">").strip(BLANK)
        if not line:
            blanks += 1
            if blanks > 1 and fields:
                break
            continue
        found = label(line) or (_unknown_label(line) if announced else None)
        if found is not None and not _ends_block(found, fields, blanks):
            fields.append(found)
        elif fields and not blanks and _continues(line, fields[-1]):
            fields[-1] = (fields[-1][0], f"{fields[-1][1]} {line}".strip())
        else:
            break
        end = place + 1
        blanks = 0
    if announced:
        fields = _with_guesses(fields)
    if not _is_block(fields, announced=announced):
        return None
    return Block(start, end, tuple(fields))


def _unknown_label(line: str) -> tuple[Role, str] | None:
    """Return a line that is labelled in a language that no table has, as a field of no meaning."""
    before, colon, value = line.partition(":")
    if not colon or not 1 < len(before) <= LONGEST_LABEL or not before[0].isalpha():
        return None
    if not value.strip(BLANK) or value.startswith("//") or before.count(" ") > 2:  # noqa: PLR2004
        return None
    return "other", value.strip(BLANK)


def _with_guesses(fields: list[tuple[Role, str]]) -> list[tuple[Role, str]]:
    """Return the fields of a block in an unknown language with From and the date found out.

    Only where one value is an address and another one a date with a time of day.
    """
    if len(fields) < 3 or any(role == "from" for role, _ in fields):  # noqa: PLR2004
        return fields
    sender = next(
        (i for i, (role, v) in enumerate(fields) if role == "other" and has_address(v)), -1
    )
    sent = next((i for i, (_, value) in enumerate(fields) if dated(value) == (True, True)), -1)
    if sender < 0 or sent < 0 or sender == sent:
        return fields
    guessed = list(fields)
    guessed[sender] = ("from", fields[sender][1])
    guessed[sent] = ("sent", fields[sent][1])
    left = [i for i, (role, v) in enumerate(guessed) if role == "other" and not has_address(v)]
    if left and not any(role == "subject" for role, _ in fields):
        guessed[left[0]] = ("subject", guessed[left[0]][1])
    return guessed


def _ends_block(found: tuple[Role, str], fields: list[tuple[Role, str]], blanks: int) -> bool:
    """Return whether a labelled line is beyond the block, which has no second From."""
    role = found[0]
    if role != "other" and any(role == known for known, _ in fields):
        return True
    # with a blank line between, only what a block still lacks belongs to it
    return bool(blanks) and {"from", "subject"} <= {known for known, _ in fields}


def _continues(line: str, last: tuple[Role, str]) -> bool:
    """Return whether an unlabelled line goes on with the field above it."""
    role, value = last
    if role not in ("from", "to", "cc", "other") or len(line) > _LONGEST_VALUE:
        return False
    return not value or value[-1] in ",;<(" or line[0] in "<[(;," or has_address(line)


def _is_block(fields: list[tuple[Role, str]], *, announced: bool) -> bool:
    """Return whether the labelled lines together are the header of a mail."""
    roles = {role for role, _ in fields}
    if announced:
        return len(roles - {"other"}) > 1 and bool(roles & {"from", "subject", "sent"})
    if "from" not in roles:
        return {"sent", "to", "subject"} <= roles
    if "subject" in roles:
        return len(roles - {"other"}) > 2 or _addressed(fields)  # noqa: PLR2004
    return bool(roles & {"sent", "to"}) and _addressed(fields)


def _addressed(fields: list[tuple[Role, str]]) -> bool:
    return any(role == "from" and has_address(value) for role, value in fields)
