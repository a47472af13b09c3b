from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Literal

import pytest

from postroom.model.decision import Provenance
from postroom.model.facts import Thread
from postroom.model.message import Attachment, Body, Mailbox
from postroom.model.record import FileRef, LogEntry, Record
from postroom.rules.ruleset import Permission, Shape

if TYPE_CHECKING:
    from tests.unit.pipeline.conftest import Desk

    from postroom.model.decision import Decision

PHOTO = Attachment("light.jpg", "image/jpeg", "image/jpeg", "attachment", "", 900, "ab" * 32, 2)


def values(decision: Decision) -> dict[str, object]:
    assert decision.change is not None, decision.reasons
    return dict(decision.change.values)


def notes(decision: Decision) -> list[LogEntry]:
    found = values(decision)["notes"]
    assert isinstance(found, tuple)
    return [entry for entry in found if isinstance(entry, LogEntry)]


def filenames(decision: Decision) -> list[str]:
    found = values(decision)["files"]
    assert isinstance(found, tuple)
    return [file.filename for file in found]


def test_a_new_record_has_a_value_for_every_field(desk: Desk) -> None:
    decision = desk.decide(desk.message(attachments=(PHOTO,)))
    assert values(decision) == {
        "title": "Rear light",
        "details": "It stays dark.",
        "notes": (),
        "requester": 7,
        "type": "General",
        "tags": (),
        "priority": 3,
        "due": None,
        "files": (FileRef("ab" * 32, "light.jpg", "image/jpeg", 900, 40, 2),),
        "updated_by": None,
    }
    assert decision.change is not None
    assert (decision.change.kind, decision.change.ref.id) == ("create", 12)


def test_each_value_says_where_it_came_from(desk: Desk) -> None:
    decision = desk.decide(desk.message(subject="Outage"))
    assert decision.provenance == {
        "title": Provenance("mapping.set", "rules.yaml:1:1"),
        "details": Provenance("mapping.set", "rules.yaml:1:1"),
        "requester": Provenance("mapping.set", "rules.yaml:1:1"),
        "priority": Provenance("outage", "rules.yaml:1:1"),
        "type": Provenance("default", ""),
    }
    assert decision.fired_ids == ("known", "outage")


def test_the_subject_comes_without_prefixes_and_without_our_token(desk: Desk) -> None:
    token = desk.tokens.mint(desk.sup_1.ref)
    decision = desk.decide(desk.message(subject=f"Re: AW: [#{token}] Rear light"))
    assert values(decision)["title"] == "Rear light"
    kept = desk.changed(keep_prefixes=None).decide(desk.message(subject="Re: AW: Rear light"))
    assert values(kept)["title"] == "Re: AW: Rear light"


def test_the_last_rule_that_sets_a_field_wins(desk: Desk) -> None:
    first = desk.setting("priority", desk.fixed(2))
    assert values(first.decide())["priority"] == 2
    assert values(first.decide(desk.message(subject="Outage")))["priority"] == 1


def test_a_value_that_is_missing_leaves_what_was_set_before(desk: Desk) -> None:
    desk = desk.setting("priority", desk.fixed(2))
    desk = desk.setting("priority", desk.value(lambda _s: None, "subject"))
    desk = desk.setting("priority", desk.value(lambda _s: " ", "subject"))
    assert values(desk.decide())["priority"] == 2


def test_a_value_that_does_not_fit_is_refused_and_said(desk: Desk) -> None:
    decision = desk.setting("priority", desk.fixed(9)).decide()
    assert values(decision)["priority"] == 3
    ((name, why),) = decision.refused_values
    assert name == "priority"
    assert why


def test_a_text_that_is_too_long_is_cut_and_said(desk: Desk) -> None:
    decision = desk.decide(desk.message(subject="x" * 60))
    assert values(decision)["title"] == "x" * 39 + "…"
    assert decision.refused_values == (("title", "cut to 40 characters"),)


def test_an_empty_subject_does_not_lose_the_mail(desk: Desk) -> None:
    decision = desk.decide(desk.message(subject=""))
    assert decision.outcome == "created"
    assert values(decision)["title"] == "(no subject)"
    assert decision.provenance["title"] == Provenance("default", "")


