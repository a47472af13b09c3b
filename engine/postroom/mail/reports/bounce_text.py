"""Which addresses failed, as the text of a bounce tells it, whoever wrote it.

There is no format. But a server that reports a failure names the address at the start of a line,
behind a label, or in a sentence that says that something went wrong; addresses of helpers and
senders stand in sentences of their own kind. Each address is judged by what stands around it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from postroom.mail.phrases import BLANK, fold
from postroom.mail.phrases.find import PhraseSet
from postroom.mail.reports import bounce_words as known
from postroom.mail.reports.bounce_codes import read_codes
from postroom.mail.reports.dsn_fields import clean_address

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

FAILED: Final = PhraseSet(known.FAILED)
DELAYED: Final = PhraseSet(known.DELAYED)
GIVEN_UP: Final = PhraseSet(known.GIVEN_UP)
_UNKNOWN: Final = PhraseSet(known.UNKNOWN)
_CONTACT: Final = PhraseSet(known.CONTACT)
_COPY: Final = PhraseSet(known.COPY_BELOW)

_MOST_LINES: Final = 400
_LONGEST_LINE: Final = 2_000
_MOST_ADDRESSES: Final = 200
_COPY_STARTS: Final = (
    "here is", "included is", "below ", "this is a copy", "a copy", "the first", "original ",
    "your message reads", "unsent", "message ", "returned", "attached ", "start of", "the header",
    "a summary", "copy of", "-", "=", "*", "|", "#", "_", ">", ":",
)  # fmt: skip
_HEADER_STARTS: Final = ("Received: ", "Return-Path: ", "Return-path: ", "X-Sender: ")
_ADDRESS_ENDS: Final = frozenset(" \t<>()[]{},;\"'|\xa0")
_ASIAN: Final = "\u3000"
"""From here on letters are not those of an address that stands among them."""
_BULLETS: Final = BLANK + "<>[(\"'*-\u2022|:.="
_LONGEST_LABEL: Final = 40
_CLOSE: Final = 60
"""Characters before an address that say what it is."""
_DERIVED: Final = PhraseSet(
    ("generated from", "expanded from", "originally addressed", "derived from", "redirected from")
)
_SURE: Final = 4
_LIKELY: Final = 3
_POSSIBLE: Final = 2


class Named(NamedTuple):
    """An address that a text names, and how much speaks for it having failed."""

    address: str
    score: int
    line: int


def cut_copy(text: str) -> tuple[list[str], str]:
    """Return the lines of the notification, and the copy of the mail that came back below it."""
    lines = text.split("\n")
    for place, line in enumerate(lines[:_MOST_LINES]):
        if place and line.startswith(_HEADER_STARTS):
            return lines[:place], "\n".join(lines[place:])
        stripped = line.strip(BLANK)
        if not stripped or len(stripped) > 120:  # noqa: PLR2004 - no announcement is that long
            continue
        folded = fold(stripped)
        if not (folded.startswith(_COPY_STARTS) or folded[-1] in ":.-="):
            continue
        if _COPY.find(folded) and not _COPY_EXCEPT.find(folded):
            begins = folded.startswith(_COPY_STARTS)
            if begins or folded[-1] == ":":
                return lines[:place], "\n".join(lines[place + 1 :])
    return lines[:_MOST_LINES], "\n".join(lines[_MOST_LINES:])


_COPY_EXCEPT: Final = PhraseSet(
    ("could not be delivered", "not delivered", "was received", "addresses", "recipient",
     "the message you sent to", "unable to deliver", "reason", "undeliverable to")
)  # fmt: skip


def failed_addresses(
    lines: Sequence[str], not_these: Collection[str], domain: str
) -> list[tuple[str, str]]:
    """Return the addresses that failed, each with the words that belong to it.

    not_these are addresses that are known to be somebody else's, in lower case. domain is the
    reporting server's own, for servers that name their users by the local part alone.
    """
    named = _named(lines, not_these)
    found = [each for each in named if each.score >= _SURE]
    if not found:
        bare = _bare_names(lines, domain)
        if bare:
            return bare
        found = [each for each in named if each.score >= _LIKELY]
    found = found or [each for each in named if each.score >= _POSSIBLE]
    return _with_words(found, lines)


def lists_failures(
    lines: Sequence[str], not_these: Collection[str], *, alone: bool = False
) -> bool:
    """Return whether a text names addresses the way a report on failures does.

    alone asks that one begins its line, or stands behind a label, as it does in no letter.
    """
    return any(
        each.score >= _SURE and not (alone and _is_in_sentence(each, lines))
        for each in _named(lines, not_these)
    )


def _is_in_sentence(named: Named, lines: Sequence[str]) -> bool:
    before = lines[named.line].partition(named.address)[0].strip(BLANK + "<(\"'")
    is_label = before.endswith(":") and len(before) <= _LONGEST_LABEL
    return bool(before.strip(_BULLETS)) and not is_label


def _with_words(found: Sequence[Named], lines: Sequence[str]) -> list[tuple[str, str]]:
    """Return each address once, with the lines from where it is named to where the next one is."""
    unique: dict[str, tuple[str, str]] = {}
    for place, each in enumerate(found):
        key = each.address.lower()
        if key in unique:
            continue
        end = min(each.line + 12, len(lines))
        for other in found[place + 1 :]:
            if other.line > each.line and other.address.lower() != key:
                end = min(end, other.line)
                break
        unique[key] = (each.address, " ".join(lines[each.line : end]))
    return list(unique.values())


def _named(lines: Sequence[str], not_these: Collection[str]) -> list[Named]:
    found: list[Named] = []
    intro = 0  # how many lines with something in them ago failures were announced
    for place, raw in enumerate(lines):
        line = raw[:_LONGEST_LINE]
        folded = fold(line)
        failing = _fails(folded)
        if "@" in line:
            near = 0 < intro <= 6  # noqa: PLR2004 - lines between the announcement and the list
            goes_on = failing or (
                line.rstrip(BLANK)[-1] not in ".!?"
                and place + 1 < len(lines)
                and _fails(fold(lines[place + 1][:_LONGEST_LINE]))
            )
            found += _in_line(lines, place, folded, not_these, failing=goes_on, near=near)
            if len(found) >= _MOST_ADDRESSES:
                break
        if failing or (line.rstrip(BLANK).endswith(":") and _announces_list(folded)):
            intro = 1
        elif intro and line.strip(BLANK) and "@" not in line:
            intro += 1
    return found


def _fails(folded: str) -> bool:
    return bool(FAILED.find(folded) or DELAYED.find(folded))


def _in_line(
    lines: Sequence[str],
    place: int,
    folded: str,
    not_these: Collection[str],
    *,
    failing: bool,
    near: bool,
) -> list[Named]:
    line = lines[place][:_LONGEST_LINE]
    about = failing or bool(_UNKNOWN.find(folded))
    found: list[Named] = []
    for start, end in _spans(line):
        address = clean_address(_unwrapped(line[start:end]))
        if not address or address.lower() in not_these:
            continue
        before = line[:start].strip(_BULLETS)
        score = 2 * near + 2 * about
        if not before:
            score += 3
            coded = read_codes(line[end:]) != (None, "")
            if not about and (coded or _follows_failure(lines, place + 1)):
                score += 1
        else:
            said = fold(line[:start])
            score += _by_label(said, failing=failing) - 4 * bool(_CONTACT.find(said[-_CLOSE:]))
        if _DERIVED.find(fold(line[:start][-_CLOSE:])):
            score = _POSSIBLE
        found.append(Named(address, score, place))
    return found


def _by_label(before: str, *, failing: bool) -> int:
    """Return what speaks for an address by what stands before it in its line."""
    if before.lstrip(_BULLETS).startswith("subject:"):
        return -4
    before = before.rstrip(BLANK + "<[\"'(")
    for endings, plain, beside_failure in _LABELS:
        if before.endswith(endings):
            return beside_failure if failing else plain
    if before.endswith(":") and any(word in before for word in _RECIPIENT_WORDS):
        return 3
    return 0


_LABELS: Final = (
    (("rcpt to:", "smtp:", "rfc822;", "rcpt to"), 3, 3),
    (("from:", "from", "sender:", "sender"), -6, -6),
    (("to:", "an:", "para:", "à:", "à :", "aan:", "til:", "till:", "кому:"), 1, 3),
    ((" to", " for", " user", " address", " recipient", " addressed,", " mailbox"), 1, 2),
)
"""What a line ends in before an address; what that says of it, and what beside a failure."""

_RECIPIENT_WORDS: Final = (
    "recipient", "address", "user", "failed", "undeliver", "error-for", "attempts", "deliver",
    "destinat", "empfänger", "unknown", "mailbox", "account", "получател",
)  # fmt: skip


def _announces_list(folded: str) -> bool:
    return any(
        word in folded
        for word in ("following", "recipient", "address", "failed", "empfänger", "destinat", "to:")
    )


def _follows_failure(lines: Sequence[str], start: int) -> bool:
    """Return whether the lines below an address say that something went wrong with it."""
    for raw in lines[start : start + 4]:
        folded = fold(raw[:_LONGEST_LINE])
        if _UNKNOWN.find(folded) or FAILED.find(folded) or DELAYED.find(folded):
            return True
        if read_codes(folded) != (None, ""):
            return True
    return False


def _spans(line: str) -> list[tuple[int, int]]:
    """Return where addresses stand in a line."""
    found: list[tuple[int, int]] = []
    at = line.find("@")
    while at >= 0 and len(found) < 20:  # noqa: PLR2004 - in one line
        start, end = at, at + 1
        while start and line[start - 1] not in _ADDRESS_ENDS and line[start - 1] < _ASIAN:
            start -= 1
        while end < len(line) and line[end] not in _ADDRESS_ENDS and line[end] < _ASIAN:
            end += 1
        while end > at + 1 and line[end - 1] in ".:!?=*":
            end -= 1
        if start < at and end > at + 1:
            found.append((start, end))
        at = line.find("@", end)
    return found


def _unwrapped(token: str) -> str:
    """Return an address without what servers glue to it: `SMTP:a@x`, `dda:SMTP=a@x`, `a@x...`."""
    local, _, domain = token.rpartition("@")
    for mark in (":", "SMTP=", "smtp="):
        if mark in local:
            local = local.rpartition(mark)[2]
    for mark in ("...", ":", "/"):
        domain = domain.partition(mark)[0]
    return f"{local}@{domain.rstrip('.')}"


def _bare_names(lines: Sequence[str], domain: str) -> list[tuple[str, str]]:
    """Return users named by their local part alone, in a list that is announced as one."""
    if not domain:
        return []
    found = []
    listed = False
    for raw in lines:
        line = raw.strip(BLANK)
        if not line:
            continue
        folded = fold(line)
        if line.endswith(":") and (FAILED.find(folded) or _announces_list(folded)):
            listed = True
        elif listed and raw[:1] in " \t" and _is_name(line.split()[0]):
            name = line.split()[0]
            behind = line[len(name) :]
            if not behind or (behind.startswith(("  ", "\t", " (")) and _UNKNOWN.find(folded)):
                found.append((f"{name}@{domain}", line))
        elif not line.endswith(":"):
            listed = listed and bool(FAILED.find(folded))
    return found


def _is_name(word: str) -> bool:
    return len(word) > 1 and word.replace(".", "").replace("_", "").replace("-", "").isalnum()
