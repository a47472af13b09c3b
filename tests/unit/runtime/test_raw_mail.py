"""Raw mail is kept as long as its account says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import TYPE_CHECKING

import pytest
from tests.unit.runtime.memory import RULES, House, envelope, mail

from postroom.cli.main import main
from postroom.runtime.messages.raw_mail import let_go
from postroom.source.diagnostic import Problem
from postroom_duckdb.settings import DuckdbSettings
from postroom_duckdb.store import DuckdbStore

if TYPE_CHECKING:
    from pathlib import Path

KEEPING = RULES.replace("    table: ticket", "    keep_raw: 30d\n    table: ticket")


def test_raw_mail_goes_when_its_time_is_over_and_every_command_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house = House(rules_text=KEEPING.replace("after: created, to", "after: updated, to"))
    store = house.engine.store = DuckdbStore(DuckdbSettings(), tmp_path / "postroom-data")
    store.open(house.rules.tables)
    house.engine.process(house.account, [envelope(1, mail(1))])
    house.time.seconds = timedelta(days=20).total_seconds()
    house.engine.process(house.account, [envelope(2, mail(2))])
    let_go(house.engine, Event())
    assert store.raw(1) == mail(1)
    house.time.seconds = timedelta(days=31).total_seconds()
    let_go(house.engine, Event())
    with pytest.raises(KeyError):
        store.raw(1)
    assert store.raw(2) == mail(2)
    store.close()
    where = ["--rules", str(tmp_path)]
    assert main(["raw", "1", *where]) == 1
    assert "communication 1 is no longer kept: it was let go on 2026-12-03" in told(capsys)
    assert main(["explain", "1", *where]) == 0
    assert "its raw mail is no longer kept: let go on 2026-12-03" in told(capsys)
    assert main(["raw", "3", *where]) == 1
    assert "there is no communication 3" in told(capsys)
    assert main(["raw", "2", *where]) == 0


def told(capsys: pytest.CaptureFixture[str]) -> str:
    return "".join(capsys.readouterr())


def test_a_clock_that_jumps_ahead_erases_nothing_until_it_is_right(tmp_path: Path) -> None:
    house = House(rules_text=KEEPING.replace("after: created, to", "after: updated, to"))
    store = house.engine.store = DuckdbStore(DuckdbSettings(), tmp_path / "postroom-data")
    store.open(house.rules.tables)
    house.engine.process(house.account, [envelope(1, mail(1))])
    right = house.engine.clock
    house.engine.clock = replace(right, now=lambda: right.now() + timedelta(days=365))
    with pytest.raises(Problem, match=r"PR582.*365 days"):
        let_go(house.engine, Event())
    house.engine.clock = right
    let_go(house.engine, Event())
    assert store.raw(1) == mail(1)
    house.time.seconds = timedelta(days=31).total_seconds()
    let_go(house.engine, Event())
    with pytest.raises(KeyError):
        store.raw(1)
    store.close()


def test_without_the_key_all_of_it_is_kept() -> None:
    house = House()
    house.time.seconds = timedelta(days=4_000).total_seconds()
    let_go(house.engine, Event())  # this store cannot let anything go, and is not asked to


def test_a_store_that_keeps_everything_says_so() -> None:
    house = House(rules_text=KEEPING)
    with pytest.raises(Problem, match="PR581"):
        let_go(house.engine, Event())
