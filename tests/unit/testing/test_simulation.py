"""A thousand stories, each with its own mishaps; and engines that are broken on purpose."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from postroom.model.envelope import ServerAction
from postroom.runtime.position import LedgerPosition
from postroom.runtime.sending.outbox import Outbox
from postroom.runtime.worker import Worker
from postroom.testing.simulated_world import NOW, DyingStore, World, digest
from postroom.testing.simulation import Parts, Simulation, first_failure, main

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from threading import Event

    from postroom.hooks.contracts import SendOutcome, Transport
    from postroom.model.batch import Found, OutboxRow, Wanted
    from postroom.model.envelope import Place

SEEDS = 1_000
ENOUGH = 150
"""Seeds within which a broken engine must be found."""


@pytest.mark.parametrize("part", range(4))
def test_a_thousand_stories_end_well(part: int) -> None:
    assert first_failure(range(part * SEEDS // 4, (part + 1) * SEEDS // 4)) == ""


def test_the_stories_are_full_of_mishaps() -> None:
    """Or they would prove nothing."""
    seen: Counter[str] = Counter()
    for seed in range(60):
        simulation = Simulation(seed)
        assert simulation.run() == []
        disk = simulation.world.disk
        seen.update(each.kind for each in disk.entries)
        seen.update(each.state for each in disk.outbox.values())
        seen["deaths"] += sum("dies" in line for line in simulation.world.trace)
        seen["full"] += sum("full" in line for line in simulation.world.trace)
        seen["broken"] += sum("breaks" in line for line in simulation.world.trace)
        seen["taken"] += len(simulation.judge.taken_away)
    wanted = (
        "decision", "message_linked", "message_given_up", "message_id_reused", "notice_retried",
        "server_moved", "server_action_failed", "unknown", "deaths", "full", "broken", "taken",
    )  # fmt: skip
    assert [each for each in wanted if seen[each] < 2] == []
    assert seen["deaths"] > 60


def test_a_seed_tells_the_same_story_again(capsys: pytest.CaptureFixture[str]) -> None:
    stories = []
    for _ in range(2):
        assert main(["7"]) == 0
        stories.append(capsys.readouterr().out)
    assert stories[0] == stories[1]
    assert stories[0].count("\n") > 10


class TouchesFirst(Worker):
    """Moves mail on the server before it is committed."""

    def _fetch(self, transport: Transport, stop: Event, *, full_sweep: bool) -> int:
        position = LedgerPosition(self._engine.store, self.account.name, full_sweep)
        for each in transport.fetch(position, 1):
            sha256 = digest(each.raw)
            transport.settle(ServerAction(0, "", each.place, "move", "Done", NOW, sha256))
        return super()._fetch(transport, stop, full_sweep=full_sweep)


class ForgetsWhatItSent(DyingStore):
    """Takes an answer that was being sent for one that was not."""

    def open(self, tables: Mapping[str, object]) -> None:
        super().open(tables)  # type: ignore[arg-type]
        for each in self.disk.outbox.values():
            if each.state == "sending":
                each.state = "waiting"


class TriesForEver(DyingStore):
    """Never knows what it died with."""

    def suspects(self) -> Mapping[tuple[str, Place], int]:
        return {}


class OverlooksMail(DyingStore):
    """Takes every fifth message for one that it has."""

    def unknown(self, account: str, mailbox: str, epoch: str, keys: Sequence[str]) -> list[str]:
        found = super().unknown(account, mailbox, epoch, keys)
        return [key for key in found if int(key) % 5]


class KnowsNothingAgain(DyingStore):
    """Takes every message for a new one."""

    def lookup(self, wanted: Wanted) -> Found:
        return replace(super().lookup(wanted), by_sha256={}, by_submission={}, epochs={})


class LosesAlerts(DyingStore):
    """Notes that a notice was sent when it was only tried."""

    def sent(self, row: OutboxRow, outcome: SendOutcome, now: datetime) -> None:
        if outcome.state == "retry":
            outcome = replace(outcome, state="sent", raw=b"never")
        super().sent(row, outcome, now)


class SendsTwice(Outbox):
    """Sends an answer again of which nobody knows whether it was taken."""

    def _in_doubt(self, row: OutboxRow, why: str, after: object = None) -> SendOutcome:
        del after
        return self._later(row, why)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (Parts(worker=TouchesFirst), "was moved on the server and is not committed"),
        (Parts(store=ForgetsWhatItSent), "went out 2 times"),
        (Parts(outbox=SendsTwice), "went out 2 times"),
        (Parts(store=TriesForEver), "was never decided"),
        (Parts(store=OverlooksMail), "was never decided"),
        (Parts(store=KnowsNothingAgain), "is there 2 times"),
        (Parts(store=LosesAlerts), "never went out"),
    ],
    ids=lambda it: it if isinstance(it, str) else "",
)
def test_an_engine_that_is_broken_on_purpose_is_found(parts: Parts, words: str) -> None:
    found = first_failure(range(ENOUGH), parts)
    assert words in found.splitlines()[0]
    assert len(found.splitlines()) <= 35
    assert found.splitlines()[-1].startswith("again: python -m postroom.testing.simulation ")


def test_a_world_without_trouble_changes_nothing_by_itself() -> None:
    world = World(1)
    for _ in range(100):
        world.tick("")
    assert (world.trace, world.letters, world.dead) == ([], [], False)