def test_a_required_field_of_another_type_cannot_be_made_up(desk: Desk) -> None:
    desk = desk.changed(mapping=Shape())
    desk.required("due")
    decision = desk.decide()
    assert decision.outcome == "quarantined"
    assert decision.reasons[0] == "`due` is required, and the message gives none"
    assert decision.provenance == {}


def test_what_was_refused_for_a_required_field_is_the_reason(desk: Desk) -> None:
    desk.required("due")
    decision = desk.setting("due", desk.fixed("soon")).decide()
    assert decision.outcome == "quarantined"
    assert decision.reasons[0].startswith("`due` is required: ")


def test_the_sender_may_put_own_words_only_where_the_groups_permit(desk: Desk) -> None:
    desk = desk.setting("updated_by", desk.value(lambda s: s.message.subject, "subject"))
    decision = desk.decide()
    assert values(decision)["updated_by"] is None
    assert decision.refused_values == (
        ("updated_by", "ann@weaver.example (customers) may not set updated_by"),
    )


def test_what_the_author_fixes_needs_no_permission_of_the_sender(desk: Desk) -> None:
    decision = desk.setting("updated_by", desk.fixed("the rules")).decide()
    assert values(decision)["updated_by"] == "the rules"
    assert decision.refused_values == ()


def test_an_answer_changes_only_what_updates_say(desk: Desk) -> None:
    decision = desk.decide(desk.answer("It works."), desk.known())
    assert values(decision) == {
        "updated_by": "ann@weaver.example",
        "notes": (LogEntry(desk.now, "ann@weaver.example", verified=True, text="It works."),),
    }
    assert decision.change is not None
    assert decision.change.before == {"updated_by": None, "notes": ()}
    assert decision.change.revision == 2


def test_a_log_is_only_added_to(desk: Desk) -> None:
    old = LogEntry(desk.now, "bob@weaver.example", verified=True, text="Still dark.")
    record = Record(desk.sup_1.ref, {**desk.sup_1.values, "notes": (old,)}, revision=5)
    decision = desk.decide(desk.answer("It works."), desk.known(record=record))
    assert values(decision)["notes"] == (
        old,
        LogEntry(desk.now, "ann@weaver.example", verified=True, text="It works."),
    )
    assert decision.change is not None
    assert decision.change.revision == 6


def test_what_an_unverified_sender_writes_is_marked(desk: Desk) -> None:
    answer = desk.answer("Me too.", dmarc="none", from_=Mailbox(None, "carl@weaver.example"))
    decision = desk.decide(answer, desk.known(contact=None))
    assert [entry.verified for entry in notes(decision)] == [False]


def test_an_answer_that_says_nothing_changes_nothing_but_belongs_to_the_record(desk: Desk) -> None:
    record = Record(desk.sup_1.ref, {**desk.sup_1.values, "updated_by": "ann@weaver.example"})
    decision = desk.decide(desk.answer(" \n"), desk.known(record=record))
    assert decision.outcome == "updated"
    assert values(decision) == {}
    assert decision.change is not None
    assert decision.change.revision == 1
    assert decision.ref == record.ref


def test_files_of_an_answer_are_added_once(desk: Desk) -> None:
    first = desk.decide(desk.answer(attachments=(PHOTO,)), desk.known())
    files = values(first)["files"]
    record = Record(desk.sup_1.ref, {**desk.sup_1.values, "files": files})  # type: ignore[dict-item]
    manual = replace(PHOTO, filename="manual.pdf", sha256="cd" * 32)
    again = desk.decide(desk.answer(attachments=(PHOTO, manual)), desk.known(record=record))
    assert filenames(again) == ["light.jpg", "manual.pdf"]


