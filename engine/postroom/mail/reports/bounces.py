"""Whether a mail is a bounce, when it does not say so in the form of RFC 3464.

Two things are asked for: that it comes from a mail system (or from nobody), and that it says that
something was not delivered. One of them alone is never enough: postmasters write letters, and
people forward bounces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from postroom.mail.header.prefixes import read_prefixes
from postroom.mail.phrases import BLANK, CLOSINGS, UNDELIVERED, fold
from postroom.mail.phrases.find import PhraseSet
from postroom.mail.reports import bounce_words as known
from postroom.mail.reports.bounce_codes import read_codes
from postroom.mail.reports.bounce_text import DELAYED, FAILED, cut_copy, lists_failures

if TYPE_CHECKING:
    from postroom.mail.structure.part import Part

_SUBJECTS: Final = PhraseSet(UNDELIVERED)
_LOCALS: Final = frozenset(known.SYSTEM_SENDERS)
_RETURNED: Final = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers")
_PROGRAMS: Final = (
    "mozilla", "thunderbird", "microsoft outlook", "microsoft-macoutlook", "apple mail",
    "iphone mail", "ipad mail", "evolution", "kmail", "mutt", "roundcube", "claws", "zimbra",
    "lotus notes", "hcl notes", "ibm notes", "the bat", "k-9", "samsung", "yahoo", "webservice",
)  # fmt: skip
"""What people write with, in User-Agent or X-Mailer."""
_LETTER: Final = 10_000
"""Characters in which the formula of closing of a postmaster's letter is looked for."""
_FORMULA: Final = 64
"""Characters of a line that may be such a formula."""
_TOP: Final = 40
"""Lines of the text that are looked at."""


class Verdict(NamedTuple):
    """What speaks for a bounce."""

    is_bounce: bool
    """Whether enough does."""
    reasons: tuple[str, ...] = ()


NO: Final = Verdict(is_bounce=False)


def judge(root: Part, text: str) -> Verdict:
    """Return whether a message is a bounce, and why, by its header and its text."""
    headers = root.headers
    if headers.get("x-failed-recipients"):
        return Verdict(
            is_bounce=True, reasons=("X-Failed-Recipients names who could not be reached",)
        )
    sender = _mailbox(headers.get("from"))
    subject_says = _subject_says(headers.get("subject"))
    system = is_system(*sender) and not _is_written(root)
    nobody = not sender[0] or _null_path(root) or _is_for_bounces(root)
    if not (system or nobody or subject_says) or (not system and _is_personal(root, sender)):
        return NO
    text_says = _text_says(text)
    coded = _code(text) if system and nobody and _proof(root, text, alone=True) else ""
    if not (subject_says or text_says or coded):  # the code says it in any language
        return NO
    reasons = [f'the subject says "{subject_says}"'] if subject_says else []
    if text_says:
        reasons.append(f'the text says "{text_says}"')
    if system:
        empty = headers.get("return-path").strip() == "<>"
        if not empty and _closes(text) and not _proof(root, text, alone=True):
            return NO
        first = f"it comes from a mail system ({sender[0] or sender[1]})"
        return Verdict(is_bounce=True, reasons=(first, *(reasons or [coded])))
    if nobody:
        proof = _proof(root, text) or _code(text)
        reasons.append("it was sent by nobody, so that nothing can be answered")
    else:
        proof = _proof(root, text, alone=True) if subject_says and text_says else ""
    return Verdict(is_bounce=True, reasons=(*reasons, proof)) if proof else NO


def _proof(root: Part, text: str, *, alone: bool = False) -> str:
    """Return what, besides words, shows a report on a delivery; "" if nothing does.

    alone asks for more than an address in a sentence, which people write as well.
    """
    if any(part.content_type in _RETURNED for part in root.own()):
        return "a mail is returned with it"
    lines, copy = cut_copy(text)
    if header_follows(copy):
        return "the text holds a mail that came back"
    if lists_failures(lines, _known(root), alone=alone):
        return "the text lists addresses that failed"
    return ""


def _code(text: str) -> str:
    """Return that a text holds a server's status code, which people quote as well; else ""."""
    lines, _ = cut_copy(text)
    status = read_codes("\n".join(lines)[:4_000]).status
    return f"the text holds a server's status code ({status})" if status else ""


def _closes(text: str) -> bool:
    """Return whether a text ends as a letter does, with a formula above a name."""
    lines = text[:_LETTER].split("\n")
    return any(
        fold(line.strip(BLANK + ",.!")) in CLOSINGS for line in lines if len(line) < _FORMULA
    )


def header_follows(copy: str) -> bool:
    """Return whether a text begins with the header of a mail."""
    return copy.lstrip().lower().startswith(("received:", "return-path:", "message-id:", "from:"))


def _known(root: Part) -> frozenset[str]:
    """Return the addresses of sender and recipient, which are not those that failed."""
    values = (root.headers.get(name) for name in ("from", "to"))
    return frozenset(_mailbox(value)[0].lower() for value in values)


def _is_personal(root: Part, sender: tuple[str, str]) -> bool:
    """Return whether a person seems to have written a message, alone or to a mailing list."""
    headers = root.headers
    if headers.get("user-agent"):
        return True
    if not sender[0] or _null_path(root) or _is_for_bounces(root):
        return False
    if headers.get("list-post") or headers.get("x-beenthere"):
        return True
    return bool(headers.get("in-reply-to")) or " " in sender[1].strip()


def _is_written(root: Part) -> bool:
    """Return whether a postmaster has written with a mail program, as people do."""
    headers = root.headers
    program = (headers.get("user-agent") or headers.get("x-mailer")).lower()
    return program.startswith(_PROGRAMS) and headers.get("return-path").strip() != "<>"


def _null_path(root: Part) -> bool:
    path = root.headers.get("return-path").strip()
    return path == "<>" or (bool(path) and is_system(path.strip("<> "), ""))


def _is_for_bounces(root: Part) -> bool:
    """Return whether it was sent to an address that exists for bounces: nobody else writes there.

    Mailing list programs and senders of newsletters have one for each list or mail.
    """
    local = _mailbox(root.headers.get("to"))[0].rpartition("@")[0].lower()
    return local.startswith(known.BOUNCE_STARTS) or local.endswith(known.BOUNCE_ENDS)


def is_system(address: str, name: str) -> bool:
    """Return whether a mail system writes under an address or a name."""
    local = fold(address.rpartition("@")[0].strip('"'))
    if local in _LOCALS or local.startswith(known.SYSTEM_NAMES):
        return True
    folded = fold(name)
    return folded.startswith(known.SYSTEM_NAMES)


def _mailbox(sender: str) -> tuple[str, str]:
    """Return address and name of a From value, roughly: enough to know a mail system by."""
    before, bracket, behind = sender.rpartition("<")
    if bracket:
        return behind.partition(">")[0].strip(), before.strip(' "')
    comment = sender.partition("(")
    return comment[0].strip(), comment[2].strip(") ")


def _subject_says(subject: str) -> str:
    prefixes, rest = read_prefixes(subject)
    return "" if prefixes else _SUBJECTS.find(fold(rest[:300]))


def _text_says(text: str) -> str:
    for line in text.split("\n", _TOP)[:_TOP]:
        folded = fold(line[:400])
        said = FAILED.find(folded) or DELAYED.find(folded)
        if said:
            return said
    joined = fold(" ".join(text[:3000].split()))
    return FAILED.find(joined) or DELAYED.find(joined)
