"""Mail that is handed over: by a real Postfix over LMTP and SMTP, by HTTP, and by a pipe."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from tests.end_to_end.desk import POSTROOM, Desk, mail, titles
from tests.plugins.webhook.line import WebhookLine
from tests.plugins.webhook.requests import KEY, settings
from tests.servers.ports import free_ports
from tests.servers.postfix import Postfix

from postroom.hooks.failpoints import ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.ca import Certificate, LocalCA


@contextmanager
def running(desk: Desk, fail_at: str = "") -> Iterator[subprocess.Popen[str]]:
    """Run an engine that is ready for mail."""
    desk.environment[ENVIRONMENT] = fail_at
    process = desk.start("--json")
    desk.environment[ENVIRONMENT] = ""
    assert process.stdout is not None
    assert '"started"' in process.stdout.readline()
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


@pytest.fixture
def postfix(desk: Desk) -> Iterator[Postfix]:
    (port,) = free_ports(1)
    server = Postfix(f"lmtp:inet:127.0.0.1:{port}")
    with handing_over(desk, server, f"{{use: lmtp, port: {port}}}"):
        yield server


@pytest.fixture
def postfix_by_smtp(desk: Desk, ca: LocalCA, certificate: Certificate) -> Iterator[Postfix]:
    """Return one that hands over nothing in the clear, and knows our certificate."""
    (port,) = free_ports(1)
    server = Postfix(
        f"smtp:[127.0.0.1]:{port}",
        "smtp_tls_security_level = verify\n",
        "smtp_tls_verify_cert_match = localhost\n",
        f"smtp_tls_CAfile = {ca.ca_file}\n",
    )
    files = f"certificate: {certificate.cert}, key: {certificate.key}"
    with handing_over(desk, server, f"{{use: smtp_in, port: {port}, tls: required, {files}}}"):
        yield server


@contextmanager
def handing_over(desk: Desk, server: Postfix, receive: str) -> Iterator[None]:
    desk.write(support=receive, sales=receive)
    rules = desk.folder / "rules.yaml"
    rules.write_text(rules.read_text().replace("@kestrel.example", "@example.test"))
    try:
        server.start()
        yield
    finally:
        server.remove()


def accounts(desk: Desk) -> list[str]:
    rows = desk.sql("SELECT account FROM communications WHERE direction = 'in' ORDER BY account")
    return [row["account"] for row in rows]


def test_postfix_hands_over_a_message_for_several_accounts(desk: Desk, postfix: Postfix) -> None:
    """Each recipient has an answer of its own, and an account gets a message once."""
    ours = ["support@example.test", "support+x@example.test", "sales@example.test"]
    with running(desk):
        postfix.send(mail(0), [*ours, "nobody@example.test"])
        for each in ours:
            postfix.wait_for(each, "sent")
        postfix.wait_for("nobody@example.test", "bounced")
    assert accounts(desk) == ["sales", "support"]
    assert desk.titles() == titles(1) * 2


def test_postfix_keeps_what_an_engine_that_dies_had_not_committed(
    desk: Desk, postfix: Postfix
) -> None:
    """And what it had committed comes a second time, and is known."""
    to = "support@example.test"
    postfix.send(mail(0), [to])
    postfix.wait_for(to, "deferred")
    for number, point in enumerate(("in-transaction", "before-reply"), 1):
        with running(desk, point) as process:
            postfix.flush()
            assert process.wait(30) == -signal.SIGKILL
        postfix.wait_for(to, "deferred", 1 + number)
    with running(desk):
        postfix.flush()
        postfix.wait_for(to, "sent")
    assert desk.titles() == titles(1)
    assert accounts(desk) == ["support"]
    assert desk.one("SELECT count(*) FROM decisions WHERE outcome = 'duplicate'") == 1


def test_postfix_hands_over_by_smtp_and_one_answer_stands_for_all(
    desk: Desk, postfix_by_smtp: Postfix
) -> None:
    """What had been committed when the engine died comes again, and is known."""
    ours = ["support@example.test", "sales@example.test"]
    with running(desk, "before-reply") as process:
        postfix_by_smtp.send(mail(0), [*ours, "nobody@example.test"])
        assert process.wait(30) == -signal.SIGKILL
    for each in ours:
        postfix_by_smtp.wait_for(each, "deferred")
    with running(desk):
        postfix_by_smtp.flush()
        for each in ours:
            postfix_by_smtp.wait_for(each, "sent")
        postfix_by_smtp.wait_for("nobody@example.test", "bounced")
    assert desk.titles() == titles(1) * 2


def wait_for(port: int) -> None:
    """Wait until somebody listens, which an engine does a moment after it has started."""
    give_up_at = time.monotonic() + 30
    while time.monotonic() < give_up_at:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)


def test_a_webhook_is_answered_after_the_commit(desk: Desk) -> None:
    """A provider that heard nothing sends the request again, and what is known is known."""
    told = settings("mailgun", port=free_ports(1)[0])
    line = WebhookLine("mailgun", told)
    desk.environment["MAILGUN_KEY"] = KEY
    secret = "secret: {env: MAILGUN_KEY}"
    desk.write(support=f"{{use: webhook, provider: mailgun, port: {told.port}, {secret}}}")
    sent = line.request(mail(0), ["support@kestrel.example"], "ann@weaver.example")
    with running(desk, "before-reply") as process:
        wait_for(told.port)
        with pytest.raises(OSError):  # noqa: PT011 - the line breaks, one way or another
            line.post(sent)
        assert process.wait(30) == -signal.SIGKILL
    with running(desk):
        wait_for(told.port)
        assert line.post(sent)[0] == 200
        assert line.post(line.request(mail(1), ["x@y.example"], key="another key"))[0] == 401
    assert desk.titles() == titles(1)
    assert desk.one("SELECT count(*) FROM decisions WHERE outcome = 'duplicate'") == 1


def deliver(desk: Desk, raw: bytes, *words: str, fail_at: str = "") -> tuple[int, str]:
    """Hand in a message as a mail server's pipe does; return the exit code and what is said."""
    done = subprocess.run(
        [*POSTROOM, "deliver", "--rules", str(desk.folder), *words],
        input=raw,
        capture_output=True,
        check=False,
        timeout=120,
        env={**os.environ, **desk.environment, ENVIRONMENT: fail_at},
    )
    return done.returncode, done.stderr.decode()


