"""Mail that is handed over: by a real Postfix over LMTP and SMTP, and by HTTP."""

from __future__ import annotations

import signal
import socket
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from tests.end_to_end.desk import Desk, mail, titles
from tests.plugins.webhook.line import WebhookLine
from tests.plugins.webhook.requests import KEY, settings
from tests.servers.ports import free_ports
from tests.servers.postfix import Postfix

from postroom.hooks.failpoints import ENVIRONMENT

if TYPE_CHECKING:
    import subprocess
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
    """Return one that hands over nothing in the clear, knows our certificate, and signs in."""
    (port,) = free_ports(1)
    server = Postfix(
        f"smtp:[127.0.0.1]:{port}",
        "smtp_tls_security_level = verify\n",
        "smtp_tls_verify_cert_match = localhost\n",
        f"smtp_tls_CAfile = {ca.ca_file}\n",
        "smtp_sasl_auth_enable = yes\n",
        "smtp_sasl_security_options = noanonymous\n",
        f"smtp_sasl_password_maps = inline:{{ {{ [127.0.0.1]:{port} = gate:gate-47 }} }}\n",
    )
    desk.environment["GATE_PASSWORD"] = "gate-47"
    told = f"certificate: {certificate.cert}, key: {certificate.key}, username: gate"
    told += ", tls: required, password: {env: GATE_PASSWORD}"
    with handing_over(desk, server, f"{{use: smtp_in, port: {port}, {told}}}"):
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
