"""Every permission, alone and with every other, on every way to a record, held against a model.

The model is the page docs/explanation/permissions.md in a few lines; the pipeline decides real
messages. Row of docs/explanation/threats.md: permissions.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pytest
from tests.unit.pipeline.conftest import HERE, SUBJECT, Desk, fixed, put, value

from postroom.lang.coerce import DATE_FORMAT
from postroom.model.facts import Thread
from postroom.model.record import Record, RecordRef
from postroom.rules.ruleset import (
    AccessRule,
    OnBadLine,
    Parsing,
    Permission,
    Shape,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.model.decision import Decision

WORDS = "4711 is broken"
BLOCK = "-- Details --\nDetails: by block\nPriority: 4\n-- end --"
FIELDS = (None, frozenset[str](), frozenset({"title"}), frozenset({"notes", "details"}))
EDITS: tuple[Literal["none", "own", "all"], ...] = ("none", "own", "all")
PERMISSIONS = [
    Permission(create=create, edit=edit, fields=fields)
    for create, edit, fields in product((False, True), EDITS, FIELDS)
]
GROUPS = [(), *((each,) for each in PERMISSIONS), *combinations(PERMISSIONS, 2)]


class Way(NamedTuple):
    """How a message gets to its record."""

    new: bool = False
    token: bool = False
    needs_permission: bool = False
    parsed: bool = False
    aligned: bool = True


WAYS = {
    "new": Way(new=True),
    "new with a block": Way(new=True, parsed=True),
    "new with a block, not authenticated": Way(new=True, parsed=True, aligned=False),
    "reply by token": Way(token=True),
    "reply by token, not authenticated": Way(token=True, aligned=False),
    "reply by token that needs permission": Way(token=True, needs_permission=True),
    "reply by thread": Way(),
    "reply with a block": Way(token=True, parsed=True),
    "reply with a block, not authenticated": Way(token=True, parsed=True, aligned=False),
}


def model(granted: tuple[Permission, ...], way: Way, *, own: bool) -> dict[str, bool] | None:
    """Return which fields the sender's words get into; None if it is denied."""

    def edits(each: Permission) -> bool:
        return each.edit == "all" or (each.edit == "own" and (own or way.new))

    reaching = [each for each in granted if (each.create if way.new else edits(each))]
    if not reaching and (not way.token or way.needs_permission):
        return None

    def permitted(among: list[Permission], field: str) -> bool:
        return any(each.fields is None or field in each.fields for each in among)

    by_block = [each for each in granted if edits(each)] if way.parsed and way.aligned else []
    adds = way.token and not way.needs_permission
    return {
        "title": permitted(reaching, "title"),
        "notes": adds or permitted(reaching, "notes"),
        "details": permitted(by_block, "details"),
        "priority": permitted(by_block, "priority"),
    }


def desk_for(granted: tuple[Permission, ...], way: Way) -> Desk:
    names = tuple(f"group-{number}" for number in range(len(granted)))
    desk = Desk(
        groups={"nobody": {}, **{n: {"ticket": g} for n, g in zip(names, granted, strict=True)}}
    )
    let_in = AccessRule("all", HERE, None, "allow_as", "sender")
    notes = put("notes", value(lambda s: s.message.body.reply, "body.reply"), append=True)
    shape = Shape((put("title", SUBJECT), put("priority", fixed(1)), notes))
    mine = put("requester", value(lambda s: s.facts.contact and s.facts.contact.ref.id, "contact"))
    return desk.changed(
        keep_prefixes=None,
        create=(let_in,),
        update=(AccessRule("all", HERE, None, "allow_as", "sender",
                           needs_permission=way.needs_permission),),
        mapping=Shape((*shape.assignments, mine)),
        updates=shape,
        parsing=Parsing(
            "Details", {"en": {"Details": "details", "Priority": "priority"}}, "replace",
            OnBadLine(), OnBadLine(), OnBadLine(), DATE_FORMAT, HERE,
        ),
        notify=(),
    )  # fmt: skip


def decided(granted: tuple[Permission, ...], way: Way, *, own: bool) -> Decision:
    desk = desk_for(granted, way)
    names = tuple(f"group-{number}" for number in range(len(granted)))
    ann = Record(RecordRef("contact", 7), {"email": "ann@weaver.example", "groups": names})
    record = Record(
        desk.sup_1.ref, {**desk.sup_1.values, "requester": 7 if own else 8, "details": ""}
    )
    known: dict[str, Any] = {"contact": ann}
    text = f"Please.\n{BLOCK if way.parsed else ''}"
    mail: dict[str, Any] = {"subject": WORDS, "dmarc": "pass" if way.aligned else "none"}
    if way.new:
        return desk.decide(desk.message(text, **mail), desk.facts(**known))
    if way.token:
        return desk.decide(desk.answer(text, **mail), desk.known(record=record, **known))
    thread = Thread(record.ref, 17, participant=True)
    return desk.decide(
        desk.message(text, **mail), desk.facts(thread=thread, record=record, **known)
    )


def taken(decision: Decision) -> dict[str, bool] | None:
    """Return which fields the sender's words did get into."""
    if decision.change is None:
        assert decision.outcome == "denied", decision.reasons
        return None
    values = decision.change.values
    return {
        "title": values.get("title") == WORDS,
        "notes": bool(values.get("notes")),
        "details": values.get("details") == "by block",
        "priority": values.get("priority") == 4,
    }


def cases(way: Way) -> Iterator[tuple[tuple[Permission, ...], bool]]:
    for granted in GROUPS:
        yield from ((granted, own) for own in ((True,) if way.new else (True, False)))


@pytest.mark.parametrize("name", WAYS)
def test_the_pipeline_permits_exactly_what_the_model_permits(name: str) -> None:
    way = WAYS[name]
    for granted, own in cases(way):
        decision = decided(granted, way, own=own)
        assert taken(decision) == model(granted, way, own=own), (granted, own, decision.reasons)


@pytest.mark.parametrize("name", WAYS)
def test_what_the_author_fixes_needs_no_permission(name: str) -> None:
    way = WAYS[name]
    for granted, own in cases(way):
        decision = decided(granted, way, own=own)
        if decision.change is not None:
            assert decision.change.values["priority"] in (1, 4)
        if len(granted) == 2:
            break
