from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.unit.runtime.memory import NOW

from postroom.runtime.watching.metrics import exposition, families
from postroom.runtime.watching.status import AccountStatus, Raised, Status

if TYPE_CHECKING:
    from postroom.runtime.watching.metrics import Family

EXPECTED = Path(__file__).parents[2] / "golden/metrics.txt"
PAGE = Path(__file__).parents[3] / "docs/reference/status.md"
SUPPORT = AccountStatus(
    "imap", "failing",
    last_look=NOW - timedelta(minutes=5), last_message=NOW - timedelta(hours=2),
    failures=3, code="PR511", message="the mail server refuses ann@weaver.example",
    behind_since=NOW - timedelta(minutes=1), high_water="41", waiting=7, quarantined=2,
    unsent=1, unsent_since=NOW - timedelta(hours=1), oversize=1,
    outcomes={"created": 12, "discarded": 1}, notices={"sent": 4, "retry": 1},
)  # fmt: skip
PUSHED = AccountStatus("lmtp", "fine")
RUNNING = True
STATUS = Status(
    RUNNING, 4711, NOW - timedelta(days=1), NOW, "f00d", 5 * 10**9,
    {"support": SUPPORT, "old": AccountStatus("", "off"), 'a"b\\c': PUSHED},
    {"publish": "the disk is full"},
    (Raised("support", "PR511", "it says ann@weaver.example", "mend it", NOW),),
)  # fmt: skip


def test_the_whole_exposition_is_as_expected() -> None:
    found = exposition(STATUS, NOW)
    if os.environ.get("POSTROOM_UPDATE_GOLDEN"):
        EXPECTED.write_text(found, "utf-8")
    assert found == EXPECTED.read_text("utf-8")


def test_nothing_that_mail_or_servers_said_is_in_it() -> None:
    assert "weaver" not in exposition(STATUS, NOW)


def test_an_engine_that_says_nothing_any_more_is_not_up() -> None:
    assert "\npostroom_up 1\n" in exposition(STATUS, NOW + timedelta(seconds=60))
    assert "\npostroom_up 0\n" in exposition(STATUS, NOW + timedelta(seconds=61))
    assert "\npostroom_up 0\n" in exposition(replace(STATUS, running=False), NOW)


@pytest.mark.parametrize("family", families(STATUS, NOW), ids=lambda each: each.name)
def test_the_reference_page_has_every_metric(family: Family) -> None:
    assert f"| `{family.name}` |" in PAGE.read_text("utf-8")
