from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.pipeline.conftest import HERE, when

from postroom.model.facts import Thread, TokenFact
from postroom.model.message import Mailbox
from postroom.model.record import Record, RecordRef
from postroom.rules.ruleset import AccessRule, Permission, Tell

if TYPE_CHECKING:
    from tests.unit.pipeline.conftest import Desk

STRANGER = Mailbox(None, "eve@evil.example")


def test_a_known_sender_acts_with_the_groups_of_the_contact(desk: Desk) -> None:
    decision = desk.decide()
    assert decision.outcome == "created"
    assert decision.principal == "ann@weaver.example"
    assert decision.reasons == ("access rule `known` allows it as ann@weaver.example",)


def test_a_stranger_acts_as_the_guest(desk: Desk) -> None:
    decision = desk.decide(desk.message(from_=STRANGER), desk.facts(contact=None))
    assert decision.outcome == "created"
    assert decision.fired_ids == ("anybody",)
    assert decision.principal == "guest@kestrel.example"


def test_where_no_access_rule_matches_the_mail_is_kept_in_quarantine(desk: Desk) -> None:
    decision = desk.decide(desk.message(from_=STRANGER, dmarc="none"), desk.facts(contact=None))
    assert decision.outcome == "quarantined"
    assert decision.reasons == ("no rule of `access: create` matches",)


def test_a_denied_sender_gets_the_declared_answer(desk: Desk) -> None:
    tell = Tell(reply="no_create", forward_to=("help@kestrel.example",))
    decision = desk.creating("deny", tell=tell).decide()
    assert decision.outcome == "denied"
    assert decision.reasons == ("access rule `only` denies it",)
    assert decision.replied_with == ("no_create",)
    assert [(n.kind, n.to) for n in decision.notices] == [
        ("answer", ("ann@weaver.example",)),
        ("forward", ("help@kestrel.example",)),
    ]


def test_access_can_discard(desk: Desk) -> None:
    decision = desk.creating("discard").decide()
    assert (decision.outcome, decision.reasons) == (
        "discarded",
        ("access rule `only` discards it",),
    )


def test_whoever_may_not_create_is_denied_even_if_a_rule_lets_him_in(desk: Desk) -> None:
    desk.groups["guests"] = {"ticket": Permission(edit="all")}
    decision = desk.creating("allow_as", "guest").decide()
    assert decision.outcome == "denied"
    assert decision.reasons == (
        "the guest (guests) may not create a ticket",
        "access rule `only` allows it as the guest",
    )


def test_an_unknown_sender_has_no_groups(desk: Desk) -> None:
    decision = desk.creating("allow_as", "sender").decide(facts=desk.facts(contact=None))
    assert decision.outcome == "denied"
    assert decision.reasons[0] == "ann@weaver.example (in no group) may not create a ticket"


def test_a_valid_token_leads_to_its_record(desk: Desk) -> None:
    decision = desk.decide(desk.answer(), desk.known())
    assert decision.outcome == "updated"
    assert decision.ref == desk.sup_1.ref
    assert decision.reasons == (
        "access rule `member` allows it as ann@weaver.example",
        "its token (references) is that of SUP-1",
    )


def test_whoever_has_the_token_needs_no_permission_to_answer(desk: Desk) -> None:
    copied = desk.answer(from_=Mailbox("Carl", "carl@weaver.example"), dmarc="none")
    decision = desk.decide(copied, desk.known(contact=None))
    assert decision.outcome == "updated"
    assert decision.fired_ids == ("copied",)
    assert decision.reasons[-1] == "its sender is not authenticated: what it says is unverified"


COPIED = Mailbox("Carl", "carl@weaver.example")


def levels(desk: Desk) -> dict[str, Desk]:
    """The four levels of strictness with which an answer by token can be taken."""
    rules = {
        "token": (lambda s: s.facts.token.valid, "guest", False),
        "participant": (lambda s: s.facts.token.valid and s.facts.participant, "guest", False),
        "authenticated participant": (
            lambda s: s.facts.token.valid and s.facts.participant and s.message.auth.aligned,
            "guest",
            False,
        ),
        "permission": (lambda s: s.facts.token.valid, "sender", True),
    }
    return {
        level: desk.changed(
            update=(
                AccessRule(
                    "let-in", HERE, when(level, holds), "allow_as", principal,
                    needs_permission=needs,
                ),
                AccessRule("others", HERE, None, "deny"),
            )
        )
        for level, (holds, principal, needs) in rules.items()
    }  # fmt: skip


@pytest.mark.parametrize(
    ("who", "dmarc", "participant", "takes"),
    [
        ("nobody we know", "none", False, {"token"}),
        ("nobody we know", "none", True, {"token", "participant"}),
        ("nobody we know", "pass", False, {"token"}),
        ("nobody we know", "pass", True, {"token", "participant", "authenticated participant"}),
        ("owner", "pass", False, {"token", "permission"}),
        ("owner", "none", False, {"token", "permission"}),
        ("another customer", "pass", True,
         {"token", "participant", "authenticated participant"}),
    ],
)  # fmt: skip
def test_answers_by_token_are_taken_as_strictly_as_the_rules_say(
    desk: Desk, who: str, dmarc: str, takes: set[str], *, participant: bool
) -> None:
    another = Record(RecordRef("contact", 8), {"groups": ("customers",)})
    contact = {"owner": desk.ann, "another customer": another}.get(who)
    facts = desk.known(contact=contact, participant=participant)
    mail = desk.answer(dmarc=dmarc) if who == "owner" else desk.answer(from_=COPIED, dmarc=dmarc)
    outcomes = {name: each.decide(mail, facts).outcome for name, each in levels(desk).items()}
    assert outcomes == {name: "updated" if name in takes else "denied" for name in outcomes}


