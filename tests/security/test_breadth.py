"""Applications that may read every mailbox.

Row of docs/explanation/threats.md: over-broad OAuth.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.docs.page import blocks
from tests.plugins.manager.test_manager import ERRORS

from postroom.cli.main import main
from postroom.runtime.settings import folders
from postroom.runtime.signin.breadth import tenant_wide, warnings
from postroom.runtime.signin.kept import Access, Keeper, Tokens
from postroom.source.render import as_text

if TYPE_CHECKING:
    from pathlib import Path

RULES = """
version: 1
sign_ins:
  corp: {provider: microsoft, flow: client, tenant: kestrel.example, client_id: desk,
         client_secret: {env: NOBODY_SAYS}}
tables:
  note:
    fields:
      title: {type: text}
accounts:
  desk:
    table: note
    address: desk@kestrel.example
    receive: {use: imap, host: mail.example, username: desk@kestrel.example, auth: corp}
    access:
      create: [{id: all, then: {allow_as: sender}}]
      update: [{id: replies, then: {allow_as: sender}}]
    mapping: {set: {title: "${subject}"}}
"""


def token(claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{payload}.c2ln"


@pytest.mark.parametrize(
    "role",
    ["full_access_as_app", "Mail.ReadWrite", "Mail.Read", "Mail.Send", "MailboxSettings.Read"],
)
def test_a_token_that_opens_every_mailbox_is_named(role: str) -> None:
    assert tenant_wide(token({"roles": ["User.Read.All", role]})) == (role,)


@pytest.mark.parametrize(
    "claims",
    [
        {}, {"roles": []}, {"roles": ["IMAP.AccessAsApp"]}, {"scp": "Mail.ReadWrite"},
        {"roles": "Mail.Read"}, {"roles": [1, None]}, [], "x", None,
    ],
)  # fmt: skip
def test_a_scope_for_one_mailbox_is_not_named(claims: object) -> None:
    assert tenant_wide(token(claims)) == ()


@given(st.text(max_size=60) | st.builds("a.{}.b".format, st.text(max_size=60)))
def test_whatever_a_token_is_it_can_be_looked_at(text: str) -> None:
    assert tenant_wide(text) == ()


def test_a_token_that_is_too_deep_says_nothing() -> None:
    payload = base64.urlsafe_b64encode(b"[" * 40_000).decode()
    assert tenant_wide(f"a.{payload}.b") == ()


def test_accounts_name_a_sign_in_that_opens_every_mailbox(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rules.yaml").write_text(RULES, "utf-8")
    where, wide = folders(tmp_path), token({"roles": ["full_access_as_app"]})
    keeper = Keeper(where.data, where.keys)
    with keeper.alone("corp"):
        keeper.write("corp", Tokens(access={"x": Access(wide, 0)}))
    assert main(["accounts", "--rules", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "PR537 the sign-in `corp` opens every mailbox of the tenant: full_access_as_app" in shown
    assert "RBAC for Applications" in shown
    assert wide not in shown


def test_accounts_name_a_key_that_signs_for_the_whole_domain(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, _, rest = RULES.partition("provider: microsoft, flow: client, tenant: kestrel.example")
    signing = "provider: google, flow: service, user: desk@kestrel.example"
    text = before + signing + rest.replace("client_secret:", "key:", 1)
    (tmp_path / "rules.yaml").write_text(text, "utf-8")
    assert main(["accounts", "--rules", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "sign-in corp (google): signs in by itself" in shown
    assert "PR537 the sign-in `corp` can open every mailbox of the domain" in shown


def test_the_page_of_the_code_shows_what_is_said() -> None:
    (found,) = warnings("corp", [token({"roles": ["full_access_as_app"]})] * 2)
    assert next(blocks(ERRORS / "PR537.md")).text == as_text(found) + "\n"