def test_set_adds_files_too_for_mail_never_takes_files_away(desk: Desk) -> None:
    old = FileRef("cd" * 32, "manual.pdf", "application/pdf", 9, 3, 1)
    record = Record(desk.sup_1.ref, {**desk.sup_1.values, "files": (old,)})
    attachments = desk.value(lambda s: s.message.attachments, "attachments")
    desk = desk.changed(updates=Shape()).setting("files", attachments)
    decision = desk.decide(desk.answer(attachments=(PHOTO,)), desk.known(record=record))
    assert filenames(decision) == ["manual.pdf", "light.jpg"]


def test_only_attachments_go_into_files(desk: Desk) -> None:
    decision = desk.setting("files", desk.fixed("light.jpg")).decide()
    assert decision.refused_values == (("files", "it takes attachments"),)


def test_choices_are_added_to_or_replaced(desk: Desk) -> None:
    record = Record(desk.sup_1.ref, {**desk.sup_1.values, "tags": ("vip",)})
    late = desk.fixed(("vip", "late"))
    added = desk.setting("tags", late, append=True)
    assert values(added.decide(desk.answer(), desk.known(record=record)))["tags"] == (
        "vip",
        "late",
    )
    replaced = desk.setting("tags", desk.fixed(("late",)))
    assert values(replaced.decide(desk.answer(), desk.known(record=record)))["tags"] == ("late",)


@pytest.mark.parametrize(("quoted_text", "added"), [("remove", "New."), ("keep", "New.\n> Old.")])
def test_quoted_text_is_kept_or_removed(
    desk: Desk, quoted_text: Literal["keep", "remove"], added: str
) -> None:
    updates = replace(desk.account.updates, quoted_text=quoted_text)
    desk = desk.changed(updates=updates)
    body = Body(text="New.\n> Old.", reply="New.", quoted="> Old.")
    decision = desk.decide(desk.answer(body=body), desk.known())
    assert [entry.text for entry in notes(decision)] == [added]


def test_the_author_can_empty_a_field(desk: Desk) -> None:
    record = Record(desk.sup_1.ref, {**desk.sup_1.values, "due": date(2026, 1, 1)})
    desk = desk.setting("due", desk.fixed(""))
    assert values(desk.decide(desk.answer(), desk.known(record=record)))["due"] is None


def test_a_required_field_is_never_emptied(desk: Desk) -> None:
    decision = desk.setting("title", desk.fixed("")).decide(desk.answer(), desk.known())
    assert "title" not in values(decision)
    assert decision.refused_values == (("title", "it is required"),)


def test_a_thread_without_token_sets_only_what_the_groups_permit(desk: Desk) -> None:
    title = desk.value(lambda s: s.message.subject, "subject")
    priority = desk.value(lambda s: s.message.subject, "subject")
    desk = desk.setting("title", title).setting("priority", priority)
    facts = desk.facts(thread=Thread(desk.sup_1.ref, 17, participant=True), record=desk.sup_1)
    decision = desk.decide(desk.message(subject="4"), facts)
    assert values(decision)["title"] == "4"
    assert decision.refused_values == (
        ("priority", "ann@weaver.example (customers) may not set priority"),
    )


def test_a_token_permits_to_add_and_nothing_else(desk: Desk) -> None:
    subject = desk.value(lambda s: s.message.subject, "subject")
    desk = desk.setting("priority", subject).setting("type", desk.fixed("Billing"))
    decision = desk.decide(desk.answer(subject="4"), desk.known())
    assert values(decision).keys() == {"notes", "updated_by", "type"}
    assert decision.refused_values == (
        ("priority", "ann@weaver.example (customers) may not set priority"),
    )


def test_a_contact_is_not_created_twice(desk: Desk) -> None:
    desk.groups["customers"]["contact"] = Permission(create=True)
    address = desk.value(lambda s: s.message.from_.addr_spec, "from.addr_spec")
    desk = desk.changed(table="contact", mapping=Shape()).setting("email", address)
    decision = desk.decide()
    assert decision.outcome == "quarantined"
    assert decision.reasons[0] == "`email` is unique, and contact 7 has ann@weaver.example"


def test_what_cannot_be_stored_is_replaced(desk: Desk) -> None:
    decision = desk.decide(desk.message("a\x00b\ud800c"))
    assert values(decision)["details"] == "a\ufffdb\ufffdc"
