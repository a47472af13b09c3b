"""A refresh token that is good once: whatever dies, and whoever asks at the same time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from tests.servers.authority import Authority
from tests.unit.runtime.signin.persons import Person, credentials, generic, microsoft

from postroom.hooks.failpoints import ENVIRONMENT, SIGN_IN_POINTS
from postroom.runtime.signin.login import login
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.ca import Certificate, LocalCA

    from postroom.runtime.signin.kept import Tokens

LOST = "renewed"
"""Between answer and disk: nobody can keep access if the provider takes the old token back then."""
TIMES = {"tokens-written": 2}
"""Tokens are written as they are first, to prove that they can be."""


@dataclass
class Station:
    """A sign-in whose access token has run out, and processes that want a new one."""

    authority: Authority
    ca: LocalCA
    folder: Path
    kind: str = "generic"

    def sign_in(self) -> None:
        person, made = Person(self.authority, self.ca), credentials(self.folder)
        kind = {"generic": generic, "microsoft": microsoft}[self.kind]
        login(made, kind(self.authority, self.ca, flow="code"), "imap", person)

    def start(self, fail_at: str = "") -> subprocess.Popen[str]:
        told = {
            "kind": self.kind,
            "base": self.authority.base,
            "authorize": self.authority.address("authorize"),
            "token": self.authority.address("token"),
            "ca": str(self.ca.ca_file),
            "folder": str(self.folder),
        }
        return subprocess.Popen(
            [sys.executable, "-m", "tests.unit.runtime.signin.renewing", json.dumps(told)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, ENVIRONMENT: fail_at},
        )

    def renewals(self) -> int:
        return sum(asked.get("grant_type") == "refresh_token" for _, asked in self.authority.asked)


@pytest.fixture
def station(certificate: Certificate, ca: LocalCA, tmp_path: Path) -> Iterator[Station]:
    with Authority(certificate) as authority:
        found = Station(authority, ca, tmp_path)
        found.sign_in()
        yield found


@pytest.mark.parametrize(
    ("kind", "overlapping", "point"),
    [
        *(("generic", "strict", point) for point in SIGN_IN_POINTS),
        *(("microsoft", "overlapping", point) for point in SIGN_IN_POINTS),
        ("generic", "overlapping", LOST),
    ],
)
def test_a_process_killed_while_it_renews_leaves_access(
    kind: str, overlapping: str, point: str, station: Station
) -> None:
    """At a provider of a rule file, and at Microsoft through its library."""
    if kind != station.kind:
        station.kind = kind
        station.sign_in()
    station.authority.overlaps = overlapping == "overlapping"
    killed = station.start(f"{point}:{TIMES.get(point, 1)}")
    said, _ = killed.communicate(timeout=30)
    assert (killed.returncode, said) == (-signal.SIGKILL, "")

    after = station.start()
    said, errors = after.communicate(timeout=30)
    if point == LOST and overlapping == "strict":
        assert "no longer gives tokens: invalid_grant" in errors
        return
    assert after.returncode == 0, errors
    assert said in station.authority.access
    asked = station.renewals()
    assert asked == (1 if point in ("before-renewal", "tokens-written", "tokens-kept") else 2)


def test_processes_that_want_a_token_at_once_ask_the_provider_once(station: Station) -> None:
    started = [station.start() for _ in range(4)]
    said = {each.communicate(timeout=30)[0] for each in started}
    assert [each.returncode for each in started] == [0] * 4
    assert station.renewals() == 1
    assert len(said) == 1
    assert said < set(station.authority.access)


def test_the_provider_is_not_asked_if_its_answer_could_not_be_kept(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = credentials(station.folder)
    live = made.of(generic(station.authority, station.ca))
    live.refused(live.token("imap"))

    def full(_name: str, _tokens: Tokens) -> None:
        raise Problem(Diagnostic("PR417", "no space left on device"))

    monkeypatch.setattr(made.keeper, "write", full)
    with pytest.raises(Problem):
        live.token("imap")
    assert station.renewals() == 0


def test_what_could_not_be_written_is_written_later(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = credentials(station.folder)
    live = made.of(generic(station.authority, station.ca))
    live.refused(live.token("imap"))
    write, calls = made.keeper.write, []

    def full_the_second_time(name: str, tokens: Tokens) -> None:
        calls.append(name)
        if len(calls) == 2:
            raise Problem(Diagnostic("PR417", "no space left on device"))
        write(name, tokens)

    monkeypatch.setattr(made.keeper, "write", full_the_second_time)
    with pytest.raises(Problem):
        live.token("imap")
    assert live.token("imap").reveal() in station.authority.access
    assert station.renewals() == 1, "what was given the first time is not lost"
    kept = made.keeper.read("corp")
    assert kept is not None
    assert kept.refresh_token in station.authority.refresh


def test_what_could_not_be_written_is_known_to_other_accounts_of_the_sign_in(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would show a refresh token that the provider has taken back."""
    made = credentials(station.folder)
    one, other = (made.of(generic(station.authority, station.ca)) for _ in range(2))
    old = one.token("imap")
    for each in (one, other):
        each.refused(old)
    write, calls = made.keeper.write, []

    def full_the_second_time(name: str, tokens: Tokens) -> None:
        calls.append(name)
        if len(calls) == 2:
            raise Problem(Diagnostic("PR417", "no space left on device"))
        write(name, tokens)

    monkeypatch.setattr(made.keeper, "write", full_the_second_time)
    with pytest.raises(Problem):
        one.token("imap")
    new = other.token("imap").reveal()
    assert new in station.authority.access
    assert one.token("imap").reveal() == new
    assert station.renewals() == 1


def test_a_token_that_is_said_to_live_for_no_time_is_not_renewed_at_every_request(
    station: Station,
) -> None:
    live = credentials(station.folder).of(generic(station.authority, station.ca))
    live.refused(live.token("imap"))
    station.authority.fails = [(200, {"access_token": "a-token", "expires_in": 0}, {})]
    assert live.token("imap").reveal() == "a-token"
    assert live.token("imap").reveal() == "a-token"
    assert station.renewals() == 1
