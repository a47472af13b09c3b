from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from postroom.pipeline.conclusion import Conclusion, Written
from postroom.pipeline.differences import difference
from postroom.pipeline.tally import CLASSES, SAMPLES, Tally

if TYPE_CHECKING:
    from postroom.model.plain import Json
    from postroom.pipeline.tally import Class

TICKET = Written("create", "ticket", 1, {"title": "Light", "priority": 3}, {}, {"title": "set"})
NOTICE: dict[str, Json] = {
    "kind": "answer", "origin": "notify", "rule": "ack", "template": "ack", "use": "smtp",
    "to": ["ann@x.example"], "subject": "Received",
}  # fmt: skip
WAS = Conclusion("created", TICKET, (NOTICE,), [], {"reasons": ["known"], "principal": "ann"})
GONE: Json = {"private": "00" * 32}


def now_with(**changes: Any) -> Conclusion:
    return replace(WAS, record=replace(TICKET, **changes))


CASES: list[tuple[Class, Conclusion, str]] = [
    ("same", WAS, ""),
    ("lost", replace(WAS, outcome="discarded", record=None), "created ticket 1 -> discarded"),
    ("other_record", now_with(id=2), "created ticket 1 -> created ticket 2"),
    ("other_record", replace(now_with(kind="update"), outcome="updated"), "-> updated ticket 1"),
    ("values", now_with(values={"title": "Light", "priority": 1}), "priority: 3 -> 1"),
    ("values", now_with(values={"title": "Light"}), "priority: 3 -> nothing"),
    ("values", now_with(added={"notes": ["x"]}), 'notes: nothing -> ["x"]'),
    ("notices", replace(WAS, notices=()), "no more: answer `ack`"),
    ("notices", replace(WAS, notices=(NOTICE, NOTICE)), "new: answer `ack`"),
    ("notices", replace(WAS, notices=({**NOTICE, "to": ["b@x.example"]},)), "no more"),
    ("server", replace(WAS, server=[{"verb": "move", "target": "Done"}]), "nothing -> move Done"),
    ("reasons", replace(WAS, why={"reasons": ["guest"], "principal": "ann"}), "reasons"),
    ("reasons", now_with(provenance={}), "title: set by set -> nothing"),
]


@pytest.mark.parametrize(("kind", "now", "words"), CASES)
def test_the_worst_difference_is_told(kind: Class, now: Conclusion, words: str) -> None:
    found = difference(WAS, now)
    assert found.kind == kind
    assert words in " ".join(found.words)


def test_a_record_where_there_was_none_is_made() -> None:
    found = difference(replace(WAS, outcome="denied", record=None), WAS)
    assert (found.kind, found.words) == ("made", ("denied -> created ticket 1",))


def test_another_outcome_without_a_record_is_an_outcome() -> None:
    denied = replace(WAS, outcome="denied", record=None)
    assert difference(denied, replace(denied, outcome="quarantined")).kind == "outcome"


def test_what_was_erased_equals_anything() -> None:
    was = replace(
        WAS,
        record=replace(TICKET, values={"title": GONE, "priority": 3}),
        notices=({**NOTICE, "to": GONE, "subject": GONE},),
        why={"reasons": GONE, "principal": GONE},
    )
    assert difference(was, WAS).kind == "same"
    lacks = replace(WAS, record=replace(TICKET, values={"priority": 3}))
    assert difference(was, lacks).kind == "values"


def test_tallies_are_added_in_order_with_the_first_samples() -> None:
    lost = difference(WAS, replace(WAS, outcome="discarded", record=None))
    first, later = Tally(), Tally()
    first.note(1, "help", lost)
    first.not_known(("counts",))
    for number in range(2, 20):
        later.note(number, "help", lost)
    later.note(20, "help", difference(WAS, WAS))
    later.skipped["gone"] += 2
    first.add(later)
    assert [sample.communication for sample in first.samples["lost"]] == [*range(1, SAMPLES + 1)]
    assert (first.total, first.counts["lost"], first.skipped["gone"]) == (20, 19, 2)
    assert first.summary() == {
        "messages": 20, "lost": 19, "same": 1, "uncertain": 1, "skipped": 2,
    }  # fmt: skip


def test_a_tally_fails_for_its_class_and_for_worse_ones() -> None:
    tally = Tally()
    tally.note(1, "help", difference(WAS, replace(WAS, notices=())))
    order = [*CLASSES]
    for kind in order[:-1]:
        assert tally.fails(kind) is (order.index(kind) >= order.index("notices"))
