"""What a message means, once its structure is known: whose words, and what kind of mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from postroom.mail.header.prefixes import read_prefixes
from postroom.mail.quotes.forwards import read_forward
from postroom.mail.quotes.split import Split, split_html, split_text
from postroom.mail.reports.arf import read_arf
from postroom.mail.reports.calendar import read_calendar
from postroom.mail.reports.classify import classify
from postroom.mail.reports.dsn import read_dsn
from postroom.mail.reports.mdn import read_mdn

if TYPE_CHECKING:
    from postroom.mail.structure.part import Part
    from postroom.model.message import Arf, Calendar, Dsn, Forwarded, Mdn, MessageClass

_FORWARDING: Final = ("human", "list", "report")
"""Classes of mail in which somebody may forward something."""


class Meaning(NamedTuple):
    """As the fields of Message and Body of the same names."""

    split: Split
    class_: MessageClass
    class_reasons: tuple[str, ...]
    calendar: Calendar | None
    forwarded: Forwarded | None
    dsn: Dsn
    mdn: Mdn
    arf: Arf


def read_meaning(root: Part, text: str, html: str) -> Meaning:
    """Return what a message means.

    text is what it says to people; html is the markup that this text was made from, "" where the
    message brings a text of its own.
    """
    dsn = read_dsn(root, text)
    mdn = read_mdn(root)
    arf = read_arf(root)
    calendar = read_calendar(root)
    class_, reasons = classify(root, text, dsn, mdn, arf, calendar)
    split = split_html(html, text) if html else split_text(text)
    forwarded = _forwarded(root, text, split) if class_ in _FORWARDING else None
    return Meaning(
        split=split,
        class_=class_,
        class_reasons=reasons,
        calendar=calendar,
        forwarded=forwarded,
        dsn=dsn,
        mdn=mdn,
        arf=arf,
    )


def _forwarded(root: Part, text: str, split: Split) -> Forwarded | None:
    """Return the mail that was forwarded; looked for only where a text may hold one."""
    subject = root.headers.get("subject")
    first = split.boundary
    if first is None and ">" not in text:
        return read_forward(subject, "", root)
    if first is not None and first.kind == "attribution":
        prefixes, _ = read_prefixes(subject)
        if prefixes and prefixes[0].kind == "reply":
            return None
    return read_forward(subject, text, root)
