"""Pieces of rule files on pages about mail providers: made whole, they check without a finding."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML
from tests.docs.page import Block, blocks

from postroom.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Iterator

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
PAGES = (
    "fastmail", "gmail", "google-workspace", "microsoft-365", "microsoft-imap", "postfix",
    "sign-in-with-oauth", "smtp-server", "webhooks",
)  # fmt: skip
WHOLE: dict[str, Any] = {
    "version": 1,
    "tables": {"ticket": {"fields": {"title": {"type": "text"}}}},
}
ACCOUNT: dict[str, Any] = {
    "table": "ticket",
    "address": "desk@kestrel.example",
    "access": {
        "create": [{"id": "all", "then": {"allow_as": "sender"}}],
        "update": [{"id": "replies", "then": {"allow_as": "sender"}}],
    },
    "mapping": {"set": {"title": "${subject}"}},
}
MAILBOX = {"use": "imap", "host": "mail.kestrel.example", "username": "desk@kestrel.example"}


def pieces() -> Iterator[tuple[str, Block]]:
    """Yield the blocks that are no files of their own."""
    for page in PAGES:
        for block in blocks(HOW_TO / f"{page}.md"):
            if block.language == "yaml" and not block.file:
                yield page, block


def whole(said: dict[str, Any]) -> dict[str, Any]:
    """Return a rule file in which a piece stands, with what it leaves to its reader."""
    sign_ins = said.get("sign_ins") or {"corp": {"provider": "microsoft", "client_id": "desk"}}
    found = {**WHOLE, **{name: said[name] for name in ("providers",) if name in said}}
    if "accounts" in said:
        accounts = said["accounts"]
    elif "receive" in said:
        accounts = {"desk": {"receive": said["receive"]}}
    else:
        accounts = {
            f"desk-{name}": {"receive": {**MAILBOX, "auth": name}, "address": f"{name}@x.example"}
            for name in sign_ins
        }
    used = {account["receive"].get("auth") for account in accounts.values()}
    found["sign_ins"] = {name: told for name, told in sign_ins.items() if name in used}
    return {**found, "accounts": {name: {**ACCOUNT, **told} for name, told in accounts.items()}}


@pytest.mark.parametrize(
    ("page", "block"), list(pieces()), ids=lambda each: str(getattr(each, "line", each))
)
def test_a_piece_of_a_rule_file_is_right(
    page: str, block: Block, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (tmp_path / "rules.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(whole(YAML(typ="safe").load(block.text)), file)
    code = main(["check", str(tmp_path)])
    said = capsys.readouterr().out
    assert (code, "warning" in said.partition("no errors")[0]) == (0, False), f"{page}: {said}"


def test_there_are_pieces_of_every_page_that_needs_some() -> None:
    assert {page for page, _ in pieces()} >= set(PAGES) - {"postfix"}
