"""What an authority, or somebody in its place, may answer, and what becomes of it."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.servers.authority import SECRET, TENANT, Authority
from tests.unit.runtime.signin.persons import (
    SECRET_REF,
    Person,
    credentials,
    generic,
    microsoft,
)

from postroom.runtime.signin.kept import Tokens
from postroom.runtime.signin.login import login
from postroom.source.diagnostic import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from threading import Event

    from tests.servers.ca import Certificate, LocalCA

    from postroom.model.signin import SignIn

    Kind = Callable[..., SignIn]

BOTH = pytest.mark.parametrize("kind", [generic, microsoft])
TOKEN = {"access_token": "a-token", "token_type": "Bearer"}


@pytest.fixture
def authority(certificate: Certificate) -> Iterator[Authority]:
    with Authority(certificate) as found:
        yield found


def application(kind: Kind, authority: Authority, ca: LocalCA) -> SignIn:
    return kind(authority, ca, flow="client", client_secret=SECRET_REF)


@BOTH
def test_a_redirection_is_not_followed_with_our_secrets(
    kind: Kind, authority: Authority, certificate: Certificate,
    ca: LocalCA, tmp_path: Path,
) -> None:  # fmt: skip
    with Authority(certificate) as other:
        authority.fails = [(307, {}, {"Location": other.address("token")})]
        live = credentials(tmp_path).of(application(kind, authority, ca))
        with pytest.raises(Problem) as caught:
            live.token("imap")
        assert other.asked == []
    assert caught.value.diagnostic.code == "PR516"
    assert "elsewhere" in caught.value.diagnostic.message


@BOTH
@pytest.mark.parametrize(
    "answer",
    [
        b"<html>please sign in to this network</html>",
        b"[" * 100_000,
        b"[]",
        b'{"access_token": ' + b'"' + b"x" * 3_000_000 + b'"}',
        b'{"expires_in": ' + b"9" * 5_000 + b"}",
        b"\xff\xfe",
        b"",
    ],
    ids=["html", "deep", "list", "large", "long number", "binary", "empty"],
)
def test_an_answer_without_sense_is_asked_for_again(
    answer: bytes, kind: Kind, authority: Authority, ca: LocalCA, tmp_path: Path
) -> None:
    authority.fails = [(200, answer, {})]
    live = credentials(tmp_path).of(application(kind, authority, ca))
    with pytest.raises(Problem) as caught:
        live.token("imap")
    assert caught.value.diagnostic.code == "PR516"
    assert SECRET not in str(caught.value.diagnostic)
    assert live.token("imap").reveal() in authority.access


@pytest.mark.parametrize(
    ("kind", "lasts"),
    [
        (generic, "9" * 400), (generic, 10**300), (generic, -1), (generic, math.nan),
        (generic, math.inf), (generic, None), (generic, {}),
        (microsoft, 10**300), (microsoft, math.nan),
    ],
)  # fmt: skip
def test_a_life_without_sense_is_bounded(
    kind: Kind, lasts: object, authority: Authority, ca: LocalCA, tmp_path: Path
) -> None:
    said = {**TOKEN, "expires_in": lasts, "refresh_token_expires_in": lasts}
    authority.fails = [(200, said, {})]
    made = credentials(tmp_path)
    live = made.of(application(kind, authority, ca))
    if kind is microsoft:  # msal does not take everything
        with suppress(Problem):
            live.token("imap")
    else:
        assert live.token("imap").reveal() == "a-token"
    kept = made.keeper.read("corp") or Tokens()
    in_ten_years = made.clock.now().timestamp() + 10 * 366 * 86_400
    assert all(each.until < in_ten_years for each in kept.access.values())
    assert kept.until < in_ten_years


def test_an_authority_that_asks_for_ten_years_of_peace_is_asked_in_an_hour(
    authority: Authority, ca: LocalCA, tmp_path: Path
) -> None:
    authority.fails = [(429, {}, {"Retry-After": "9" * 400})]
    live = credentials(tmp_path).of(application(generic, authority, ca))
    with pytest.raises(Problem) as caught:
        live.token("imap")
    assert caught.value.after is not None
    assert caught.value.after.total_seconds() == 3_600


def test_a_directory_that_does_not_exist_is_named(
    authority: Authority, ca: LocalCA, tmp_path: Path
) -> None:
    missing = replace(application(microsoft, authority, ca), tenant="no-such.example")
    authority.no_directory = "no-such.example"
    with pytest.raises(Problem) as caught:
        login(credentials(tmp_path), missing, "imap", Person(authority, ca))
    found = caught.value.diagnostic
    assert found.code == "PR416"
    assert "directory `no-such.example`" in found.message
    assert TENANT not in found.message


@pytest.mark.filterwarnings("ignore:Attempted too soon")  # msal sees that nobody waits here
@pytest.mark.parametrize(
    ("kind", "interval"),
    [(generic, 0), (generic, 10**9), (generic, "soon"), (generic, None), (microsoft, 0),
     (microsoft, 10**9)],
)  # fmt: skip
def test_the_pause_between_two_questions_is_bounded(
    kind: Kind, interval: object, authority: Authority, ca: LocalCA, tmp_path: Path
) -> None:
    """Neither without a pause nor in thirty years."""
    waits: list[float] = []
    made = credentials(tmp_path)

    def wait(_stop: Event, seconds: float) -> bool:
        waits.append(seconds)
        return False

    clock = replace(made.clock, wait=wait)
    authority.interval = interval
    authority.fails = [
        (400, {"error": "authorization_pending"}, {}),
        (400, {"error": "slow_down"}, {}),
    ]
    sign_in = kind(authority, ca, flow="device")
    login(replace(made, clock=clock), sign_in, "imap", Person(authority, ca))
    assert len(waits) == 3
    assert all(1 <= each <= 60 for each in waits)
    assert interval == 10**9 or waits[2] > waits[1], "RFC 8628 3.5"


class Clumsy(Person):
    """Pastes something else."""

    def __init__(self, authority: Authority, ca: LocalCA, paste: Callable[[str], str]) -> None:
        super().__init__(authority, ca)
        self._paste = paste

    def pasted(self) -> str:
        return self._paste(super().pasted())


PASTES: dict[str, tuple[Callable[[str], str], str, str]] = {
    "code alone": (lambda _: "4/0AX4XfWh", "no address with a code", "whole address"),
    "nothing": (lambda _: "", "no address with a code", "whole address"),
    "first address": (lambda _: "https://localhost/?state=x", "no address with a code", "whole"),
    "old address": (lambda url: url.replace("state=", "state=x"), "another sign-in", "newest"),
    "denied": (
        lambda url: url.partition("?")[0] + "?error=access_denied&error_description=no",
        "access_denied: no",
        "agree",
    ),
    "expired": (lambda url: url.replace("code=", "code=x"), "invalid_grant", "once"),
}


@pytest.mark.parametrize(
    ("kind", "pasted"),
    [*((generic, each) for each in PASTES), (microsoft, "old address"), (microsoft, "expired")],
)
def test_what_is_pasted_wrongly_is_told_with_what_to_do(
    kind: Kind, pasted: str, authority: Authority, ca: LocalCA, tmp_path: Path
) -> None:
    paste, words, hint = PASTES[pasted]
    made, person = credentials(tmp_path), Clumsy(authority, ca, paste)
    with pytest.raises(Problem) as caught:
        login(made, kind(authority, ca, flow="code"), "imap", person, paste=True)
    found = caught.value.diagnostic
    assert (found.code, words in found.message, hint in str(found.help)) == ("PR416", True, True)
    assert made.keeper.read("corp") is None
