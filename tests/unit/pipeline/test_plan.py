from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postroom.model.message import Mailbox
from postroom.pipeline.letters import one_line

if TYPE_CHECKING:
    from tests.unit.pipeline.conftest import Desk


def test_an_answer_reads_the_record_as_it_will_be(desk: Desk) -> None:
    (ack,) = desk.decide(desk.message(references=("m0@weaver.example",))).notices
    assert (ack.kind, ack.origin, ack.rule, ack.template) == ("answer", "notify", "ack", "ack")
    assert ack.to == ("ann@weaver.example",)
    assert (ack.subject, ack.text) == ("Re: Rear light", "ack")
    assert ack.in_reply_to == "m1@weaver.example"
    assert ack.references == ("m0@weaver.example", "m1@weaver.example")
    assert ack.use == "file"
    assert ack.ref is not None
    assert desk.tokens.read(ack.token, desk.now) == ack.ref


def test_the_same_notice_always_has_the_same_key(desk: Desk) -> None:
    first, again = desk.decide(), desk.decide()
    assert first.notices[0].key == again.notices[0].key
    other = desk.decide(desk.message(sha256="bb" * 32))
    assert other.notices[0].key != first.notices[0].key


def test_somebody_else_is_told_by_an_alert_that_passes_the_guard(desk: Desk) -> None:
    to = (desk.template(lambda _s: "oncall@kestrel.example"),)
    desk = desk.notifying("page", "created", to=to, use="console")
    (page,) = desk.decide(desk.message(auto_submitted="auto-generated")).notices
    assert (page.kind, page.to, page.use) == ("alert", ("oncall@kestrel.example",), "console")
    assert page.in_reply_to == ""


def test_no_answer_does_not_silence_alerts(desk: Desk) -> None:
    to = (desk.template(lambda _s: "oncall@kestrel.example"),)
    desk = desk.notifying("page", "created", to=to).filtering("quiet", "no_answer")
    assert desk.decide().notified == ("page",)


def test_a_notifier_without_recipients_is_an_alert(desk: Desk) -> None:
    desk = desk.notifying("page", "created", to=(), use="webhook")
    (page,) = desk.decide(desk.message(dmarc="pass")).notices
    assert (page.kind, page.to) == ("alert", ())


def test_sender_and_staff_in_one_rule_get_an_answer_and_an_alert(desk: Desk) -> None:
    sender = desk.template(lambda s: s.message.from_.addr_spec, "from.addr_spec")
    staff = desk.template(lambda _s: "Staff <staff@kestrel.example>")
    desk = desk.notifying("ack", "created", to=(sender, staff))
    decision = desk.decide()
    assert [(n.kind, n.to) for n in decision.notices] == [
        ("answer", ("ann@weaver.example",)),
        ("alert", ("staff@kestrel.example",)),
    ]
    assert decision.notified == ("ack",)


@pytest.mark.parametrize("path", ["reply_to", "cc", "headers", "body.text", "contact.email"])
def test_no_mail_makes_us_write_to_somebody_else(desk: Desk, path: str) -> None:
    to = (desk.template(lambda _s: "victim@bank.example", path),)
    decision = desk.notifying("ack", "created", to=to).decide()
    assert decision.notices == ()
    assert decision.suppressed[0].reason == "answers go to the sender's From only"


def test_an_address_in_the_record_is_told_unless_a_machine_wrote(desk: Desk) -> None:
    to = (desk.template(lambda _s: "bob@weaver.example", "record.asked_by"),)
    desk = desk.notifying("told", "updated", to=to)
    (told,) = desk.decide(desk.answer(), desk.known()).notices
    assert (told.kind, told.to) == ("alert", ("bob@weaver.example",))
    away = desk.decide(desk.answer(auto_submitted="auto-replied"), desk.known())
    assert away.notices == ()
    assert away.suppressed[0].reason == "Auto-Submitted is auto-replied"


@pytest.mark.parametrize(
    "written", ["", "nobody", "a@b.example, c@d.example", "a b@c.example", "a@b@c.example", "@x"]
)
def test_what_is_no_address_gets_nothing(desk: Desk, written: str) -> None:
    to = (desk.template(lambda _s: written, "from.addr_spec"),)
    decision = desk.notifying("ack", "created", to=to).decide()
    assert decision.notices == ()
    assert decision.suppressed[0].reason == f"`to` gives no address: {written!r}"


def test_notify_rules_are_asked_only_after_their_outcomes(desk: Desk) -> None:
    desk = desk.notifying("told", "quarantined", "denied", to=())
    assert desk.decide().notified == ()
    quarantined = desk.filtering("odd", "quarantine").decide()
    assert quarantined.notified == ("told",)
    assert quarantined.notices[0].ref is None
    assert quarantined.notices[0].token == ""


def test_an_alert_without_a_template_says_what_happened(desk: Desk) -> None:
    desk = desk.notifying("told", "quarantined", to=(), template="")
    (told,) = desk.filtering("odd", "quarantine", reason="looks odd").decide().notices
    assert told.subject == "quarantined: Rear light"
    assert told.text == (
        "A mail to support@kestrel.example was quarantined:\n"
        "- looks odd (filter `odd`)\n"
        "\n"
        "From: ann@weaver.example\n"
        "Subject: Rear light\n"
        "Communication: 40"
    )


def test_an_account_that_cannot_send_says_so(desk: Desk) -> None:
    decision = desk.changed(send=None).decide()
    assert decision.notices == ()
    assert decision.suppressed[0].reason == "account support has no `send`"


def test_a_subject_never_makes_a_second_header(desk: Desk) -> None:
    desk = desk.notifying("told", "created", to=(), template="")
    (told,) = desk.decide(desk.message(subject="a\r\nBcc: x@y.example\u2028\u0085b")).notices
    assert told.subject == "created: a Bcc: x@y.example b"
    assert len(one_line("x" * 10_000)) == 900


def test_the_answer_goes_to_from_and_never_to_reply_to(desk: Desk) -> None:
    reply_to = (Mailbox(None, "victim@bank.example"),)
    (ack,) = desk.decide(desk.message(reply_to=reply_to)).notices
    assert ack.to == ("ann@weaver.example",)


def test_references_of_an_answer_stay_short(desk: Desk) -> None:
    long = tuple(f"{i}@weaver.example" for i in range(500))
    (ack,) = desk.decide(desk.message(references=long)).notices
    assert len(ack.references) == 20
    assert ack.references[-1] == "m1@weaver.example"
