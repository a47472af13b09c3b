"""Each way of signing in, end to end, at an authority that speaks https with its own CA."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from tests.servers.authority import CLIENT, SECRET, Authority
from tests.unit.runtime.signin.persons import SECRET_REF, Person, credentials, generic, microsoft

from postroom.model.settings import Secret, SecretRef
from postroom.model.signin import Provider, SignIn
from postroom.runtime.clock import SYSTEM, Clock
from postroom.runtime.secrets import Secrets
from postroom.runtime.signin.credential import Credentials
from postroom.runtime.signin.kept import Keeper
from postroom.runtime.signin.login import login
from postroom.source.diagnostic import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.ca import Certificate, LocalCA


@pytest.fixture
def authority(certificate: Certificate) -> Iterator[Authority]:
    with Authority(certificate) as running:
        yield running


class Moving:
    """A clock that a test turns on."""

    def __init__(self) -> None:
        self.time = datetime.now(UTC)  # noqa: TID251 - the authority reads the real one

    def clock(self) -> Clock:
        return Clock(now=lambda: self.time)

    def later(self, **span: Any) -> None:
        self.time += timedelta(**span)


WAYS: dict[str, tuple[Any, dict[str, Any], bool]] = {
    "generic, code": (generic, {"flow": "code"}, False),
    "generic, code, pasted": (generic, {"flow": "code"}, True),
    "generic, device": (generic, {"flow": "device"}, False),
    "generic, client": (generic, {"flow": "client", "client_secret": SECRET_REF}, False),
    "microsoft, device": (microsoft, {"flow": "device"}, False),
    "microsoft, code": (microsoft, {"flow": "code"}, False),
    "microsoft, client": (microsoft, {"flow": "client", "client_secret": SECRET_REF}, False),
}


@pytest.mark.parametrize("way", WAYS)
def test_tokens_are_had_renewed_and_lost(
    way: str, authority: Authority, ca: LocalCA, tmp_path: Path
) -> None:
    kind, changes, paste = WAYS[way]
    sign_in, moving = kind(authority, ca, **changes), Moving()
    made = credentials(tmp_path, moving.clock())
    login(made, sign_in, "imap", Person(authority, ca), paste=paste)
    live = made.of(sign_in)

    first = live.token("imap")
    assert first.reveal() in authority.access
    assert live.token("imap") == first, "one token serves until its time is nearly over"

    moving.later(minutes=57)
    second = live.token("imap")
    assert second != first, "renewed ahead of its end"
    assert second.reveal() in authority.access

    live.refused(second)
    third = live.token("imap")
    assert third not in (first, second), "what the server refused is not shown again"

    authority.revoke()
    authority.clients.clear()
    moving.later(hours=2)
    with pytest.raises(Problem) as raised:
        live.token("imap")
    assert raised.value.diagnostic.code == "PR416"
    assert "AADSTS" in raised.value.diagnostic.message, "the provider's own words are passed on"


def test_a_token_for_another_purpose_is_had_with_the_same_sign_in(
    authority: Authority, ca: LocalCA, tmp_path: Path
) -> None:
    sign_in, made = microsoft(authority, ca), credentials(tmp_path)
    login(made, sign_in, "imap", Person(authority, ca))
    live = made.of(sign_in)
    imap, graph = live.token("imap"), live.token("graph")
    assert "IMAP.AccessAsUser.All" in authority.access[imap.reveal()].scope
    assert "graph.microsoft.com" in authority.access[graph.reveal()].scope
    assert live.token("imap") == imap


def test_a_rotated_refresh_token_is_kept_before_its_access_token_is_used(
    authority: Authority, ca: LocalCA, tmp_path: Path
) -> None:
    sign_in, moving = generic(authority, ca), Moving()
    made = credentials(tmp_path, moving.clock())
    login(made, sign_in, "imap", Person(authority, ca))
    for _ in range(3):
        moving.later(hours=2)
        token = made.of(sign_in).token("imap")
        kept = made.keeper.read("corp")
        assert kept is not None
        assert kept.refresh_token in authority.refresh
        assert kept.access["mail"].token == token.reveal()


def test_a_provider_that_does_not_rotate_keeps_its_refresh_token(
    authority: Authority, ca: LocalCA, tmp_path: Path
) -> None:
    authority.rotates = False
    sign_in, moving = generic(authority, ca), Moving()
    made = credentials(tmp_path, moving.clock())
    login(made, sign_in, "imap", Person(authority, ca))
    moving.later(hours=2)
    assert made.of(sign_in).token("imap").reveal() in authority.access


def test_a_provider_with_odd_names_needs_no_code(
    certificate: Certificate, ca: LocalCA, tmp_path: Path
) -> None:
    names = {
        "client_id": "appKey", "redirect_uri": "returnTo", "code": "ticket", "scope": "rights",
        "access_token": "accessKey", "refresh_token": "renewKey", "expires_in": "lasts",
    }  # fmt: skip
    with Authority(certificate, names=names) as authority:
        odd = Provider(
            name="odd",
            authorize_url=authority.address("authorize") + "?tenant=7",
            token_url=authority.address("token"),
            scopes={"": ("mail", "offline")},
            parameters={
                "authorize": {
                    "client_id": "", "redirect_uri": "", "scope": "",
                    "appKey": "${client_id}", "returnTo": "${redirect_uri}", "rights": "${scope}",
                },
                "token": {
                    "client_id": "", "redirect_uri": "", "code": "",
                    "appKey": "${client_id}", "returnTo": "${redirect_uri}", "ticket": "${code}",
                },
                "refresh": {
                    "client_id": "", "refresh_token": "",
                    "appKey": "${client_id}", "renewKey": "${refresh_token}",
                },
            },
            answers={
                "access_token": "accessKey", "refresh_token": "renewKey", "expires_in": "lasts",
            },
        )  # fmt: skip
        sign_in, moving = generic(authority, ca, provider=odd), Moving()
        made = credentials(tmp_path, moving.clock())
        login(made, sign_in, "imap", Person(authority, ca))
        first = made.of(sign_in).token("imap")
        moving.later(hours=2)
        second = made.of(sign_in).token("imap")
        assert first != second
        assert second.reveal() in authority.access


def test_client_id_and_secret_can_be_sent_as_basic(
    authority: Authority, ca: LocalCA, tmp_path: Path
) -> None:
    sign_in = generic(authority, ca, flow="client", client_secret=SECRET_REF)
    sign_in = replace(sign_in, provider=replace(sign_in.provider, client="basic"))
    assert credentials(tmp_path).of(sign_in).token("imap").reveal() in authority.access


@pytest.mark.parametrize("kind", [generic, microsoft])
def test_a_wrong_secret_is_said_to_be_wrong_and_not_shown(
    kind: Any, authority: Authority, ca: LocalCA, tmp_path: Path
) -> None:
    sign_in = kind(authority, ca, flow="client", client_secret=SECRET_REF)
    with pytest.raises(Problem) as raised:
        credentials(tmp_path, secret="canary-secret").of(sign_in).token("imap")
    found = raised.value.diagnostic
    assert found.code == "PR416"
    assert "invalid_client" in found.message
    assert "canary" not in repr(found)
    assert "canary" not in str(raised.value)


@pytest.mark.parametrize("kind", [generic, microsoft])
@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_authority_that_is_busy_is_asked_later(
    kind: Any, status: int, authority: Authority, ca: LocalCA, tmp_path: Path
) -> None:
    sign_in = kind(authority, ca, flow="client", client_secret=SECRET_REF)
    body = {"error": "temporarily_unavailable"}
    authority.fails = [(status, body, {"Retry-After": "7"})]
    live = credentials(tmp_path).of(sign_in)
    with pytest.raises(Problem) as raised:
        live.token("imap")
    assert raised.value.diagnostic.code == "PR516"
    assert live.token("imap").reveal() in authority.access


@pytest.mark.parametrize("kind", [generic, microsoft])
def test_an_authority_whose_certificate_is_unknown_gets_no_secret(
    kind: Any, authority: Authority, ca: LocalCA, tmp_path: Path
) -> None:
    sign_in: SignIn = replace(
        kind(authority, ca, flow="client", client_secret=SECRET_REF), ca_file=None
    )
    with pytest.raises(Problem) as raised:
        credentials(tmp_path).of(sign_in).token("imap")
    assert raised.value.diagnostic.code == "PR516"
    assert authority.asked == []


def test_nobody_has_signed_in_yet(authority: Authority, ca: LocalCA, tmp_path: Path) -> None:
    with pytest.raises(Problem) as raised:
        credentials(tmp_path).of(generic(authority, ca)).token("imap")
    assert raised.value.diagnostic.code == "PR413"


@pytest.mark.parametrize("kind", [generic, microsoft])
def test_an_answer_with_another_state_is_not_taken(
    kind: Any, authority: Authority, ca: LocalCA, tmp_path: Path
) -> None:
    class Tricked(Person):
        def pasted(self) -> str:
            return super().pasted().replace("state=", "state=x")

    with pytest.raises(Problem) as raised:
        login(
            credentials(tmp_path),
            kind(authority, ca, flow="code"),
            "imap",
            Tricked(authority, ca),
            paste=True,
        )
    assert "does not belong to this sign-in" in raised.value.diagnostic.message


def application(folder: Path, *, password: bytes | None = None) -> Path:
    """Write a PEM file with the key of an application and its certificate; return its path."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "postroom")])
    now = datetime.now(UTC)  # noqa: TID251 - the authority reads the real one
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    hidden = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    kinds = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = folder / "application.pem"
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    path.write_bytes(key.private_bytes(*kinds, hidden) + pem)
    return path


