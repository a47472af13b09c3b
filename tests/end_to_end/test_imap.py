"""From a real Dovecot to records, over IMAPS."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING

import pytest
from tests.end_to_end.desk import mail, titles
from tests.servers.dovecot import PASSWORD

if TYPE_CHECKING:
    from tests.end_to_end.desk import Desk
    from tests.servers.ca import LocalCA
    from tests.servers.dovecot import User

COUNT = 400


@pytest.fixture
def mailbox(desk: Desk, user: User, ca: LocalCA) -> User:
    desk.environment["MAIL_PASSWORD"] = PASSWORD
    desk.write(support=receive(user, ca))
    return user


def receive(user: User, ca: LocalCA, more: str = "") -> str:
    return (
        f"{{use: imap, host: localhost, port: {user.server.imaps}, username: {user.name}, "
        f"password: {{env: MAIL_PASSWORD}}, ca_file: {ca.ca_file}{more}}}"
    )


def checked(desk: Desk, count: int) -> None:
    """Hold the ledger to the mailbox: every message once."""
    assert desk.titles() == titles(count)
    assert desk.one("SELECT count(*) FROM communications") == count
    assert desk.one("SELECT count(DISTINCT sha256) FROM communications") == count


def test_a_mailbox_becomes_records_and_nothing_is_lost_or_doubled(
    desk: Desk, mailbox: User
) -> None:
    mailbox.append([mail(n) for n in range(COUNT)])
    done = desk.once()
    assert (done.returncode, done.stderr) == (0, "")
    checked(desk, COUNT)

    again = desk.once()
    assert "created" not in again.stdout
    checked(desk, COUNT)

    mailbox.doveadm("flags", "add", "\\Seen", "mailbox", "INBOX", f"1:{COUNT // 2}")
    mailbox.append([mail(COUNT)])
    mailbox.doveadm("flags", "add", "\\Seen", "mailbox", "INBOX", str(COUNT + 1))
    assert desk.once().returncode == 0
    checked(desk, COUNT + 1)

    renumber(mailbox)
    mailbox.append([mail(COUNT + 1)])
    done = desk.run("run", str(desk.folder), "--once", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert sum(each.get("linked", 0) for each in told) == COUNT + 1
    checked(desk, COUNT + 2)
    assert "created" not in desk.once().stdout


def renumber(mailbox: User) -> None:
    """Make the server number the mailbox anew: another UIDVALIDITY, other UIDs."""
    for name in ("dovecot-uidlist", "dovecot.index", "dovecot.index.log", "dovecot.index.cache"):
        (mailbox.maildir / name).unlink(missing_ok=True)
    (mailbox.maildir / "dovecot-uidvalidity").unlink(missing_ok=True)
    for path in mailbox.maildir.glob("dovecot-uidvalidity.*"):
        path.unlink()
    time.sleep(1.1)  # UIDVALIDITY is a time in seconds


def test_mail_is_moved_once_it_is_decided(desk: Desk, mailbox: User, ca: LocalCA) -> None:
    desk.write(support=receive(mailbox, ca, ", after: {decided: {move_to: Archive}}"))
    mailbox.append([mail(n) for n in range(30)])
    assert desk.once().returncode == 0
    assert mailbox.doveadm("mailbox", "status", "messages", "INBOX").split()[-1] == "messages=0"
    assert mailbox.doveadm("mailbox", "status", "messages", "Archive").split()[-1] == "messages=30"


def test_a_new_message_is_a_record_at_once_and_ctrl_c_ends_cleanly(
    desk: Desk, mailbox: User
) -> None:
    process = desk.start("--json")
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if '"caught_up"' in line:
                break
        mailbox.append([mail(0)])
        delivered = time.monotonic()
        for line in process.stdout:
            if '"decided"' in line:
                break
        assert time.monotonic() - delivered < 30  # pushed, not polled each minute
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (process.returncode, errors) == (0, "")
    checked(desk, 1)


def test_a_wrong_password_is_said_and_the_other_account_goes_on(
    desk: Desk, mailbox: User, user: User, ca: LocalCA
) -> None:
    desk.environment["WRONG"] = "wrong-canary-77"
    bad = receive(mailbox, ca).replace("MAIL_PASSWORD", "WRONG")
    desk.write(sales=bad, support=receive(user, ca))
    mailbox.append([mail(0)])
    done = desk.once()
    assert done.returncode == 3
    assert "sales: error[PR511]" in done.stderr
    assert "wrong-canary-77" not in done.stdout + done.stderr
    checked(desk, 1)


def test_a_certificate_of_a_stranger_is_refused(desk: Desk, mailbox: User, ca: LocalCA) -> None:
    text = receive(mailbox, ca)
    desk.write(support=text.replace(f", ca_file: {ca.ca_file}", ""))
    done = desk.once()
    assert done.returncode == 3
    assert "error[PR512]" in done.stderr
