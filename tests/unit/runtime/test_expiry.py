"""What of an account ends, and when: as a provider says, as a rule file says, as a file says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.runtime.signin.keys import Application

from postroom.cli.main import main
from postroom.hooks.manager import find_plugins
from postroom.runtime.rulesets.loading import load_rules
from postroom.runtime.secrets import Secrets
from postroom.runtime.settings import folders
from postroom.runtime.signin.credential import StoredCredential
from postroom.runtime.signin.grant import Grant
from postroom.runtime.signin.kept import Keeper, Tokens
from postroom.runtime.watching.expiry import ends_of

if TYPE_CHECKING:
    from pathlib import Path

    from postroom.rules.ruleset import RuleSet

RULES = """
version: 1
providers:
  local: {authorize_url: https://id.example/a, token_url: https://id.example/t%s}
sign_ins:
  corp: {%s, client_id: abc}
tables:
  note: {fields: {title: {type: text}}}
accounts:
  desk:
    table: note
    address: desk@kestrel.example
    receive: {%s}
    access:
      create: [{id: all, then: {allow_as: sender}}]
      update: [{id: replies, then: {allow_as: sender}}]
    mapping: {set: {title: "${subject}"}}
"""
IMAP = "use: imap, host: mail.example, username: me, auth: corp"
SINCE = datetime(2026, 3, 1, tzinfo=UTC)
DAY = 86_400.0


def rules(
    folder: Path, sign_in: str = "provider: local", receive: str = IMAP, provider: str = ""
) -> RuleSet:
    (folder / "rules.yaml").write_text(RULES % (provider, sign_in, receive), "utf-8")
    return load_rules(folder, find_plugins())


def ends(folder: Path, found: RuleSet, tokens: Tokens | None = None) -> dict[str, int]:
    """Return what ends, with the whole days from the first of March."""
    keeper = Keeper(folder / "data", folder / "keys", {})
    if tokens is not None:
        keeper.write("corp", tokens)
    told = ends_of(found.accounts["desk"], keeper, Secrets(folder))
    return {each.what: (each.until - SINCE).days for each in told}


def held(**more: Any) -> Tokens:
    return Tokens("refresh", SINCE.timestamp(), **more)


KEPT = "what is kept of the sign-in `corp`"


@pytest.mark.parametrize(
    ("provider", "sign_in", "tokens", "days"),
    [
        ("", "provider: local", held(), None),
        ("", "provider: local", held(until=SINCE.timestamp() + 9 * DAY), 9),
        (", refresh_lasts: 30d", "provider: local", held(), 30),
        (", refresh_lasts: 30d", "provider: local, refresh_lasts: 5d", held(), 5),
        (", refresh_lasts: 30d", "provider: local", held(until=SINCE.timestamp() + 9 * DAY), 9),
        (", refresh_unused: 30d", "provider: local", held(used=SINCE.timestamp() + DAY), 31),
        ("", "provider: microsoft, flow: device", held(), 90),
        ("", "provider: google", held(used=SINCE.timestamp() + 20 * DAY), 200),
        ("", "provider: google, refresh_lasts: 7d", held(used=SINCE.timestamp() + DAY), 7),
        ("", "provider: google", Tokens(), None),
        ("", "provider: google", None, None),
    ],
)
def test_a_refresh_token_ends(
    provider: str, sign_in: str, tokens: Tokens | None, days: int | None, tmp_path: Path
) -> None:
    found = ends(tmp_path, rules(tmp_path, sign_in, provider=provider), tokens)
    assert found == ({} if days is None else {KEPT: days})


def test_accounts_say_when_a_refresh_token_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules(tmp_path, "provider: google, refresh_lasts: 7d")
    where = folders(tmp_path)
    Keeper(where.data, where.keys).write("corp", held())
    assert main(["accounts", "--rules", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "sign-in corp (google): signed in, its token is" in shown
    assert "would end on 2026-03-08" in shown


def test_the_day_of_a_secret_can_be_written_down(tmp_path: Path) -> None:
    secret = "client_secret: {env: APP_SECRET, until: 2026-03-10}"
    found = rules(tmp_path, f"provider: microsoft, flow: client, {secret}")
    assert ends(tmp_path, found) == {"the secret {env: APP_SECRET}": 10}
    receive = "use: pop3, host: mail.example, username: me, "
    receive += "password: {file: pass, until: 2026-03-02}"
    assert ends(tmp_path, rules(tmp_path, receive=receive)) == {"the secret {file: pass}": 2}


def test_a_day_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    receive = "use: pop3, host: mail.example, username: me, "
    receive += "password: {env: P, until: next year}"
    (tmp_path / "rules.yaml").write_text(RULES % ("", "provider: local", receive), "utf-8")
    assert main(["check", str(tmp_path)]) == 1
    shown = capsys.readouterr().out
    assert "error[PR405]: `password` says `until` when it is good, and names no day" in shown


def test_certificates_say_when_they_end_wherever_the_engine_was_started(tmp_path: Path) -> None:
    Application.written(tmp_path, ends=timedelta(days=20))
    of_sign_in = "provider: microsoft, flow: client, certificate: application.pem"
    at_door = "use: smtp_in, certificate: application.pem"
    named = {"the certificate of the sign-in `corp`", "the certificate that senders see"}
    found = [
        ends(tmp_path, rules(tmp_path, of_sign_in)),
        ends(tmp_path, rules(tmp_path, receive=at_door)),
    ]
    assert {what for each in found for what in each} == named
    assert len({days for each in found for days in each.values()}) == 1
    (tmp_path / "application.pem").unlink()
    assert ends(tmp_path, rules(tmp_path, of_sign_in)) == {}


@dataclass
class Shelf:
    """Keeps tokens in memory."""

    tokens: Tokens = field(default_factory=Tokens)
    unkept: dict[str, Tokens] = field(default_factory=dict)

    def write(self, _name: str, tokens: Tokens) -> None:
        self.tokens = tokens


def test_the_days_are_counted_from_what_came_last() -> None:
    class Standing:
        time = SINCE

        def now(self) -> datetime:
            return self.time

    shelf, clock = Shelf(), Standing()
    sign_in: Any = type("SignIn", (), {"name": "corp"})
    live = StoredCredential(sign_in, None, shelf, clock)  # type: ignore[arg-type]  # asks nobody
    start = SINCE.timestamp()

    def had(grant: Grant) -> tuple[float, float, float]:
        live.keep(grant, ["mail"], shelf.tokens)
        told = shelf.tokens
        return told.since - start, told.used - start, told.until and told.until - start

    assert had(Grant("a", 60, "one", 7 * DAY)) == (0, 0, 7 * DAY)
    clock.time += timedelta(days=1)
    assert had(Grant("b", 60)) == (0, DAY, 7 * DAY), "the old one goes on, and so does its end"
    assert had(Grant("c", 60, "", 3 * DAY)) == (0, DAY, 4 * DAY)
    assert had(Grant("d", 60, "two")) == (DAY, DAY, 0), "of the new one nobody said when it ends"
