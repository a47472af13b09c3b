from __future__ import annotations

import resource
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.unit.runtime.memory import NOW, RULES, House, envelope, mail

from postroom.hooks.contracts import Health
from postroom.model.envelope import Place
from postroom.runtime.events import Alarmed, Calmed, CaughtUp, Recovered, Trouble
from postroom.runtime.settings import Folders
from postroom.runtime.watching import status as statuses
from postroom.runtime.watching.census import Census, census
from postroom.runtime.watching.watchman import CALM, Watchman
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from pathlib import Path

    from postroom.hooks.contracts import Rows
    from postroom.runtime.watching.status import Status

WATCHED = RULES.replace(
    "    access:\n",
    "    watch: {silent_for: 1d, tell: [boss@kestrel.example]}\n    access:\n",
    1,
)
HOUR = 3600.0


@pytest.fixture
def house() -> House:
    return House(rules_text=WATCHED)


@pytest.fixture
def watchman(house: House) -> Watchman:
    return Watchman(house.engine)


def trouble(house: House, code: str = "PR511", account: str = "support") -> None:
    found = Diagnostic(code, "the mail server refuses the sign-in", help="mend it")
    house.engine.tell(Trouble(account, found, timedelta(seconds=90)))


def alarms(house: House) -> list[str]:
    return [each.found.code for each in house.events(Alarmed)]


def kinds(house: House) -> list[str]:
    return [entry.kind for batch in house.store.batches for entry in batch.entries]


def test_nothing_is_said_while_all_is_well(house: House, watchman: Watchman) -> None:
    house.engine.tell(CaughtUp("support", 0))
    watchman.look()
    assert (alarms(house), house.store.batches) == ([], [])


def test_what_somebody_has_to_mend_raises_one_alarm_at_once(
    house: House, watchman: Watchman
) -> None:
    for _ in range(5):
        trouble(house)
        watchman.look()
    assert alarms(house) == ["PR511"]
    assert kinds(house) == ["alarm_raised", "notice_queued"]
    (row,) = house.store.outbox
    assert (row.account, row.notice.kind, row.notice.to) == (
        "support", "alert", ("boss@kestrel.example",),
    )  # fmt: skip
    assert "refuses the sign-in" in row.notice.text


def test_people_are_told_when_it_is_over(house: House, watchman: Watchman) -> None:
    trouble(house)
    watchman.look()
    house.engine.tell(Recovered("support"))
    house.engine.tell(CaughtUp("support", 0))
    watchman.look()
    watchman.look()
    assert [each.code for each in house.events(Calmed)] == ["PR511"]
    assert kinds(house).count("alarm_over") == 1
    assert [row.notice.subject for row in house.store.outbox] == [
        "postroom: alarm PR511 of account support",
        "postroom: over PR511 of account support",
    ]


def test_an_account_that_comes_and_goes_makes_no_storm(house: House, watchman: Watchman) -> None:
    for _ in range(20):
        trouble(house)
        watchman.look()
        house.engine.tell(CaughtUp("support", 0))
        watchman.look()
        house.time.seconds += 60
    assert alarms(house) == ["PR511"]
    house.time.seconds += CALM.total_seconds()
    trouble(house)
    watchman.look()
    assert alarms(house) == ["PR511", "PR511"]


def test_a_server_that_is_away_for_a_moment_is_no_alarm_and_for_an_hour_is(
    house: House, watchman: Watchman
) -> None:
    house.engine.tell(CaughtUp("support", 0))
    trouble(house, "PR516")
    house.time.seconds += 0.9 * HOUR
    watchman.look()
    assert alarms(house) == []
    house.time.seconds += 0.1 * HOUR
    watchman.look()
    assert alarms(house) == ["PR481"]


def test_an_account_that_hangs_from_the_start_is_noticed_although_nothing_fails(
    house: House, watchman: Watchman
) -> None:
    house.time.seconds += HOUR
    watchman.look()
    assert alarms(house) == ["PR481"]


def test_silence_is_an_alarm_until_the_next_message(house: House, watchman: Watchman) -> None:
    house.time.seconds += 24 * HOUR
    house.engine.tell(CaughtUp("support", 0))
    watchman.look()
    assert alarms(house) == ["PR480"]
    house.engine.process(house.account, [envelope(1, mail(1))])
    watchman.look()
    assert [each.code for each in house.events(Calmed)] == ["PR480"]


def test_a_server_that_holds_more_than_the_ledger_is_an_alarm(
    house: House, watchman: Watchman
) -> None:
    house.engine.vitals.behind("support", house.engine.clock.now())
    house.time.seconds += 15 * 60
    house.engine.tell(CaughtUp("support", 0))
    watchman.look()
    assert alarms(house) == ["PR482"]
    house.engine.vitals.behind("support", None)
    watchman.look()
    assert house.events(Calmed)


def test_notices_that_cannot_be_sent_are_an_alarm(house: House, watchman: Watchman) -> None:
    house.engine.tell(CaughtUp("support", 0))
    watchman._census = Census(unsent={"support": (2, NOW - timedelta(hours=5))})
    watchman.look()
    assert alarms(house) == ["PR483"]


def test_a_disk_that_runs_full_is_told_to_those_of_the_engine(tmp_path: Path) -> None:
    house = House(
        rules_text=f"{RULES}watch: {{tell: ops@kestrel.example, through: support, disk_free: 2GB}}"
    )
    house.engine.folders = Folders(tmp_path, tmp_path, tmp_path / "keys")
    watchman = Watchman(house.engine, free=lambda _folder: 10**9)
    house.engine.tell(CaughtUp("support", 0))
    watchman.look()
    assert alarms(house) == ["PR484"]
    (row,) = house.store.outbox
    assert (row.account, row.notice.to) == ("support", ("ops@kestrel.example",))
    watchman.free = lambda _folder: 10**10
    watchman.look()
    assert house.events(Calmed)


