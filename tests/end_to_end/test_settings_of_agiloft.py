"""From a block of Agiloft's properties to a mailbox that is read: both kinds of sign-in."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.servers.authority import SECRET, Authority

from postroom.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.servers.ca import Certificate, LocalCA
    from tests.servers.dovecot import User

BLOCKS = Path(__file__).parents[1] / "unit" / "authoring" / "agiloft"
TABLES = "version: 1\ntables: {ticket: {fields: {title: {type: text}}}}\n"


@pytest.fixture
def box(user: User, issuer: Authority, monkeypatch: pytest.MonkeyPatch, ca: LocalCA) -> User:
    monkeypatch.setattr(issuer, "person", user.name)
    monkeypatch.setenv("SSL_CERT_FILE", str(ca.ca_file))  # as if the system knew our authority
    return user


@pytest.fixture
def odd(certificate: Certificate, box: User, issuer: Authority) -> Iterator[Authority]:
    """Run an authority with the words that the block has; the mail server knows its tokens."""
    names = {
        "client_id": "app", "access_token": "accessKey",
        "refresh_token": "renewKey", "user_code": "typeThis",
    }  # fmt: skip
    with Authority(certificate, person=box.name, names=names, access=issuer.access) as authority:
        yield authority


def imported(
    name: str, folder: Path, changes: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> str:
    """Import a block of the tests whose hosts are ours; return what is said of it."""
    text = (BLOCKS / f"{name}.properties").read_text("utf-8")
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    (folder / "mail.properties").write_text(text, "utf-8")
    assert main(["import-settings", "agiloft", str(folder / "mail.properties")]) == 1
    done = capsys.readouterr()
    rules = folder / "rules"
    rules.mkdir()
    (rules / "imported.yaml").write_text(done.out, "utf-8")
    (rules / "tables.yaml").write_text(TABLES, "utf-8")
    assert main(["check", str(rules)]) == 0
    capsys.readouterr()
    return done.err


def test_google_a_person_pastes_the_address(
    box: User,
    issuer: Authority,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = imported(
        "google",
        tmp_path,
        {
            "imap.mail.example": f"localhost\nmail.agiloft.inbound.support.port={box.server.imaps}",
            "support@kestrel.example": box.name,
            "https://id.example/": issuer.address(""),
        },
        capsys,
    )
    assert "SUPPORT_CLIENT_SECRET" in said
    assert "canary" not in said
    monkeypatch.setenv("SUPPORT_CLIENT_SECRET", SECRET)

    class Browser:
        """Opens the address that was shown, and gives back the one that it was sent to."""

        def readline(self, _limit: int = -1) -> str:
            shown = capsys.readouterr().out
            (url,) = (line.strip() for line in shown.splitlines() if "https://" in line)
            return issuer.visit(url) + "\n"

    monkeypatch.setattr("sys.stdin", Browser())
    assert main(["login", "support", "--rules", str(tmp_path / "rules")]) == 0
    assert f"support: signed in as {box.name}" in capsys.readouterr().out
    (asked,) = (each for _, each in issuer.asked[-3:] if "code" in each)
    assert asked["redirect_uri"] == "https://kestrel.example/oauth"


def test_microsoft_a_person_types_a_code(
    box: User, odd: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = imported(
        "microsoft",
        tmp_path,
        {
            "outlook.mail.example": "localhost",
            "port = 993": f"port = {box.server.imaps}",
            "owner@kestrel.example/billing@kestrel.example": box.name,
            "Helpdesk/New": "INBOX",
            "https://id.example/": f"{odd.base}/",
        },
        capsys,
    )
    assert "%MOON_PHASE%" in said

    def type_it() -> None:
        while not odd.devices:
            waiting.wait(0.01)
        (device,) = odd.devices.values()
        odd.approve(device.user_code)

    waiting = threading.Event()
    typing = threading.Thread(target=type_it, daemon=True)
    typing.start()
    assert main(["login", "billing", "--rules", str(tmp_path / "rules")]) == 0
    typing.join(20)
    assert f"billing: signed in as {box.name}" in capsys.readouterr().out
    assert odd.asked[0][1]["client_id"] == "app-id", "as `app`: it does not know the usual word"
