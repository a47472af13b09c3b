"""The short form of the poison programme; the long one is a command, see its module."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_bad_messages_are_put_aside_and_all_others_arrive() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.poison", "--quick", "--count", "400"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=280,
    )
    sys.stdout.write(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "RED" not in done.stdout
