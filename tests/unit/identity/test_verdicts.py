"""Every carrier with every kind of token, in one table; and one way only to be believed."""

from __future__ import annotations

import ast
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from postroom.identity.carriers import verify
from postroom.identity.token import Key, KeyRing, Tokens
from postroom.model.message import Dsn, Mailbox, Message
from postroom.model.record import RecordRef

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "golden" / "tokens" / "verdicts.txt"
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
TABLES = {"contact": 1, "ticket": 3}
REF = RecordRef("ticket", 4711)
OLD, NEW = bytes(range(64)), bytes(range(64, 128))
RING = KeyRing("kestrel", {0: Key(OLD, until=NOW), 1: Key(NEW)}, newest=1)
TOKENS = Tokens(RING, TABLES, {RecordRef("ticket", 12): 1})
"""Key 0 is past its date; the earlier tokens of ticket 12 are revoked."""
EMPTY = Message(sha256="", size=0)

CARRIERS: dict[str, Callable[[str], Message]] = {
    "In-Reply-To": lambda t: replace(EMPTY, in_reply_to=(f"{t}.1c9f@kestrel.example",)),
    "References": lambda t: replace(
        EMPTY, references=("a@b.example", f"{t}.1c9f@kestrel.example", "c@d.example")
    ),
    "plus-address in To": lambda t: replace(EMPTY, to=(Mailbox(None, f"a+{t}@kestrel.example"),)),
    "plus-address in Cc": lambda t: replace(EMPTY, cc=(Mailbox(None, f"a+{t}@kestrel.example"),)),
    "plus-address in Delivered-To": lambda t: replace(
        EMPTY, headers=(("Delivered-To", f"a+{t}@kestrel.example"),)
    ),
    "header in a returned DSN": lambda t: replace(
        EMPTY, dsn=Dsn(present=True, original_message_ids=(f"{t}.1c9f@kestrel.example",))
    ),
    "subject, in brackets": lambda t: replace(EMPTY, subject=f"Re: [#{t}] Printer"),
    "subject, brackets lost": lambda t: replace(EMPTY, subject=f"Re: {t} Printer"),
}
TOKEN = TOKENS.mint(REF)
KINDS = {
    "valid": TOKEN,
    "wrong tag": TOKEN[:20] + ("0" if TOKEN[20] != "0" else "1") + TOKEN[21:],
    "other instance": Tokens(replace(RING, instance="merlin"), TABLES).mint(REF),
    "revoked": Tokens(RING, TABLES).mint(RecordRef("ticket", 12)),
    "expired key": Tokens(KeyRing("kestrel", {0: Key(OLD)}, 0), TABLES).mint(REF),
    "expired record": TOKENS.mint(RecordRef("ticket", 99)),
    "none": "",
}


def _verdict(message: Message) -> str:
    fact = verify(message, TOKENS, NOW, lambda ref: ref.id == 99)
    if fact.valid and fact.ref is not None:
        return f"{fact.ref.table} {fact.ref.id}"
    return "refused" if fact.problem else "-"


def verdicts() -> str:
    """Return the table of results."""
    rows = [("carrier", *KINDS)]
    for carrier, carry in CARRIERS.items():
        rows.append((carrier, *(_verdict(carry(token)) for token in KINDS.values())))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        + "\n"
        for row in rows
    )


def test_every_carrier_is_held_to_the_same_test() -> None:
    if os.environ.get("POSTROOM_UPDATE_GOLDEN"):
        GOLDEN.write_text(verdicts(), "utf-8")
    assert verdicts() == GOLDEN.read_text("utf-8")


def test_the_page_on_tokens_shows_the_table() -> None:
    page = ROOT / "docs" / "explanation" / "tokens.md"
    assert verdicts() in page.read_text("utf-8")


@pytest.mark.parametrize("carrier", CARRIERS)
def test_only_a_valid_token_is_believed(carrier: str) -> None:
    believed = {
        kind for kind, token in KINDS.items() if _verdict(CARRIERS[carrier](token)) == "ticket 4711"
    }
    assert believed == {"valid"}


@pytest.mark.parametrize(
    "kind", ["wrong tag", "other instance", "revoked", "expired key", "expired record"]
)
def test_a_valid_token_counts_whatever_else_the_message_carries(kind: str) -> None:
    message = replace(
        CARRIERS["subject, in brackets"](TOKEN), in_reply_to=(f"{KINDS[kind]}.x@y.example",)
    )
    fact = verify(message, TOKENS, NOW, lambda ref: ref.id == 99)
    assert (fact.valid, fact.ref, fact.carrier) == (True, REF, "subject")


@cache
def _imports(path: Path) -> frozenset[str]:
    """Return `module.name` for every name that a module imports from postroom."""
    return frozenset(
        f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    )


def _users(*names: str) -> set[str]:
    """Return the modules of the engine, and of our plugins, that import one of these names."""
    found = set()
    for source in ("engine", "plugins"):
        for path in (ROOT / source).rglob("*.py"):
            if not _imports(path).isdisjoint(names):
                found.add(path.relative_to(ROOT / source).with_suffix("").as_posix())
    return found


def _calls(attribute: str) -> set[str]:
    """Return the modules that call `tokens.ATTRIBUTE(...)`, whatever stands before `tokens`."""
    found = set()
    for path in (ROOT / "engine").rglob("*.py"):
        text = path.read_text("utf-8")
        for node in ast.walk(ast.parse(text)) if f".{attribute}" in text else ():
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == attribute
                and ast.unparse(node.func.value).lstrip("_").endswith("tokens")
            ):
                found.add(path.relative_to(ROOT / "engine").with_suffix("").as_posix())
    return found


def test_there_is_one_way_to_be_believed() -> None:
    """A second path would be a second chance for a forger: see SECURITY, the record token."""
    assert _users("postroom.identity.token.unseal") == set()
    assert _calls("read") == {"postroom/identity/carriers"}
    assert _users("postroom.identity.carriers.verify") == {"postroom/pipeline/knowledge"}
    assert _users("postroom.identity.carriers.claimed") == {"postroom/pipeline/lookup"}


def test_routing_sees_nothing_but_the_result() -> None:
    for step in ("admit", "shape", "screen", "parsing", "plan"):
        names = _imports(ROOT / "engine" / "postroom" / "pipeline" / f"{step}.py")
        assert not {name for name in names if name.startswith("postroom.identity.carriers")}
        assert not {name for name in names if name.startswith("postroom.identity.token")}


@pytest.mark.parametrize(("days", "valid"), [(-1, True), (0, False), (1, False)])
def test_an_older_key_counts_until_its_date(*, days: int, valid: bool) -> None:
    message = CARRIERS["In-Reply-To"](KINDS["expired key"])
    assert verify(message, TOKENS, NOW + timedelta(days=days)).valid is valid
