"""What a language table holds: the words that mail programs put around a mail in that language."""

from __future__ import annotations

from dataclasses import dataclass


def words(text: str) -> tuple[str, ...]:
    """Return the phrases of a list written as `one | two words | three`."""
    return tuple(phrase for part in text.split("|") if (phrase := part.strip()))


@dataclass(frozen=True, slots=True)
class Language:
    """One language. Every phrase is compared without regard to case, accents as written.

    To add a language: write its table in the module of its family and name it there in `TABLES`.
    What a program's own texts say comes first, what people write comes last; leave out what you
    do not know.
    """

    code: str
    """RFC 5646."""
    from_: str = ""
    """Labels of the quoted header block, without the colon: `From`, `Sent by`."""
    sent: str = ""
    to: str = ""
    cc: str = ""
    subject: str = ""
    other: str = ""
    """Labels of fields that may stand in a block and say nothing to us: attachments, importance."""
    opens: str = ""
    """First words of the line above a quotation: `On`."""
    wrote: str = ""
    """The verb of that line."""
    first_person: str = ""
    """Words that make of that verb a sentence of the author's own: `I wrote`."""
    original: str = ""
    """What stands between dashes above a quoted mail."""
    forwarded: str = ""
    """What stands above a forwarded mail."""
    reply_prefix: str = ""
    """Subject prefixes, without the colon."""
    forward_prefix: str = ""
    marker: str = ""
    """What a service desk asks for at the top of its mail, from the telling word on."""
    sent_from: str = ""
    """First words of the line that a telephone or a mail program signs with."""
    closing: str = ""
    """Formulas above a signature."""
    thanks: str = ""
    """Thanks that close a letter where a comma and a name follow."""
    auto_label: str = ""
    """What programs put before the subject of an automatic answer, as `Automatic reply: `."""
    away: str = ""
    """Words of an automatic answer's subject; they only count beside other evidence."""
    away_body: str = ""
    """Phrases of an automatic answer's text; the same."""
    undelivered: str = ""
    """Words of a bounce's subject; the same."""
    unsubscribe: str = ""
    """What a newsletter says where it can be unsubscribed from."""
