"""An engine is told to stop, as a terminal and as a service manager do: its processes end too."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import TYPE_CHECKING

import pytest
from tests.end_to_end.desk import Desk, mail, put, titles
from tests.faults.processes import children, gone, linux

if TYPE_CHECKING:
    from pathlib import Path


def with_mail(folder: Path, count: int) -> Desk:
    inbox = folder / "inbox"
    inbox.mkdir()
    for each in range(count):
        put(inbox / f"{each}.eml", mail(each))
    desk = Desk(folder / "rules")
    desk.write(support=f"{{use: eml, path: {inbox}}}")
    return desk


@linux
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_engine_told_to_stop_ends_with_all_its_processes(
    tmp_path: Path, number: signal.Signals
) -> None:
    desk = with_mail(tmp_path, 200)
    with desk.start("--json", start_new_session=True) as process:
        assert process.stdout is not None
        assert any('"committed"' in line for line in process.stdout)
        readers = children(process.pid)
        assert readers
        os.killpg(process.pid, number)  # a terminal: the foreground processes
        if number == signal.SIGTERM:
            for pid in readers:
                with contextlib.suppress(ProcessLookupError):  # the engine may have been quicker
                    os.kill(pid, number)  # a service manager: every process of the service
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert errors == ""
    assert '"stopped"' in output
    assert gone(readers, within=1)
    assert desk.titles() == titles(200)


@linux
def test_who_is_told_twice_in_one_breath_is_told_once(tmp_path: Path) -> None:
    """As `timeout` and service managers do: the process, and then its group."""
    desk = with_mail(tmp_path, 200)
    with desk.start("--json") as process:
        assert process.stdout is not None
        assert any('"committed"' in line for line in process.stdout)
        for _ in range(3):
            process.send_signal(signal.SIGTERM)
            time.sleep(0.05)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert '"stopped"' in output
    assert desk.titles() == titles(200)


@linux
def test_who_is_told_again_later_ends_at_once_and_the_next_one_goes_on(tmp_path: Path) -> None:
    desk = with_mail(tmp_path, 50)
    with desk.start("--json", start_new_session=True) as process:
        assert process.stdout is not None
        assert any('"started"' in line for line in process.stdout)
        while not (readers := children(process.pid)):
            time.sleep(0.01)
        os.kill(readers[0], signal.SIGSTOP)  # what is in hand is never finished
        process.send_signal(signal.SIGTERM)
        time.sleep(1.1)
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=5)
    assert process.returncode == 130
    assert errors == "interrupted; what was in hand is found at the next start\n"
    assert '"stopped"' not in output
    assert gone(readers, within=1)
    assert desk.once().returncode == 0
    assert desk.titles() == titles(50)
