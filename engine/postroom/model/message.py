"""A message as rules see it. Built by `postroom.mail`, never changed afterwards.

Names follow RFC 5322, 5321, 3464, 8098, 5965 and 8601. A text field that the message does not have
is "", a list is empty, and what may be missing in a way that matters to rules is None.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

MessageClass = Literal[
    "human", "bounce", "auto_reply", "list", "bulk", "report", "calendar", "complaint"
]
AuthResult = Literal[
    "none", "pass", "fail", "softfail", "neutral", "policy", "temperror", "permerror"
]


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One address with the name that stands beside it (RFC 5322 3.4)."""

    display_name: str | None
    addr_spec: str

    @property
    def local_part(self) -> str:
        """What stands before the last @."""
        return self.addr_spec.rpartition("@")[0]

    @property
    def domain(self) -> str:
        """What stands after the last @, as written."""
        return self.addr_spec.rpartition("@")[2]


NOBODY = Mailbox(None, "")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is a file: an attachment or an inline image (RFC 2183, 2045, 2392)."""

    filename: str
    """A safe name for showing; never a path, never used for storing."""
    content_type: str
    """As the sender declares it, lower case."""
    detected_type: str
    """As the content says; equal to content_type where the content does not say."""
    disposition: Literal["attachment", "inline"]
    content_id: str
    """Without its angle brackets; "" if there is none."""
    size: int
    """Of the decoded content, in bytes."""
    sha256: str
    """Of the decoded content, in hex."""
    part: int
    """Which leaf of the MIME tree it is, counted from 0 in the order of the message."""
    text: str = ""
    """What a small JSON, CSV or XML file says, decoded; "" for all others."""


@dataclass(frozen=True, slots=True)
class Body:
    """What the message says, as text."""

    text: str = ""
    """All of it; made from the HTML where there is no text part."""
    html: str = ""
    """As sent; never to be shown unsanitised."""
    reply: str = ""
    """What the author newly wrote; all of the text where nothing can be told apart."""
    quoted: str = ""
    signature: str = ""
    language: str = ""
    """RFC 5646 tag from Content-Language, or ""."""


@dataclass(frozen=True, slots=True)
class FailedRecipient:
    """What a delivery report says of one recipient (RFC 3464 2.3)."""

    addr_spec: str
    action: str
    """failed, delayed, delivered, relayed or expanded."""
    status: str
    """Enhanced status code (RFC 3463), or ""."""
    smtp_code: int | None
    kind: Literal["hard", "soft"]


@dataclass(frozen=True, slots=True)
class Dsn:
    """A delivery status notification (RFC 3464), or what stands for one.

    The single fields are those of the first recipient.
    """

    present: bool = False
    action: str = ""
    status: str = ""
    final_recipient: str = ""
    original_recipient: str = ""
    diagnostic_code: str = ""
    reporting_mta: str = ""
    recipients: tuple[FailedRecipient, ...] = ()
    original_message_ids: tuple[str, ...] = ()
    """Message-ID of the mail that came back, and what that mail referred to."""


NO_DSN = Dsn()


@dataclass(frozen=True, slots=True)
class Mdn:
    """A message disposition notification: a read receipt (RFC 8098)."""

    present: bool = False
    disposition: str = ""


NO_MDN = Mdn()


@dataclass(frozen=True, slots=True)
class Arf:
    """A feedback report: somebody pressed "this is spam" (RFC 5965)."""

    present: bool = False
    feedback_type: str = ""


NO_ARF = Arf()


@dataclass(frozen=True, slots=True)
class Calendar:
    """An invitation or the answer to one (RFC 5545, 5546)."""

    method: str
    uid: str
    summary: str
    starts_at: datetime | None
    ends_at: datetime | None
    organizer: str


@dataclass(frozen=True, slots=True)
class Forwarded:
    """What a forwarded message says of itself. Claimed, never verified."""

    sender: Mailbox
    subject: str
    date: str
    """As written."""
    text: str


@dataclass(frozen=True, slots=True)
class Checked:
    """One method's result (RFC 8601 2.7)."""

    result: AuthResult = "none"
    domains: tuple[str, ...] = ()
    """The domains it speaks of: header.d for DKIM, smtp.mailfrom for SPF, header.from for DMARC."""


@dataclass(frozen=True, slots=True)
class Auth:
    """What a trusted server, or a plugin of ours, found out about the sender."""

    spf: Checked = Checked()
    dkim: Checked = Checked()
    dmarc: Checked = Checked()
    arc: Checked = Checked()
    aligned: bool = False
    """DMARC passed for the domain of the one clean From mailbox."""
    vouched: bool = False
    """A trusted sealer says so of the time when it had the message; the chain since is whole."""
    evidence: str = ""
    """The field that was believed, or why none was."""


@dataclass(frozen=True, slots=True)
class Defect:
    """Something in the message that breaks the rules of the format, and what was done about it."""

    code: str
    """Stable, snake_case: `bad_base64`, `unknown_charset`, `ambiguous_structure`."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One inbound message, read in full."""

    sha256: str
    """Of the raw bytes, in hex."""
    size: int
    """Of the raw message, in bytes."""
    headers: tuple[tuple[str, str], ...] = ()
    """Every field in order, repeated ones too: name as written, value unfolded and decoded."""
    from_: Mailbox = NOBODY
    from_problem: str | None = None
    """Why From is not exactly one field with exactly one clean mailbox; None if it is."""
    sender: Mailbox = NOBODY
    reply_to: tuple[Mailbox, ...] = ()
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    subject: str = ""
    date: datetime | None = None
    """UTC."""
    message_id: str = ""
    """Without angle brackets, as are the next two."""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    return_path: str | None = None
    """The envelope sender; "" is the null reverse-path, None means nobody told us."""
    auto_submitted: str = "no"
    """Lower case, without parameters (RFC 3834)."""
    precedence: str = ""
    list_id: str = ""
    list_post: str = ""
    list_unsubscribe: str = ""
    body: Body = Body()
    attachments: tuple[Attachment, ...] = ()
    calendar: Calendar | None = None
    forwarded: Forwarded | None = None
    class_: MessageClass = "human"
    class_reasons: tuple[str, ...] = ()
    dsn: Dsn = NO_DSN
    mdn: Mdn = NO_MDN
    arf: Arf = NO_ARF
    auth: Auth = Auth()
    """Filled in for an account, which says whose results to believe; by `read` it is empty."""
    defects: tuple[Defect, ...] = ()
    refused: str | None = None
    """Why the message was not read beyond its header (a limit was passed); None if it was."""
    submission: str = ""
    """Hash of Message-ID, From, Date and decoded parts: copies of one submission agree in it."""
    _index: dict[str, tuple[str, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def under(self, auth: Auth, subject: str) -> Message:
        """Return the message as it is seen under an account."""
        seen = replace(self, auth=auth, subject=subject)
        seen._index.update(self._index)  # noqa: SLF001 - the header is the same
        return seen

    def header(self, name: str) -> str:
        """Return the first field of that name, in any case of letters, or ""."""
        values = self.headers_all(name)
        return values[0] if values else ""

    def headers_all(self, name: str) -> tuple[str, ...]:
        """Return every field of that name in order."""
        wanted = name.lower()
        if not self._index and self.headers:
            index: dict[str, list[str]] = {}
            for key, value in self.headers:
                index.setdefault(key.lower(), []).append(value)
            self._index.update((key, tuple(values)) for key, values in index.items())
        return self._index.get(wanted, ())
