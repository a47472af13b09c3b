"""What kind of mail a message is, with the reasons. Graded: no single word decides.

What the form says comes first: reports, bounces, complaints and invitations have forms of their
own. Then come answers of programs, mailing lists and newsletters, each by what it shows. What shows
nothing of the kind was written by a human, whatever its subject.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from postroom.mail.header.prefixes import read_prefixes
from postroom.mail.phrases import AUTO_LABELS, AWAY, AWAY_BODY, UNSUBSCRIBE, fold
from postroom.mail.phrases.find import PhraseSet
from postroom.mail.reports import class_words as known
from postroom.mail.reports.bounces import judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from postroom.mail.structure.part import Headers, Part
    from postroom.model.message import Arf, Calendar, Dsn, Mdn, MessageClass

_LABELS: Final = tuple(AUTO_LABELS)
_LABEL_ENDS: Final = (":", "]", ")", "\uff1a", "-", "\u2013")
_LABEL_WORDS: Final = PhraseSet(AUTO_LABELS)
_AWAY: Final = PhraseSet(AWAY)
_AWAY_BODY: Final = PhraseSet(AWAY_BODY)
_UNSUBSCRIBE: Final = PhraseSet(UNSUBSCRIBE)
_ENOUGH: Final = 3
_TOP: Final = 1_500
"""Characters of the text in which an automatic answer says that it is one."""
_END: Final = 2_000
"""Characters at the end in which a newsletter says how to be rid of it."""
_ANSWERED: Final = ("REQUEST", "REPLY", "CANCEL", "COUNTER", "DECLINECOUNTER", "REFRESH", "ADD")

Verdict = tuple["MessageClass", tuple[str, ...]]


def classify(
    root: Part, text: str, dsn: Dsn, mdn: Mdn, arf: Arf, calendar: Calendar | None
) -> Verdict:
    """Return the class of a message and why, in plain words, the deciding reason first."""
    if arf.present:
        return "complaint", (f"it is a feedback report (RFC 5965): {arf.feedback_type or 'abuse'}",)
    if dsn.present:
        return _delivery(root, text, dsn)
    if mdn.present:
        return "report", (f"it is a read receipt (RFC 8098): {mdn.disposition or 'sent'}",)
    if root.content_type == "multipart/report" or _is_domain_report(root):
        return "report", ("it declares itself a report",)
    if calendar is not None and calendar.method in _ANSWERED and _is_scheduling(root):
        return "calendar", (f"it carries a calendar object with the method {calendar.method}",)
    return _by_habits(root, text)


def _is_domain_report(root: Part) -> bool:
    """Return whether a message brings a DMARC or TLS report (RFC 7489 7.2.1.1, RFC 8460 5.3)."""
    subject = root.headers.get("subject")
    return "ubmitter:" in subject and "report domain:" in fold(subject)


def _by_habits(root: Part, text: str) -> Verdict:
    """Tell programs that answer, lists, newsletters and humans apart, which have no form."""
    headers = root.headers
    submitted = _keyword(headers.get("auto-submitted"))
    answered = _auto_reply(root, text, submitted)
    if answered:
        return "auto_reply", answered
    listed, lists = _list(headers)
    if listed:
        return "list", lists
    signs = tuple(_bulk_signs(headers, text))
    if sum(weight for weight, _ in signs) >= _ENOUGH:
        return "bulk", tuple(words for _, words in signs)
    if submitted.startswith("auto-"):
        return "report", (f"Auto-Submitted says {submitted}: a program wrote it",)
    for name in headers.present(known.REPORT_FIELDS):
        return "report", (f"{name} stands in its header: a program wrote it",)
    return "human", _but((*lists, *(words for _, words in signs)), submitted)


def _delivery(root: Part, text: str, dsn: Dsn) -> Verdict:
    """Tell what did not arrive from what did."""
    actions = {recipient.action for recipient in dsn.recipients} or {dsn.action}
    reasons: list[str] = []
    if any("delivery-status" in part.content_type for part in root.own()):
        reasons.append("it carries a delivery report (RFC 3464)")
    reasons += judge(root, text).reasons
    if "failed" in actions:
        return "bounce", ("a delivery failed", *reasons)
    if "delayed" in actions:
        return "bounce", ("a delivery is delayed; it has not failed", *reasons)
    return "report", (f"it reports what was {', '.join(sorted(actions))}", *reasons)


def _auto_reply(root: Part, text: str, submitted: str) -> tuple[str, ...]:
    """Return why a message is the answer of a program; nothing if it is not."""
    headers = root.headers
    if submitted == "no":
        return ()
    if submitted == "auto-replied":
        return ("Auto-Submitted says auto-replied (RFC 3834)",)
    for name, value in _matching(headers, known.AUTO_REPLY_FIELDS):
        return (f"{name}: {value[:60]} stands in its header",)
    said, weight = _subject(headers.get("subject"))
    if not said:
        return ()
    reasons = [f'the subject says "{said}"']
    if submitted.startswith("auto-"):
        weight += 2
        reasons.append(f"Auto-Submitted says {submitted}")
    for name, _ in _matching(headers, known.SUPPORT_FIELDS):
        weight += 1
        reasons.append(f"{name} stands in its header")
        break
    if headers.get("return-path").strip() == "<>":
        weight += 1
        reasons.append("its return path is empty")
    phrase = _AWAY_BODY.find(fold(text[:_TOP])) if weight < _ENOUGH or len(reasons) == 1 else ""
    if phrase:
        weight += 1
        reasons.append(f'the text says "{phrase}"')
    return tuple(reasons) if weight >= _ENOUGH else ()


def _subject(subject: str) -> tuple[str, int]:
    """Return what a subject says of an automatic answer, and how much that weighs.

    A label that a program puts before the subject (`Automatic reply: Hello`) is worth 2, the same
    words elsewhere, and words of being away, 1.
    """
    prefixes, rest = read_prefixes(subject[:500])
    folded = fold(rest)
    bare = _untagged(folded).lstrip("[(*<\"' ")
    if not prefixes and bare.startswith(_LABELS):
        label = max((label for label in _LABELS if bare.startswith(label)), key=len)
        if bare[len(label) :].lstrip()[:1] in _LABEL_ENDS:
            return label, 2
    if folded.endswith(")") and (word := _LABEL_WORDS.find(folded.rpartition("(")[2])):
        return word, 2
    word = _LABEL_WORDS.find(folded) or _AWAY.find(folded)
    return word, 1 if word else 0


def _untagged(subject: str) -> str:
    """Return a subject without the number that a ticket system puts before it in brackets."""
    tag, closed, rest = subject.partition("]")
    return rest if closed and tag[:1] == "[" and any(c.isdecimal() for c in tag) else subject


def _list(headers: Headers) -> tuple[bool, tuple[str, ...]]:
    """Return whether a mailing list distributes a message, and what speaks for it."""
    signs = [f"{name} stands in its header" for name, _ in _matching(headers, known.LIST_FIELDS)]
    if headers.get("list-id"):
        signs.insert(0, f"it comes through the list {headers.get('list-id')[:80]}")
    if not signs:
        return False, ()
    for name in ("return-path", "sender"):
        local = headers.get(name).lower().strip("<> ").partition("@")[0]
        if any(mark in local for mark in known.LIST_SENDERS):
            signs.append(f"{name} is a list program")
            break
    return len(signs) > 1, tuple(signs)


def _bulk_signs(headers: Headers, text: str) -> Iterator[tuple[int, str]]:
    """Yield what shows that a message went to many, each with its weight."""
    any_sign = False
    for weight, words in _bulk_header(headers):
        any_sign = True
        yield weight, words
    if any_sign:
        said = _UNSUBSCRIBE.find(fold(text[-_END:])) or _UNSUBSCRIBE.find(fold(text[:300]))
        if said:
            yield 1, f'the text says "{said}"'


def _bulk_header(headers: Headers) -> Iterator[tuple[int, str]]:
    for name in ("precedence", "x-precedence"):
        word = _keyword(headers.get(name))
        if word in ("bulk", "junk"):
            yield 2, f"{name} says {word}"
    if headers.get("list-unsubscribe"):
        yield 1, "it can be unsubscribed from (List-Unsubscribe)"
        if headers.get("list-unsubscribe-post"):
            yield 1, "it can be unsubscribed from in one click (RFC 8058)"
    mailer = headers.get("x-mailer").lower()
    if mailer and any(name in mailer for name in known.BULK_MAILERS):
        yield 2, f"it was sent with {mailer[:40]}"
    for name in sorted(headers.present(known.BULK_FIELDS))[:1]:
        yield 1, f"{name} stands in its header"
    if headers.raw_all("feedback-id"):
        yield 1, "Feedback-ID stands in its header"
    local = headers.get("from").rpartition("<")[2].partition("@")[0].strip().lower()
    if local in known.BULK_LOCALS:
        yield 1, f"nobody reads what is sent to {local}@"


def _but(signs: tuple[str, ...], submitted: str) -> tuple[str, ...]:
    """Return what a message for all that it shows is not enough for."""
    reasons = tuple(f"{sign}, which is not enough" for sign in signs)
    return ("Auto-Submitted says no", *reasons) if submitted == "no" else reasons


def _is_scheduling(root: Part) -> bool:
    """Return whether the calendar object is the message itself and not a file put to it."""
    if "calendarmessage" in root.headers.get("content-class").lower():
        return True
    return any(
        part.content_type == "text/calendar"
        and part.disposition != "attachment"
        and part.params.get("method")
        for part in root.own()
    )


def _matching(headers: Headers, fields: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Yield those of the fields that the header has, with a value that begins as it should."""
    for name in sorted(headers.present(fields.keys())):
        value = headers.get(name)
        folded = value.lower()
        if folded.lstrip('" ').startswith(fields[name]) and folded not in ("no", "false"):
            yield name, value


def _keyword(value: str) -> str:
    return value.partition(";")[0].partition("(")[0].strip().lower()
