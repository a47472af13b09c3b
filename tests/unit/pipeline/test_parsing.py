from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from postroom.lang.coerce import DATE_FORMAT
from postroom.model.message import Body, Mailbox
from postroom.model.record import Field, Record, RecordRef, Table
from postroom.pipeline.parsing import named_in_blocks
from postroom.rules.ruleset import OnBadLine, Parsing

if TYPE_CHECKING:
    from tests.unit.pipeline.conftest import Desk

    from postroom.model.decision import Decision

STAFF = Record(RecordRef("contact", 3), {"email": "ann@weaver.example", "groups": ("staff",)})
LABELS = {
    "en": {
        "Priority": "priority",
        "Comments": "details",
        "Type": "type",
        "Tags": "tags",
        "Due": "due",
        "Note": "notes",
        "Manager": "requester",
    },
    "de": {"Priorität": "priority", "Bemerkung": "details"},
}


def with_parsing(desk: Desk, **changes: Any) -> Desk:
    usual: dict[str, Any] = {
        "delimiter": "Ticket Details",
        "languages": LABELS,
        "mode": "replace",
        "unknown_label": OnBadLine(),
        "invalid_value": OnBadLine("keep_old"),
        "not_permitted": OnBadLine("reject"),
        "date_format": DATE_FORMAT,
        "span": desk.account.span,
    }
    return desk.changed(parsing=Parsing(**usual | changes))


def block(*lines: str, language: str = " (en)") -> str:
    return "\n".join((f"-- Ticket Details{language} --", *lines, "-- end --"))


def created(desk: Desk, *lines: str, **known: Any) -> Decision:
    text = block(*lines, language=known.pop("language", " (en)"))
    return desk.decide(desk.message(text), desk.facts(**{"contact": STAFF} | known))


def values(decision: Decision) -> dict[str, Any]:
    assert decision.change is not None, decision.reasons
    return dict(decision.change.values)


def test_a_block_sets_fields_of_every_type(desk: Desk) -> None:
    decision = created(
        with_parsing(desk),
        "Priority: 1",
        "Comments: Billed",
        "  twice.",
        "Type: billing",
        "Tags: vip, late",
        "Due: 2026-11-20",
        "Note: called",
        "Manager: bob@weaver.example",
        others={"bob@weaver.example": Record(RecordRef("contact", 9))},
    )
    found = values(decision)
    assert found["priority"] == 1
    assert found["details"] == "Billed\ntwice."
    assert found["type"] == "Billing"
    assert found["tags"] == ("vip", "late")
    assert found["due"] == date(2026, 11, 20)
    assert [entry.text for entry in found["notes"]] == ["called"]
    assert found["requester"] == 9
    assert decision.fired_ids == ("known", "parsing")
    assert decision.provenance["priority"].rule == "parsing"
    assert decision.provenance["title"].rule == "mapping.set"
    assert decision.refused_values == ()


@pytest.mark.parametrize(
    ("language", "line"),
    [(" (de)", "Priorität: 1"), (" (DE)", "PRIORITÄT: 1"), ("", "Priorität: 1"),
     (" (fr)", "Priority: 1")],
)  # fmt: skip
def test_labels_are_taken_in_the_declared_languages(desk: Desk, language: str, line: str) -> None:
    assert values(created(with_parsing(desk), line, language=language))["priority"] == 1


def test_a_label_of_another_language_is_unknown(desk: Desk) -> None:
    decision = created(with_parsing(desk), "Priority: 1", language=" (de)")
    assert values(decision)["priority"] == 3
    assert decision.refused_values == (("Priority", "no such label is declared"),)
    assert decision.fired_ids == ("known",)


def test_an_empty_value_sets_nothing(desk: Desk) -> None:
    assert values(created(with_parsing(desk), "Priority:"))["priority"] == 3


def test_a_block_in_an_answer_changes_the_record(desk: Desk) -> None:
    desk = with_parsing(desk)
    answer = desk.answer(block("Priority: 1"))
    decision = desk.decide(answer, desk.known(contact=STAFF))
    assert values(decision)["priority"] == 1


def test_a_block_in_quoted_text_changes_nothing(desk: Desk) -> None:
    quoted = block("Priority: 1")
    body = Body(text=f"Thanks.\n{quoted}", reply="Thanks.", quoted=quoted)
    desk = with_parsing(desk)
    decision = desk.decide(desk.answer(body=body), desk.known(contact=STAFF))
    assert "priority" not in values(decision)


def test_a_block_needs_an_authenticated_sender(desk: Desk) -> None:
    desk = with_parsing(desk, not_permitted=OnBadLine("ignore")).creating("allow_as", "sender")
    message = desk.message(block("Priority: 1"), dmarc="none")
    decision = desk.decide(message, desk.facts(contact=STAFF))
    assert values(decision)["priority"] == 3
    assert decision.refused_values == (("Priority", "its sender is not authenticated"),)


def test_a_token_is_no_permission_to_set_fields(desk: Desk) -> None:
    desk = with_parsing(desk, not_permitted=OnBadLine("keep_old"))
    answer = desk.answer(block("Priority: 1"), from_=Mailbox(None, "carl@weaver.example"))
    decision = desk.decide(answer, desk.known(contact=None))
    assert decision.outcome == "updated"
    assert "priority" not in values(decision)
    assert decision.refused_values == (("Priority", "the guest (guests) may not set priority"),)


