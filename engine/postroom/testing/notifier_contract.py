"""The suite that every notifier must pass, ours and everybody's.

Subclass `NotifierContract`, or `MailContract` if what is sent is a mail, in a test module of your
own, and give it a pytest fixture named `desk` that returns a `Desk`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any, Protocol

from postroom.hooks.contracts import Letter, Refused, Retry
from postroom.model.decision import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.hooks.contracts import Notifier

HOSTILE = (
    "x\r\nBcc: victim@evil.example",
    "x\nBcc: victim@evil.example",
    "x\rBcc: victim@evil.example",
    "x\0Bcc: victim@evil.example",
    "x\x85Bcc: victim@evil.example",
    "x\u2028Bcc: victim@evil.example",
    "x\r\n\r\n<b>body</b>",
    "=?utf-8?q?x=0D=0ABcc:_victim@evil.example?=",
    "=?utf-8?b?eA0KQmNjOiB2aWN0aW1AZXZpbC5leGFtcGxl?=",
    "\ud800 lone surrogate",
    "x" * 5_000,
    "",
)
"""Texts that must never become a field of their own, or end the header."""


class Desk(Protocol):
    """What the author of a notifier provides: somewhere to send to, which the test owns."""

    def notifier(self) -> Notifier:
        """Return a new notifier; the fixture closes it."""
        ...

    def received(self) -> Sequence[bytes]:
        """Return everything that arrived so far, in order."""
        ...

    def refuse(self, *, for_good: bool) -> bool:
        """Refuse what comes next, for good or for now; False if that cannot be had here."""
        ...

    def accept(self) -> None:
        """Take what comes again."""
        ...


def letter(**changes: Any) -> Letter:  # noqa: ANN401 - fields of a Notice
    """Return a letter whose notice differs from an ordinary answer in these fields."""
    notice = {
        "key": "key-1",
        "kind": "answer",
        "origin": "notify",
        "rule": "ack",
        "template": "ack",
        "use": "",
        "to": ("ann@partner.example",),
        "subject": "Received: Outage in Berlin",
        "text": "We have opened SUP-4711.\n",
        "in_reply_to": "1@partner.example",
        "references": ("0@partner.example",),
        **changes,
    }
    return Letter(
        notice=Notice(**notice),
        account="billing",
        sender="billing@xyz.example",
        message_id="token.1@xyz.example",
        headers={"X-Postroom-Rule": notice["rule"], "X-Postroom-Account": "billing"},
        date=datetime(2024, 1, 1, 10, tzinfo=UTC),
    )


class NotifierContract:
    """What the engine relies on."""

    def test_what_is_sent_arrives_and_is_returned(self, desk: Desk) -> None:
        """So that it can be kept."""
        notifier = desk.notifier()
        sent = notifier.send(letter())
        notifier.close()
        assert b"SUP-4711" in sent
        assert len(desk.received()) == 1

    def test_letters_arrive_in_the_order_in_which_they_are_sent(self, desk: Desk) -> None:
        """Over one notifier."""
        notifier = desk.notifier()
        for number in range(3):
            notifier.send(letter(key=f"key-{number}", text=f"number {number}"))
        notifier.close()
        found = desk.received()
        assert len(found) == 3
        assert all(f"number {at}".encode() in raw for at, raw in enumerate(found))

    def test_a_refusal_for_good_is_refused(self, desk: Desk) -> None:
        """With the reason."""
        if desk.refuse(for_good=True):
            failure = self._failure(desk)
            assert isinstance(failure, Refused)
            assert failure.why

    def test_a_refusal_for_now_is_to_be_tried_again(self, desk: Desk) -> None:
        """And then it works, with the same notifier."""
        if not desk.refuse(for_good=False):
            return
        notifier = desk.notifier()
        failure = self._failure(desk, notifier)
        assert isinstance(failure, Retry)
        assert desk.received() == []
        desk.accept()
        notifier.send(letter())
        notifier.close()
        assert len(desk.received()) == 1

    def test_hostile_text_is_only_text(self, desk: Desk) -> None:
        """In every place that a template can fill."""
        notifier = desk.notifier()
        for number, text in enumerate(HOSTILE):
            notifier.send(letter(key=f"key-{number}", subject=text, text=text, rule=text))
        notifier.close()
        assert len(desk.received()) == len(HOSTILE)

    def test_closing_twice_is_closing(self, desk: Desk) -> None:
        """Also before anything was sent."""
        notifier = desk.notifier()
        notifier.close()
        notifier.close()

    def _failure(self, desk: Desk, notifier: Notifier | None = None) -> Retry | Refused | None:
        mine = notifier or desk.notifier()
        try:
            mine.send(letter())
        except (Retry, Refused) as failure:
            return failure
        finally:
            if notifier is None:
                mine.close()
        return None


class MailContract(NotifierContract):
    """What the engine relies on where a letter becomes a mail (RFC 5322, RFC 3834)."""

    def test_the_mail_says_what_the_letter_says(self, desk: Desk) -> None:
        """Field by field."""
        found = self._mail(desk, letter())
        assert found["From"] == "billing@xyz.example"
        assert found["To"] == "ann@partner.example"
        assert found["Subject"] == "Received: Outage in Berlin"
        assert found["Message-ID"] == "<token.1@xyz.example>"
        assert found["In-Reply-To"] == "<1@partner.example>"
        assert found["References"] == "<0@partner.example> <1@partner.example>"
        assert found["Date"] == "Mon, 01 Jan 2024 10:00:00 +0000"
        assert found["X-Postroom-Account"] == "billing"
        assert found.get_content().strip() == "We have opened SUP-4711."

    def test_it_says_that_no_person_wrote_it(self, desk: Desk) -> None:
        """So that no other machine answers."""
        answer = self._mail(desk, letter())
        assert answer["Auto-Submitted"] == "auto-replied"
        assert answer["X-Auto-Response-Suppress"] == "All"
        alert = self._mail(desk, letter(key="key-2", kind="alert"))
        assert alert["Auto-Submitted"] == "auto-generated"

    def test_hostile_text_adds_no_field(self, desk: Desk) -> None:
        """The names are those of an ordinary letter, in the same order."""
        names = self._mail(desk, letter()).keys()
        for number, text in enumerate(HOSTILE):
            changes = {"subject": text, "rule": text, "in_reply_to": "1@partner.example"}
            found = self._mail(desk, letter(key=f"key-{number}", **changes))
            assert found.keys() == names, text
            assert found["Bcc"] is None

    def _mail(self, desk: Desk, sent: Letter) -> Any:  # noqa: ANN401 - an EmailMessage
        notifier = desk.notifier()
        notifier.send(sent)
        notifier.close()
        return message_from_bytes(desk.received()[-1], policy=policy.default)
