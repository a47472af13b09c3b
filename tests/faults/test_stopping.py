"""An engine is told to stop, as a terminal and as a service manager do: its processes end too."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING

import pytest
from tests.end_to_end.desk import Desk, mail, titles
from tests.faults.processes import children, gone, linux

if TYPE_CHECKING:
    from pathlib import Path


@linux
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_engine_told_to_stop_ends_with_all_its_processes(
    tmp_path: Path, number: signal.Signals
) -> None:
    desk = Desk(tmp_path / "rules")
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for each in range(200):
        (inbox / f"{each}.eml").write_bytes(mail(each))
    desk.write(support=f"{{use: eml, path: {inbox}}}")
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