def test_each_field_needs_the_permission_to_edit_it(desk: Desk) -> None:
    desk = with_parsing(desk, not_permitted=OnBadLine("ignore"))
    decision = created(desk, "Comments: mine", "Priority: 1", contact=desk.ann)
    assert values(decision)["details"] == "mine"
    assert values(decision)["priority"] == 3


def test_whoever_may_only_create_sets_nothing_by_a_block(desk: Desk) -> None:
    desk = with_parsing(desk, not_permitted=OnBadLine("ignore")).creating("allow_as", "guest")
    decision = created(desk, "Comments: mine", contact=None)
    assert decision.refused_values == (("Comments", "the guest (guests) may not set details"),)


def test_an_invalid_value_is_ignored_or_keeps_the_old_one(desk: Desk) -> None:
    priority_2 = desk.fixed(2)
    for then, expected in (("ignore", 2), ("keep_old", None)):
        rules = with_parsing(desk, invalid_value=OnBadLine(then)).setting("priority", priority_2)  # type: ignore[arg-type]
        record = Record(desk.sup_1.ref, {**desk.sup_1.values, "priority": 4})
        answer = rules.answer(block("Priority: 99"))
        decision = rules.decide(answer, rules.known(contact=STAFF, record=record))
        assert values(decision).get("priority") == expected
        new = created(rules, "Priority: 99")
        assert values(new)["priority"] == 2


def test_a_policy_can_reject_the_message(desk: Desk) -> None:
    decision = created(with_parsing(desk, invalid_value=OnBadLine("reject")), "Priority: 99")
    assert decision.outcome == "denied"
    assert decision.reasons[0].startswith("the block is rejected: Priority: 99 (")
    assert decision.change is None
    assert decision.fired_ids == ("known", "parsing")


@pytest.mark.parametrize("name", ["unknown_label", "invalid_value", "not_permitted"])
def test_administrators_are_told(desk: Desk, name: str) -> None:
    policy = OnBadLine("ignore", ("admin@kestrel.example",), "Please look at this.")
    desk = with_parsing(desk, **{"not_permitted": OnBadLine(), name: policy})
    lines = ("Colour: red", "Priority: 99", "Comments: x")
    contact = desk.ann if name == "not_permitted" else STAFF
    decision = created(desk.changed(notify=()), *lines, contact=contact)
    (told,) = decision.notices
    assert (told.kind, told.origin, told.to) == ("alert", "parsing", ("admin@kestrel.example",))
    assert told.rule == f"parsing.{name}"
    assert told.text.startswith("Please look at this.\n\n")
    bad = {"unknown_label": "Colour: red (", "invalid_value": "Priority: 99 (",
           "not_permitted": "Priority: 99 ("}  # fmt: skip
    assert bad[name] in told.text
    assert decision.notified == ()


def test_values_replace_what_mapping_set_or_add_to_it(desk: Desk) -> None:
    desk = desk.setting("tags", desk.fixed(("late",))).setting("details", desk.fixed("Mapped."))
    desk = desk.setting("priority", desk.fixed(2))
    lines = ("Tags: vip", "Comments: Parsed.", "Priority: 1")
    replaced = values(created(with_parsing(desk), *lines))
    assert (replaced["tags"], replaced["details"], replaced["priority"]) == (
        ("vip",),
        "Parsed.",
        1,
    )
    added = values(created(with_parsing(desk, mode="add"), *lines))
    assert (added["tags"], added["details"], added["priority"]) == (
        ("late", "vip"),
        "Mapped.\nParsed.",
        2,
    )


def test_adding_fills_what_is_empty(desk: Desk) -> None:
    decision = created(with_parsing(desk, mode="add"), "Due: 2026-11-20")
    assert values(decision)["due"] == date(2026, 11, 20)


def test_whom_a_block_names_must_be_known(desk: Desk) -> None:
    decision = created(with_parsing(desk), "Manager: nobody@weaver.example")
    assert decision.refused_values == (("Manager", "there is no such contact"),)


def test_a_block_without_an_end_sets_nothing_and_says_so(desk: Desk) -> None:
    desk = with_parsing(desk)
    message = desk.message("-- Ticket Details (en) --\nPriority: 1\n")
    decision = desk.decide(message, desk.facts(contact=STAFF))
    assert values(decision)["priority"] == 3
    assert decision.refused_values == (("parsing", "the block `Ticket Details` has no end line"),)


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("bob@weaver.example", "bob@weaver.example"),
        ("Bob <BOB@Weaver.example>", "bob@weaver.example"),
        ("9", RecordRef("contact", 9)),
        ("Bob", None),
        ("9" * 30, None),
        ("\u0669", None),
    ],
)
def test_what_a_block_refers_to_is_looked_up(
    desk: Desk, written: str, named: str | RecordRef | None
) -> None:
    parsing = with_parsing(desk).account.parsing
    assert parsing is not None
    message = desk.message(block(f"Manager: {written}", "Priority: 1"))
    found = list(named_in_blocks(message, parsing, desk.tables["ticket"], desk.rules))
    assert found == ([] if named is None else [named])


@pytest.mark.parametrize("written", ["SUP-12", "sup-12", "12", "#12"])
def test_a_record_is_named_by_its_number(desk: Desk, written: str) -> None:
    fields = {
        **desk.tables["ticket"].fields,
        "parent": Field("parent", "reference", table="ticket"),
    }
    desk.tables["ticket"] = Table("ticket", fields, "SUP")
    desk = with_parsing(desk, languages={"en": {"Parent": "parent"}})
    others = {"ticket:12": Record(RecordRef("ticket", 12))}
    assert values(created(desk, f"Parent: {written}", others=others))["parent"] == 12