def test_an_application_signs_in_with_its_certificate(
    authority: Authority, ca: LocalCA, tmp_path: Path
) -> None:
    pem = application(tmp_path)
    sign_in = microsoft(authority, ca, flow="client", certificate=pem)
    with pytest.raises(Problem) as raised:
        credentials(tmp_path).of(sign_in).token("imap")
    assert "invalid_client" in raised.value.diagnostic.message, "the directory does not know it"

    authority.certificates[CLIENT] = pem.read_bytes()
    token = credentials(tmp_path).of(sign_in).token("imap")
    assert token.reveal() in authority.access
    assert not any("client_secret" in asked for _, asked in authority.asked)


def test_a_certificate_that_cannot_be_used_says_why(
    authority: Authority, ca: LocalCA, tmp_path: Path
) -> None:
    locked = application(tmp_path, password=b"canary")
    alone = tmp_path / "alone.pem"
    alone.write_bytes(ca.ca_file.read_bytes())
    for path in (locked, alone, tmp_path / "missing.pem"):
        live = credentials(tmp_path).of(microsoft(authority, ca, flow="client", certificate=path))
        with pytest.raises(Problem) as raised:
            live.token("imap")
        assert raised.value.diagnostic.code == "PR417"
        assert "private key" in (raised.value.diagnostic.help or "")


def test_a_plugin_can_know_the_secret_of_an_application(
    authority: Authority, ca: LocalCA, tmp_path: Path
) -> None:
    """Secrets are asked of plugins first, here as anywhere."""
    asked: list[SecretRef] = []

    def vault(reference: SecretRef) -> Secret:
        asked.append(reference)
        return Secret(SECRET)

    keeper = Keeper(tmp_path / "data", tmp_path / "keys", {})
    made = Credentials(keeper, SYSTEM, Secrets(tmp_path, vault).resolve)
    sign_in = generic(authority, ca, flow="client", client_secret=SECRET_REF)
    assert made.of(sign_in).token("imap").reveal() in authority.access
    assert asked == [SECRET_REF]
