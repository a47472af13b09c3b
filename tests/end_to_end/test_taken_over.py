"""Settings of another system are taken over, and log in: at the authority of the tests."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.end_to_end.test_login import login
from tests.servers.authority import CLIENT, TENANT, Authority

from postroom.cli.import_settings import carried

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.end_to_end.desk import Desk
    from tests.servers.ca import Certificate, LocalCA
    from tests.servers.dovecot import User

BLOCKS = Path(__file__).parents[1] / "unit" / "authoring" / "agiloft"
TABLES = "version: 1\ntables: {ticket: {fields: {title: {type: text}}}}\n"
ODD = {
    "client_id": "app", "access_token": "accessKey", "refresh_token": "renewKey",
    "user_code": "typeThis",
}  # fmt: skip


@pytest.fixture
def odd_issuer(certificate: Certificate, issuer: Authority) -> Iterator[Authority]:
    """Run an authority with odd names whose tokens the mail server believes."""
    with Authority(certificate, names=ODD, access=issuer.access) as authority:
        yield authority


def take_over(desk: Desk, name: str, issuer: Authority, user: User, ca: LocalCA) -> None:
    """Import a block as it is but for where its servers are, and whom they trust."""
    text = (BLOCKS / f"{name}.properties").read_text("utf-8")
    text = text.replace("app-id", CLIENT).replace("7a\\u0062c", TENANT)
    text = text.replace("https://id.example/${tenant_id}/oauth2", issuer.address("").rstrip("/"))
    text = text.replace("https://id.example", issuer.address("").rstrip("/"))
    for there in ("imap.mail.example", "outlook.mail.example"):
        text = text.replace(there, "localhost")
    for there in ("support@kestrel.example", "owner@kestrel.example/billing@kestrel.example"):
        text = text.replace(there, user.name)
    desk.folder.mkdir()
    block = desk.folder / "block.properties"
    block.write_text(text, "utf-8")
    written = carried(block, "ticket").text
    trusted = f"client_id: {CLIENT}\n    ca_file: {ca.ca_file}\n"
    written = written.replace(f"client_id: {CLIENT}\n", trusted)
    place = f"host: localhost\n      ca_file: {ca.ca_file}\n      port: {user.server.imaps}\n"
    written = written.replace("host: localhost\n", place).replace(
        "      folder: Helpdesk/New\n", ""
    )
    (desk.folder / "imported.yaml").write_text(written, "utf-8")
    (desk.folder / "tables.yaml").write_text(TABLES, "utf-8")


def test_a_person_signs_in_by_hand(desk: Desk, user: User, ca: LocalCA, issuer: Authority) -> None:
    take_over(desk, "google", issuer, user, ca)
    desk.environment["SUPPORT_CLIENT_SECRET"] = "app-canary-secret"
    issuer.clients[CLIENT] = "app-canary-secret"
    issuer.person = user.name
    process = login(desk, "support")
    assert process.stdin is not None
    assert process.stdout is not None
    shown = next(line.strip() for line in process.stdout if line.strip().startswith("https://"))
    assert "access_type=offline" in shown
    process.stdin.write(issuer.visit(shown) + "\n")
    process.stdin.flush()
    said, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert "support: signed in as" in said
    secrets = [asked.get("client_secret") for _, asked in issuer.asked]
    assert "app-canary-secret" in secrets


def test_a_person_types_a_code(desk: Desk, user: User, ca: LocalCA, odd_issuer: Authority) -> None:
    take_over(desk, "microsoft", odd_issuer, user, ca)
    process = login(desk, "billing")
    give_up = time.monotonic() + 60
    while not odd_issuer.devices and process.poll() is None and time.monotonic() < give_up:
        time.sleep(0.05)
    assert process.poll() is None, process.communicate()
    (device,) = odd_issuer.devices.values()
    device.user = user.name
    said, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert device.user_code in said
    assert "billing: signed in as" in said
