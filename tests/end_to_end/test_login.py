"""From a rule file that declares a provider to mail read with its tokens, on real servers."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from tests.end_to_end.desk import POSTROOM, mail, titles
from tests.servers.authority import CLIENT
from tests.unit.runtime.signin import keys

if TYPE_CHECKING:
    from tests.end_to_end.desk import Desk
    from tests.servers.authority import Authority
    from tests.servers.ca import LocalCA
    from tests.servers.dovecot import User

SIGN_INS = """
providers:
  local:
    authorize_url: {authorize}
    token_url: {token}
    device_url: {device}
    scopes: [mail, offline]
sign_ins:
  corp: {{provider: local, flow: {flow}, client_id: {{env: CLIENT_ID}}, ca_file: {ca}}}
"""


@pytest.fixture
def mailbox(user: User, issuer: Authority) -> User:
    issuer.person = user.name
    return user


def write(desk: Desk, user: User, ca: LocalCA, issuer: Authority, flow: str) -> None:
    desk.environment["CLIENT_ID"] = CLIENT
    desk.write(
        support=f"{{use: imap, host: localhost, port: {user.server.imaps}, "
        f"username: {user.name}, auth: corp, ca_file: {ca.ca_file}}}"
    )
    text = SIGN_INS.format(
        authorize=issuer.address("authorize"),
        token=issuer.address("token"),
        device=issuer.address("devicecode"),
        flow=flow,
        ca=ca.ca_file,
    )
    (desk.folder / "sign-ins.yaml").write_text(text, "utf-8")


def login(desk: Desk, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*POSTROOM, "login", *words, "--rules", str(desk.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=desk.environment,
    )


def test_a_code_is_typed_on_another_machine_and_the_mailbox_is_read(
    desk: Desk, mailbox: User, ca: LocalCA, issuer: Authority
) -> None:
    write(desk, mailbox, ca, issuer, "device")
    mailbox.append([mail(n) for n in range(3)])

    before = desk.run("accounts", "--check", "--rules", str(desk.folder))
    assert (before.returncode, "PR413" in before.stdout) == (1, True)

    issuer.devices.clear()
    process = login(desk, "support")
    give_up = time.monotonic() + 60
    while not issuer.devices and time.monotonic() < give_up:
        time.sleep(0.05)
    (device,) = issuer.devices.values()
    device.user = mailbox.name
    said, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert device.user_code in said
    assert "support: signed in as" in said
    assert "3 messages" in said

    done = desk.once()
    assert (done.returncode, done.stderr) == (0, "")
    assert desk.titles() == titles(3)

    issuer.access.clear()  # the server knows the token no more, though its time is not over
    mailbox.append([mail(3)])
    assert desk.once().returncode == 0
    assert desk.titles() == titles(4)

    tokens = [*issuer.access, *issuer.refresh]
    files = [path.read_bytes() for path in desk.folder.rglob("*") if path.is_file()]
    assert tokens
    assert not any(token.encode() in file for token in tokens for file in files)


def test_the_address_is_pasted_where_no_browser_is(
    desk: Desk, mailbox: User, ca: LocalCA, issuer: Authority
) -> None:
    write(desk, mailbox, ca, issuer, "code")
    process = login(desk, "corp", "--paste")
    assert process.stdin is not None
    assert process.stdout is not None
    shown = next(line.strip() for line in process.stdout if line.strip().startswith("https://"))
    process.stdin.write(issuer.visit(shown) + "\n")
    process.stdin.flush()
    said, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert "corp: signed in" in said
    assert "support: signed in as" in said


def test_a_key_signs_for_the_mailbox_and_nobody_is_asked(
    desk: Desk, mailbox: User, ca: LocalCA, issuer: Authority
) -> None:
    write(desk, mailbox, ca, issuer, f"service, key: {{file: robot.json}}, user: {mailbox.name}")
    (desk.folder / "robot.json").write_text(keys.google(), "utf-8")
    done = desk.run("login", "support", "--rules", str(desk.folder))
    assert (done.returncode, "PR416" in done.stderr) == (3, True), "nobody knows the key"
    issuer.service_keys[CLIENT] = keys.public()
    done = desk.run("login", "support", "--rules", str(desk.folder))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"support: signed in as {mailbox.name}" in done.stdout


def test_an_account_without_a_sign_in_says_so(desk: Desk) -> None:
    desk.write(support="{use: eml, path: mail}")
    done = desk.run("login", "support", "--rules", str(desk.folder))
    assert done.returncode == 1
    assert "does not sign in with OAuth 2" in done.stderr
    done = desk.run("login", "suport", "--rules", str(desk.folder))
    assert done.returncode == 1
    assert "there is no account and no sign-in `suport`" in done.stderr
