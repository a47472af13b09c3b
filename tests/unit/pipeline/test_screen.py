from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from postroom.identity.instance import HEADER, mark
from postroom.model.message import Dsn
from postroom.rules.ruleset import Tell

if TYPE_CHECKING:
    from tests.unit.pipeline.conftest import Desk


def never(_scope: object) -> bool:
    return False


def test_a_message_that_was_here_before_is_a_duplicate(desk: Desk) -> None:
    decision = desk.decide(facts=desk.facts(duplicate_of=31, duplicate_by="bytes"))
    assert decision.outcome == "duplicate"
    assert decision.reasons == ("communication 31 has the same bytes",)
    assert decision.change is None
    assert decision.notices == ()
    assert decision.repeats == 31


def test_a_second_copy_of_a_submission_is_a_duplicate_with_bytes_of_its_own(desk: Desk) -> None:
    decision = desk.decide(facts=desk.facts(duplicate_of=31, duplicate_by="submission"))
    assert decision.outcome == "duplicate"
    assert decision.repeats is None


def test_what_could_not_be_read_is_quarantined_with_the_reason(desk: Desk) -> None:
    decision = desk.decide(desk.message(refused="it is nested 51 deep"))
    assert decision.outcome == "quarantined"
    assert decision.reasons == ("it could not be read: it is nested 51 deep",)


def test_what_could_not_be_read_twice_is_a_duplicate(desk: Desk) -> None:
    facts = desk.facts(duplicate_of=31, duplicate_by="bytes")
    assert desk.decide(desk.message(refused="too large"), facts).outcome == "duplicate"


def test_an_unclear_sender_is_quarantined_before_any_rule(desk: Desk) -> None:
    desk = desk.filtering("everything", "discard")
    decision = desk.decide(desk.message(from_problem="there are several From fields"))
    assert decision.outcome == "quarantined"
    assert decision.reasons == ("nobody can tell who sent it: there are several From fields",)
    assert decision.fired_ids == ()


def test_our_own_mail_that_comes_back_is_quarantined(desk: Desk) -> None:
    own = desk.message(headers=((HEADER, mark(desk.tokens.ring)),))
    decision = desk.decide(own)
    assert decision.outcome == "quarantined"
    assert decision.reasons == ("it is a mail of ours that came back to us",)


def test_a_forged_mark_of_ours_means_nothing(desk: Desk) -> None:
    forged = desk.message(headers=((HEADER, "kestrel 00000000000000000000000000000000"),))
    assert desk.decide(forged).outcome == "created"


@pytest.mark.parametrize(
    ("then", "reason", "outcome", "first_reason"),
    [
        ("discard", "", "discarded", "filter `junk` discards it"),
        ("quarantine", "", "quarantined", "filter `junk` quarantines it"),
        ("quarantine", "looks odd", "quarantined", "looks odd (filter `junk`)"),
    ],
)
def test_a_filter_stops_a_message(
    desk: Desk, then: str, reason: str, outcome: str, first_reason: str
) -> None:
    desk = desk.filtering("junk", then, reason=reason).filtering("later", "quarantine")
    decision = desk.decide()
    assert decision.outcome == outcome
    assert decision.reasons[0] == first_reason
    assert decision.fired_ids == ("junk",)


def test_filters_are_asked_from_top_to_bottom(desk: Desk) -> None:
    desk = desk.filtering("first", "discard", holds=never).filtering("second", "discard")
    assert desk.decide().fired_ids == ("second",)


def test_a_filter_in_the_shadow_is_only_logged(desk: Desk) -> None:
    decision = desk.filtering("big", "discard", shadow=True).decide()
    assert decision.outcome == "created"
    assert decision.fired_ids == ("known",)
    assert [(f.id, f.shadow) for f in decision.fired] == [
        ("big", True),
        ("known", False),
        ("ack", False),
    ]


def test_a_shadow_tells_nobody(desk: Desk) -> None:
    tell = Tell(reply="no_create", forward_to=("help@kestrel.example",))
    decision = desk.filtering("big", "discard", shadow=True, tell=tell).decide()
    assert [notice.rule for notice in decision.notices] == ["ack"]


