"""kill -9 at random in the middle of an import: nothing lost, nothing twice."""

from __future__ import annotations

import os
import random
import signal
import time
from typing import TYPE_CHECKING

import pytest
from tests.end_to_end.desk import mail, put, titles
from tests.end_to_end.test_imap import receive, renumber
from tests.servers.dovecot import PASSWORD

from postroom.hooks.failpoints import ENVIRONMENT

if TYPE_CHECKING:
    from tests.end_to_end.desk import Desk
    from tests.servers.ca import LocalCA
    from tests.servers.dovecot import User

MOVE = ", after: {decided: {move_to: Archive}}"
MOMENTS = ["started"] * 6 + ["committed"] * 4
"""Ten kills: after the start, when nothing is durable yet, and after a first commit."""


@pytest.mark.parametrize(
    ("count", "after", "moments"),
    [
        pytest.param(900, "", MOMENTS, id="import"),
        pytest.param(400, MOVE, ["started"] * 3 + ["settled"] * 7, id="move"),
    ],
)
def test_ten_kills_lose_and_double_nothing(
    desk: Desk, user: User, ca: LocalCA, count: int, after: str, moments: list[str]
) -> None:
    desk.environment["MAIL_PASSWORD"] = PASSWORD
    desk.write(support=receive(user, ca, after))
    user.append([mail(n) for n in range(count)])
    chance = random.Random(int(os.environ.get("CRASH_SEED", "1")))
    moments = chance.sample(moments, len(moments))
    hit = sum(killed(desk, moment, chance.uniform(0, 0.7)) for moment in moments)
    assert hit >= 3, "the kills came too late to prove anything"
    done = desk.once()
    assert (done.returncode, done.stderr) == (0, "")
    assert desk.titles() == titles(count)
    assert desk.one("SELECT count(*) FROM communications WHERE direction = 'in'") == count
    assert desk.one("SELECT count(DISTINCT sha256) FROM communications") == count
    assert desk.one("SELECT count(*) FROM decisions WHERE outcome = 'created'") == count
    if after:
        status = user.doveadm("mailbox", "status", "messages", "Archive")
        assert status.split()[-1] == f"messages={count}"


def killed(desk: Desk, moment: str, later: float) -> bool:
    """Start an engine and kill it a while after an event; return whether it was at work."""
    process = desk.start("--json", "--once")
    assert process.stdout is not None
    seen = False
    for line in process.stdout:
        seen = seen or f'"{moment}"' in line
        if seen or '"stopped"' in line:
            break
    time.sleep(later)
    process.kill()
    process.communicate()
    return seen and process.returncode == -9


def test_what_was_still_to_be_moved_is_moved_when_the_server_numbers_its_mailbox_anew(
    desk: Desk, user: User, ca: LocalCA
) -> None:
    desk.environment |= {"MAIL_PASSWORD": PASSWORD, ENVIRONMENT: "before-action:3"}
    desk.write(support=receive(user, ca, MOVE))
    user.append([mail(n) for n in range(5)])
    assert desk.once().returncode == -signal.SIGKILL
    desk.environment[ENVIRONMENT] = ""
    renumber(user)
    done = desk.once()
    assert (done.returncode, done.stderr) == (0, "")
    assert desk.titles() == titles(5)
    for box, count in (("INBOX", 0), ("Archive", 5)):
        assert user.doveadm("mailbox", "status", "messages", box).split()[-1] == f"messages={count}"


def test_a_message_that_engines_die_with_is_quarantined_and_the_others_arrive(desk: Desk) -> None:
    """Not by its process, which is another matter: the engine itself is killed each time."""
    desk.write(support="{use: eml, path: inbox}")
    inbox = desk.folder / "inbox"
    inbox.mkdir()
    for number in range(6):
        put(inbox / f"{number}.eml", mail(number))
    desk.environment[ENVIRONMENT] = "read"
    for _ in range(3):
        assert desk.once().returncode == -signal.SIGKILL
    desk.environment[ENVIRONMENT] = ""
    done = desk.once()
    assert (done.returncode, done.stderr) == (0, "")
    found = desk.sql("SELECT outcome, count(*) AS n FROM communications GROUP BY ALL ORDER BY n")
    assert found == [{"outcome": "quarantined", "n": 1}, {"outcome": "created", "n": 5}]
    given_up = "SELECT body->>'attempts' FROM entries WHERE kind = 'message_given_up'"
    assert desk.one(given_up) == "3"