def test_where_a_permission_is_needed_each_field_needs_it(desk: Desk) -> None:
    desk.groups["customers"] = {"ticket": Permission(edit="own", fields=frozenset({"files"}))}
    decision = levels(desk)["permission"].decide(desk.answer(), desk.known())
    assert decision.outcome == "updated"
    assert decision.refused_values == (
        ("notes", "ann@weaver.example (customers) may not set notes"),
    )


def test_an_invalid_token_is_treated_like_none(desk: Desk) -> None:
    problem = "what looks like a token (subject) is not one of ours"
    decision = desk.decide(facts=desk.facts(token=TokenFact(problem=problem)))
    assert decision.outcome == "created"
    assert decision.reasons[-1] == problem
    assert decision.notified == ("ack",)


def test_tokens_of_two_tables_are_for_a_person_to_sort_out(desk: Desk) -> None:
    problem = "valid tokens of two tables: ticket 1 (references) and contact 7 (subject)"
    token = TokenFact(problem=problem, conflict="tables")
    decision = desk.decide(facts=desk.facts(token=token))
    assert decision.outcome == "quarantined"
    assert decision.reasons == (f"it carries {problem}",)


def test_tokens_of_two_records_are_told(desk: Desk) -> None:
    problem = "valid tokens of several records: ticket 1 (references) and ticket 2 (subject)"
    token = TokenFact(
        valid=True, ref=desk.sup_1.ref, carrier="references", problem=problem, conflict="records"
    )
    decision = desk.decide(desk.answer(), desk.known(token=token))
    assert (decision.outcome, decision.ref) == ("updated", desk.sup_1.ref)
    assert decision.reasons[-1] == problem


def test_a_token_of_another_table_is_for_a_person_to_sort_out(desk: Desk) -> None:
    token = TokenFact(valid=True, ref=RecordRef("contact", 7), carrier="references")
    decision = desk.decide(desk.answer(), desk.known(token=token, record=desk.ann))
    assert decision.outcome == "quarantined"
    assert decision.reasons == ("its token is of a contact, and this account feeds ticket",)


def test_an_answer_to_a_record_that_is_gone_makes_a_new_one(desk: Desk) -> None:
    decision = desk.decide(desk.answer(), desk.known(record=None))
    assert decision.outcome == "created"
    assert decision.reasons[-1] == "the record that its token names is gone: it is for a new one"


def threaded(
    desk: Desk, *, participant: bool = True, record: Record | None = None
) -> dict[str, object]:
    return {
        "thread": Thread(desk.sup_1.ref, 17, participant),
        "record": record or desk.sup_1,
    }


def test_without_a_token_an_authenticated_participant_is_threaded(desk: Desk) -> None:
    decision = desk.decide(facts=desk.facts(**threaded(desk)))
    assert (decision.outcome, decision.ref) == ("updated", desk.sup_1.ref)
    assert decision.reasons[-1] == "it refers to communication 17 of SUP-1"


def test_whoever_never_took_part_is_not_threaded(desk: Desk) -> None:
    decision = desk.decide(facts=desk.facts(**threaded(desk, participant=False)))
    assert decision.outcome == "created"
    assert decision.reasons[-1] == (
        "it refers to communication 17 of SUP-1, but its sender never took part in that"
    )


def test_whoever_is_not_authenticated_is_not_threaded(desk: Desk) -> None:
    desk = desk.creating("allow_as", "guest")
    decision = desk.decide(desk.message(dmarc="none"), desk.facts(**threaded(desk)))
    assert decision.outcome == "created"
    assert (
        "it refers to communication 17 of SUP-1, but its sender is not authenticated"
        in decision.reasons
    )


def test_threading_does_need_the_permission_to_edit(desk: Desk) -> None:
    another = Record(desk.sup_1.ref, {"title": "Light", "requester": 8})
    decision = desk.decide(facts=desk.facts(**threaded(desk, record=another)))
    assert decision.outcome == "denied"
    assert decision.reasons[0] == (
        "ann@weaver.example (customers) may edit only an own ticket, and this one is not"
    )


@pytest.mark.parametrize(
    ("dmarc", "known", "state"),
    [
        ("pass", True, "aligned"),
        ("pass", False, "aligned"),
        ("fail", True, "known"),
        ("fail", False, "unknown"),
    ],
)
def test_the_state_of_the_sender_is_recorded(
    desk: Desk, dmarc: str, state: str, *, known: bool
) -> None:
    facts = desk.facts(contact=desk.ann if known else None)
    decision = desk.decide(desk.message(dmarc=dmarc), facts)
    assert decision.sender_state == state
    assert decision.verified == (state == "aligned")