def test_no_answer_makes_a_record_and_sends_no_answer(desk: Desk) -> None:
    decision = desk.filtering("auto-reply", "no_answer").decide()
    assert decision.outcome == "created"
    assert decision.fired_ids == ("auto-reply", "known")
    assert decision.notified == ()
    assert [(s.rule, s.reason) for s in decision.suppressed] == [
        ("ack", "filter `auto-reply` says no_answer")
    ]


def test_discarded_mail_can_be_forwarded(desk: Desk) -> None:
    tell = Tell(forward_to=("help@kestrel.example",), template="told", attachments=True)
    decision = desk.filtering("junk", "discard", tell=tell).decide()
    (forward,) = decision.notices
    assert (forward.kind, forward.to) == ("forward", ("help@kestrel.example",))
    assert (forward.subject, forward.text) == ("Re: your mail", "told")
    assert forward.attach_original == "all"


def test_mail_is_forwarded_under_its_own_subject_where_no_template_says_otherwise(
    desk: Desk,
) -> None:
    tell = Tell(forward_to=("help@kestrel.example", "boss@kestrel.example"))
    decision = desk.filtering("junk", "discard", tell=tell).decide()
    (forward,) = decision.notices
    assert forward.to == ("help@kestrel.example", "boss@kestrel.example")
    assert forward.subject == "Fwd: Rear light"
    assert forward.text.startswith(
        "A mail to support@kestrel.example was discarded:\n- filter `junk` discards it\n"
    )
    assert forward.attach_original == "text"


def test_a_bounce_is_noted_on_the_mail_that_came_back(desk: Desk) -> None:
    report = Dsn(
        present=True,
        action="failed",
        status="5.1.1",
        final_recipient="ann@weaver.example",
        diagnostic_code="smtp; 550 no\r\n such user",
    )
    message = desk.message(dsn=report, return_path="")
    decision = desk.filtering("bounce", "bounce").decide(message, desk.facts(bounced=17))
    assert decision.outcome == "bounced"
    assert decision.reasons == (
        "communication 17 came back: ann@weaver.example: failed 5.1.1: smtp; 550 no such user",
        "filter `bounce` says that it is a bounce",
    )
    assert decision.facts is not None
    assert decision.facts.bounced == 17


def test_a_bounce_of_nothing_that_we_know_is_still_a_bounce(desk: Desk) -> None:
    decision = desk.filtering("bounce", "bounce").decide()
    assert decision.outcome == "bounced"
    assert decision.reasons[0] == "a mail came back"


def test_what_is_done_on_the_server_depends_on_the_outcome(desk: Desk) -> None:
    (done,) = desk.decide().after
    assert (done.verb, done.target) == ("move", "Done")
    (discarded,) = desk.filtering("junk", "discard").decide().after
    assert discarded.verb == "delete"
    assert desk.changed(receive=None).decide().after == ()


def test_a_bounce_without_a_mailbox_in_from_may_be_taken_by_a_filter(desk: Desk) -> None:
    bounce = desk.message(class_="bounce", from_problem="its From names no mailbox")
    assert desk.filtering("bounces", "bounce").decide(bounce).outcome == "bounced"
    held = desk.filtering("bounces", "no_answer").decide(bounce)
    assert held.outcome == "quarantined"
    assert held.reasons == ("nobody can tell who sent it: its From names no mailbox",)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("X-Postroom-Account", "other"),
        ("X-Postroom-Table", "contact"),
        ("X-Postroom-Record", "1"),
        ("X-Postroom-Rule", "notify/ack"),
        ("X-Postroom-Rules", "f00d"),
        ("X-Postroom-Reason", "answer to message 1"),
        ("X-Postroom-Key", "support/aa/notify/ack/answer"),
        ("X-Postroom-Token", "TOKEN"),
        ("X-Postroom-Instance", "kestrel"),
        ("X-Postroom-Instance", "kestrel 0123456789abcdef0123456789abcdef"),
        ("X-Postroom-Outcome", "created"),
    ],
)
def test_our_own_fields_have_no_effect_on_mail_from_outside(
    desk: Desk, name: str, given: str
) -> None:
    token = desk.tokens.mint(desk.sup_1.ref)
    forged = desk.message(headers=((name, given.replace("TOKEN", token)),))
    assert replace(desk.decide(forged), facts=None) == replace(desk.decide(), facts=None)
