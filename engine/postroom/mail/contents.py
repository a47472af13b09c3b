"""What a message holds below its header: body, files, and what they mean."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from postroom.mail.addresses import canonical
from postroom.mail.header.ids import first_id
from postroom.mail.meaning import read_meaning
from postroom.mail.quotes.split import Split
from postroom.mail.structure.attachments import read_attachment
from postroom.mail.text.body import body_text, sort_parts
from postroom.model.message import NO_ARF, NO_DSN, NO_MDN, Body

if TYPE_CHECKING:
    from postroom.mail.limits import Limits
    from postroom.mail.structure.part import Part
    from postroom.mail.text.body import Leaves
    from postroom.model.message import Arf, Attachment, Calendar, Dsn, Forwarded, Mdn, MessageClass

_MOST_TAGS: Final = 20_000
"""Of an HTML in which quotations are looked for by their markup; no mail program makes more."""
_MOST_TEXT: Final = 1_000_000
_MOST_LINES: Final = 10_000
"""Of a text in which quotations are looked for; behind more, all of it counts as new."""


class Contents(NamedTuple):
    """As the fields of Message of the same names."""

    body: Body = Body()
    attachments: tuple[Attachment, ...] = ()
    calendar: Calendar | None = None
    forwarded: Forwarded | None = None
    class_: MessageClass = "human"
    class_reasons: tuple[str, ...] = ()
    dsn: Dsn = NO_DSN
    mdn: Mdn = NO_MDN
    arf: Arf = NO_ARF
    submission: str = ""


def read_contents(root: Part, sender: str, limits: Limits) -> Contents:
    """Read everything below the header; sender is From's addr_spec. Raises LimitPassed."""
    leaves = sort_parts(root)
    text, html, from_html = body_text(leaves)
    files = tuple([read_attachment(part, limits) for part in leaves.files])
    start = _start_of(text)
    marked_up = from_html and start == text and html.count("<") < _MOST_TAGS
    meaning = read_meaning(root, start, html if marked_up else "")
    split = meaning.split if start == text else Split(text)
    language = root.headers.get("content-language").partition(",")[0].strip()
    return Contents(
        Body(text, html, split.reply, split.quoted, split.signature, language),
        files,
        meaning.calendar,
        meaning.forwarded,
        meaning.class_,
        meaning.class_reasons,
        meaning.dsn,
        meaning.mdn,
        meaning.arf,
        _submission(root, sender, leaves, files),
    )


def _start_of(text: str) -> str:
    """Return as much of a text as is looked at for what it means; nearly always all of it."""
    start = text[:_MOST_TEXT]
    if start.count("\n") < _MOST_LINES:
        return start
    at = -1
    for _ in range(_MOST_LINES):
        at = start.find("\n", at + 1)
    return start[:at]


def _submission(root: Part, sender: str, leaves: Leaves, files: tuple[Attachment, ...]) -> str:
    """Return the hash of Message-ID, From, Date as sent and the decoded leaves, in hex.

    Copies of one submission agree in it: what servers add to the header on the way, and transfer
    encodings and line ends that they change, make no difference.
    """
    hashes = {file.part: file.sha256 for file in files}
    for index, text in leaves.texts.items():
        hashes[index] = hashlib.sha256(text.rstrip().encode("utf-8", "replace")).hexdigest()
    identity = first_id(root.headers.get("message-id")), canonical(sender), root.headers.get("date")
    values = (*identity, *(hashes[index] for index in sorted(hashes)))
    return hashlib.sha256("\0".join(values).encode("utf-8", "replace")).hexdigest()