def test_who_is_not_named_is_not_written_to(house: House) -> None:
    house = House()
    trouble(house)
    Watchman(house.engine).look()
    assert alarms(house) == ["PR511"]
    assert house.store.outbox == []


def test_an_alarm_that_cannot_be_written_is_raised_again(house: House, watchman: Watchman) -> None:
    trouble(house)
    house.store.refuse = lambda _batch: Problem(Diagnostic("PR523", "the disk is full"))
    with pytest.raises(Problem):
        watchman.look()
    house.store.refuse = lambda _batch: None
    watchman.look()
    assert alarms(house) == ["PR511"]


def test_an_engine_that_is_started_anew_does_not_raise_what_stands(tmp_path: Path) -> None:
    house = House()
    for _ in range(2):
        house = House()
        house.engine.folders = Folders(tmp_path, tmp_path, tmp_path / "keys")
        watchman = Watchman(house.engine)
        trouble(house)
        watchman.look()
        watchman.leave()
    assert alarms(house) == []
    house.engine.tell(CaughtUp("support", 0))
    Watchman(house.engine).look()
    assert [each.code for each in house.events(Calmed)] == ["PR511"]


def test_silence_goes_on_over_a_restart(tmp_path: Path) -> None:
    house = House(rules_text=WATCHED)
    house.engine.folders = Folders(tmp_path, tmp_path, tmp_path / "keys")
    house.engine.tell(CaughtUp("support", 0))
    Watchman(house.engine).look()
    later = House(rules_text=WATCHED)
    later.engine.folders = house.engine.folders
    later.time.seconds += 25 * HOUR
    later.engine.tell(CaughtUp("support", 0))
    Watchman(later.engine).look()
    assert alarms(later) == ["PR480"]


def test_a_chore_that_fails_for_long_is_an_alarm(house: House, watchman: Watchman) -> None:
    trouble(house, "PR523", "publish")
    house.engine.tell(CaughtUp("support", 0))
    watchman.look()
    assert alarms(house) == []
    house.time.seconds += 15 * 60
    watchman.look()
    assert alarms(house) == ["PR486"]


def test_the_status_is_read_as_it_was_written(tmp_path: Path) -> None:
    house = House(rules_text=WATCHED)
    house.engine.folders = Folders(tmp_path, tmp_path, tmp_path / "keys")
    posted: list[Status] = []
    watchman = Watchman(house.engine, posted.append)
    house.engine.process(house.account, [])
    house.engine.vitals.seen("support", Health(ok=True, detail="", high_water="9", waiting=3))
    trouble(house)
    watchman.look()
    found = statuses.read(tmp_path)
    assert found == posted[-1]
    assert found.accounts["support"].code == "PR511"
    assert not found.fine(NOW)
    assert found.alive(NOW + timedelta(seconds=60))
    assert not found.alive(NOW + timedelta(seconds=61))
    watchman.leave()
    assert not statuses.read(tmp_path).running


@pytest.mark.parametrize("content", [None, "", "{}", '{"accounts": 1}', "[1, 2]"])
def test_a_status_that_cannot_be_read_says_so(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / statuses.FILE).write_text(content)
    with pytest.raises(Problem, match="PR487"):
        statuses.read(tmp_path)


def test_what_waits_is_counted_by_account() -> None:
    from postroom.hooks.contracts import Rows as Answer

    def query(sql: str) -> Rows:
        if "review_queue" in sql:
            return Answer(("account", "count"), [("support", 2)])
        return Answer(("account", "count", "oldest"), [("support", 1, datetime(2026, 11, 2))])  # noqa: DTZ001 - as the log has it

    found = census(query)
    assert found.quarantined == {"support": 2}
    assert found.unsent == {"support": (1, datetime(2026, 11, 2, tzinfo=UTC))}


def test_what_waits_is_counted_only_when_something_was_published(
    house: House, watchman: Watchman, monkeypatch: pytest.MonkeyPatch
) -> None:
    from postroom.hooks.contracts import Rows as Answer

    counted: list[str] = []

    def query(sql: str) -> Rows:
        counted.append(sql)
        return Answer(("account", "count"), [])

    monkeypatch.setattr(house.store, "query", query)
    monkeypatch.setattr(house.store, "publish", lambda: house.store.published)
    for published, expected in ((1, 2), (1, 2), (2, 4), (2, 4)):
        house.store.published = published
        house.engine.publish()
        watchman.count()
        assert len(counted) == expected


def test_the_newest_message_of_the_server_is_looked_for_in_the_ledger(house: House) -> None:
    from threading import Event

    from postroom.runtime.worker import Worker

    ((account, receive),) = house.engine.receiving
    worker = Worker(house.engine, account, receive)
    asked = Health(ok=True, detail="", newest=Place("INBOX", "1", "7"))
    kind = house.engine.plugins.transports()["memory"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, "probe", lambda _self: asked)
        worker.once(Event())
        assert house.engine.vitals.of("support").health is None  # that soon nobody asks
        house.time.seconds += 60
        worker.once(Event())
    assert house.engine.vitals.of("support").behind_since == NOW + timedelta(seconds=60)
    house.time.seconds += 300
    worker.once(Event())
    assert house.engine.vitals.of("support").behind_since is None


def test_a_full_disk_is_said_in_its_own_words(
    house: House, watchman: Watchman, tmp_path: Path
) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, most))
    try:
        with pytest.raises(Problem, match="PR523"):
            statuses.write(tmp_path, watchman.status())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    statuses.write(tmp_path, watchman.status())
    assert statuses.read(tmp_path).rules == house.engine.rules.hash
