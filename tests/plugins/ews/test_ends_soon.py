"""Whoever points EWS at Exchange Online is told that it ends there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postroom.cli.main import main
from postroom.rules.load import Kinds, load
from postroom.source.text import Source
from postroom_ews.settings import EwsSettings

if TYPE_CHECKING:
    from pathlib import Path

RULES = """\
version: 1
tables:
  ticket:
    fields:
      title: {{type: text}}
accounts:
  support:
    table: ticket
    address: support@kestrel.example
    receive:
      use: ews
      url: {url}
      mailbox: support@kestrel.example
      username: support@kestrel.example
      password: {{env: MAIL_PASSWORD}}
    access:
      create: [{{id: anybody, then: {{allow_as: sender}}}}]
      update: [{{id: answers, then: {{allow_as: sender}}}}]
    mapping:
      set: {{title: "${{subject}}"}}
"""


def warnings(url: str) -> list[str]:
    kinds = Kinds({"ews": EwsSettings}, {})
    found = load([Source("rules.yaml", RULES.format(url=url))], kinds).warnings
    return [each.help or "" for each in found if each.code == "PR420"]


@pytest.mark.parametrize(
    "host", ["outlook.office365.com", "OUTLOOK.office.com", "outlook.office365.com."]
)
def test_exchange_online_is_warned_of(host: str) -> None:
    assert warnings(f"https://{host}/EWS/Exchange.asmx") == ["use: graph"]


def test_exchange_on_premises_is_not() -> None:
    assert warnings("https://mail.kestrel.example/EWS/Exchange.asmx") == []
    assert warnings("https://outlook.office365.com.kestrel.example/EWS/Exchange.asmx") == []


def test_every_start_says_so_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = RULES.format(url="https://outlook.office365.com/EWS/Exchange.asmx")
    resting = text.replace("    table: ticket\n", "    table: ticket\n    active: false\n")
    (tmp_path / "rules.yaml").write_text(resting, "utf-8")
    main(["run", str(tmp_path), "--once", "--keys", str(tmp_path / "keys")])
    assert "warning[PR420]" in capsys.readouterr().err
