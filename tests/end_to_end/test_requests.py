"""Commands reach the engine that has the data; without one they do it themselves."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

from postroom.runtime.clock import SYSTEM
from postroom.runtime.requests import acts
from postroom.runtime.requests import files as requests
from postroom.runtime.requests.acts import Act, ask, carry_out
from postroom.runtime.settings import Folders, folders
from postroom.runtime.start import assemble
from postroom.runtime.supervise import run_until
from postroom.runtime.watching import status
from postroom.source.diagnostic import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.end_to_end.desk import Desk

    from postroom.model.plain import Json
    from postroom.runtime.engine import Engine
    from postroom.runtime.requests.files import Request


@dataclass
class Acts:
    """One act, which notes who carried it out."""

    engines: list[Engine] = field(default_factory=list)

    @property
    def table(self) -> dict[str, Act]:
        return {"note": Act(self._note, {"number": int})}

    def _note(self, engine: Engine, asked: Request) -> Mapping[str, Json]:
        self.engines.append(engine)
        return {"noted": asked.body["number"], "by": asked.by}


@pytest.fixture
def where(desk: Desk) -> Folders:
    desk.write(support="{use: eml, path: inbox}")
    (desk.folder / "inbox").mkdir()
    return folders(desk.folder)


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> Acts:
    noted = Acts()
    for verb, act in noted.table.items():
        monkeypatch.setitem(acts.ACTS, verb, act)
    return noted


@pytest.fixture
def running(where: Folders) -> Iterator[Engine]:
    stop, engine = Event(), assemble(where)
    thread = Thread(target=run_until, args=(engine, stop))
    thread.start()
    yield engine
    stop.set()
    thread.join(30)
    assert not thread.is_alive()


def note(number: Json = 7) -> Request:
    return requests.request("note", SYSTEM.now(), by="ann", body={"number": number})


def test_the_engine_that_runs_is_asked(where: Folders, noted: Acts, running: Engine) -> None:
    assert ask(where, note()) == {"noted": 7, "by": "ann"}
    assert noted.engines == [running]


def says_that_it_runs(where: Folders, process: int) -> None:
    now = SYSTEM.now()
    where.data.mkdir(exist_ok=True)
    status.write(
        where.data, status.Status(running=True, pid=process, began=now, written_at=now, rules="")
    )


def test_an_engine_that_says_that_it_runs_is_asked_at_once(
    where: Folders, noted: Acts, running: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No other engine is put together only to find the data in use."""
    says_that_it_runs(where, os.getpid())
    monkeypatch.delattr(acts, "assemble")
    assert ask(where, note()) == {"noted": 7, "by": "ann"}
    assert noted.engines == [running]


@pytest.mark.usefixtures("noted")
def test_an_engine_that_died_is_not_waited_for(where: Folders) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as died:
        pass
    says_that_it_runs(where, died.pid)
    assert ask(where, note()) == {"noted": 7, "by": "ann"}
    assert not (where.data / requests.FOLDER).exists()


def test_without_an_engine_one_is_opened_for_it(where: Folders, noted: Acts) -> None:
    assert ask(where, note()) == {"noted": 7, "by": "ann"}
    assert len(noted.engines) == 1
    assert not (where.data / requests.FOLDER).exists()
    assert ask(where, note(8)) == {"noted": 8, "by": "ann"}


def test_whoever_has_the_data_and_takes_no_requests_is_asked_in_vain(
    where: Folders, noted: Acts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acts, "_PATIENCE", 0.3)
    monkeypatch.setattr(acts, "_UNTAKEN", 0.1)
    holder = assemble(where)
    with pytest.raises(Problem, match="PR470"):
        ask(where, note())
    assert noted.engines == []
    assert list((where.data / requests.FOLDER).iterdir()) == []
    holder.close()


def test_when_the_holder_lets_go_the_command_does_it_itself(
    where: Folders, noted: Acts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acts, "_UNTAKEN", 0.2)
    holder = assemble(where)
    waiting = Thread(target=ask, args=(where, note()))
    waiting.start()
    holder.close()
    waiting.join(30)
    assert len(noted.engines) == 1


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("note", {}),
        ("note", {"number": "7"}),
        ("note", {"number": True}),
        ("note", {"number": 7, "more": 1}),
        ("unheard of", {}),
    ],
)
def test_a_request_that_does_not_fit_is_refused(
    where: Folders, noted: Acts, verb: str, body: dict[str, Json]
) -> None:
    engine = assemble(where)
    try:
        with pytest.raises(Problem, match="PR471"):
            carry_out(engine, requests.request(verb, SYSTEM.now(), by="ann", body=body))
    finally:
        engine.close()
    assert noted.engines == []


def test_requests_lie_in_the_data_folder_for_its_owner_alone(
    where: Folders, noted: Acts, running: Engine
) -> None:
    ask(where, note())
    folder: Path = where.data / requests.FOLDER
    assert folder.stat().st_mode & 0o777 == 0o700
    assert list(folder.iterdir()) == []
    assert noted.engines == [running]
