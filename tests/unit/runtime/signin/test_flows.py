"""Each way of signing in, end to end, at an authority that speaks https with its own CA."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.servers.authority import CLIENT, SECRET, Authority
from tests.unit.runtime.signin import keys
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
        return Clock(now=lambda: self.time, wait=lambda _stop, _seconds: False)

    def later(self, **span: Any) -> None:
        self.time += timedelta(**span)


def test_a_token_for_another_purpose_is_had_with_the_same_sign_in(
    authority: Authority, ca: LocalCA, tmp_path: Path
) -> None:
    sign_in, made = microsoft(authority, ca), credentials(tmp_path, Moving().clock())
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
    assert "belongs to another sign-in" in raised.value.diagnostic.message


def test_an_application_signs_in_with_its_certificate(
    authority: Authority, ca: LocalCA, tmp_path: Path
) -> None:
    pem = keys.Application.written(tmp_path).path
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
    locked = keys.Application.written(tmp_path, password=b"canary").path
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


def test_several_mailboxes_under_one_sign_in_ask_the_provider_once(
    authority: Authority, ca: LocalCA, tmp_path: Path
) -> None:
    sign_in, moving = generic(authority, ca), Moving()
    made = credentials(tmp_path, moving.clock())
    login(made, sign_in, "imap", Person(authority, ca))
    moving.later(hours=2)
    authority.asked.clear()
    mailboxes = [made.of(sign_in) for _ in range(4)] * 2
    with ThreadPoolExecutor(len(mailboxes)) as threads:
        tokens = {each.reveal() for each in threads.map(lambda live: live.token("imap"), mailboxes)}
    assert len(tokens) == len(authority.asked) == 1


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("canary", "no RSA key"),
        ('{"private_key": "canary"}', "no RSA key"),
        ("{" * 9_000 + "canary", "no RSA key"),
        (keys.pem(b"canary").decode(), "no RSA key"),
        (keys.pem().decode(), ""),
        (keys.google(), ""),
    ],
    ids=["nonsense", "json without", "no json", "with a password", "PEM", "as Google gives it"],
)
def test_an_application_signs_in_the_name_of_a_mailbox(
    key: str, said: str, authority: Authority, ca: LocalCA, tmp_path: Path
) -> None:
    authority.service_keys[CLIENT] = keys.public()
    sign_in = generic(authority, ca, flow="service", key=SECRET_REF, user="desk@kestrel.example")
    live = credentials(tmp_path, secret=key).of(sign_in)
    if not said:
        token = live.token("imap")
        assert authority.access[token.reveal()].user == "desk@kestrel.example"
        return
    with pytest.raises(Problem) as raised:
        live.token("imap")
    assert raised.value.diagnostic.code == "PR417"
    assert said in raised.value.diagnostic.message
    assert "canary" not in repr((raised.value.diagnostic, raised.value.__context__))


def test_a_provider_may_want_other_claims(
    authority: Authority, ca: LocalCA, tmp_path: Path
) -> None:
    authority.service_keys[CLIENT] = keys.public()
    sign_in = generic(authority, ca, flow="service", key=SECRET_REF, user="desk@kestrel.example")
    parameters = {"claims": {"sub": "${user}/shared"}}
    wanted = replace(sign_in, provider=replace(sign_in.provider, parameters=parameters))
    token = credentials(tmp_path, secret=keys.google()).of(wanted).token("imap")
    assert authority.access[token.reveal()].user == "desk@kestrel.example/shared"


def test_what_another_key_has_signed_is_not_believed(
    authority: Authority, ca: LocalCA, tmp_path: Path
) -> None:
    other = rsa.generate_private_key(65537, 2048).public_key()
    kinds = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    authority.service_keys[CLIENT] = other.public_bytes(*kinds)
    sign_in = generic(authority, ca, flow="service", key=SECRET_REF, user="desk@kestrel.example")
    with pytest.raises(Problem) as raised:
        credentials(tmp_path, secret=keys.google()).of(sign_in).token("imap")
    assert raised.value.diagnostic.code == "PR416"
    assert "The signature is not good" in raised.value.diagnostic.message