@pytest.fixture
def folder(desk: Desk) -> Desk:
    desk.write(support="{use: eml, path: inbox}", closed="{use: eml, path: inbox}")
    (desk.folder / "inbox").mkdir()
    rules = desk.folder / "rules.yaml"
    text = rules.read_text()
    rules.write_text(text.replace("  closed:\n", "  closed:\n    active: false\n"))
    return desk


def test_a_pipe_delivers_with_and_without_an_engine(folder: Desk) -> None:
    to = ("--account", "support", "--sender", "ann@weaver.example")
    assert deliver(folder, mail(0), *to) == (0, "")
    with running(folder):
        assert deliver(folder, mail(1), *to) == (0, "")
        assert deliver(folder, mail(1), *to) == (0, "")
        assert deliver(folder, mail(2), "--account", "suport")[0] == 69
    assert folder.titles() == titles(2)
    assert list((folder.folder / "postroom-data/requests").iterdir()) == []


def test_the_exit_code_says_whether_to_try_again(folder: Desk) -> None:
    code, said = deliver(folder, mail(0), "--account", "suport")
    assert (code, "did you mean `support`?" in said) == (69, True)
    assert deliver(folder, b"\n", "--account", "support")[0] == 66
    assert deliver(folder, mail(0), "--account", "closed")[0] == 75
    broken = folder.folder / "broken.yaml"
    broken.write_text("accounts: {support: ")
    assert deliver(folder, mail(0), "--account", "support")[0] == 75
    broken.unlink()
    assert deliver(folder, mail(0) + b"x" * 60_000_000, "--account", "support")[0] == 65


def test_a_pipe_that_is_killed_leaves_the_message_to_its_sender(folder: Desk) -> None:
    to = ("--account", "support")
    assert deliver(folder, mail(0), *to, fail_at="in-transaction")[0] == -signal.SIGKILL
    assert deliver(folder, mail(0), *to, fail_at="committed")[0] == -signal.SIGKILL
    assert deliver(
        folder, b"From ann@weaver.example Mon Nov  2 08:00:00 2026\n" + mail(0), *to
    ) == (
        0,
        "",
    )
    assert folder.titles() == titles(1)
