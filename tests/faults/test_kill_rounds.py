"""The short form of the kill programme; the long one is a command, see its module."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.servers.need import need

ROOT = Path(__file__).parents[2]


def test_kills_at_random_under_load_lose_and_double_nothing() -> None:
    if os.geteuid() != 0:
        pytest.skip("Postfix wants to be started by root")
    need("dovecot", "dovecot-core dovecot-imapd dovecot-lmtpd")
    need("postfix", "postfix")
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.kill_rounds", "--rounds", "6"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 kills, 0 of" not in done.stdout
    assert "given up" not in done.stdout
