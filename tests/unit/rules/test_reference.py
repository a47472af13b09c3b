"""The reference page says what the checker reads, and its examples are right."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.docs.page import blocks

from postroom.hooks.manager import find_plugins
from postroom.rules.findings import Findings
from postroom.rules.load import Kinds, load
from postroom.rules.reference import as_markdown
from postroom.rules.settings import read_settings
from postroom.source.text import Source, Span

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "rule-files.md"


def test_the_page_holds_every_key() -> None:
    text = PAGE.read_text("utf-8")
    marker = next(line for line in text.splitlines() if line.startswith("<!-- made from"))
    written, _, _ = text.partition(marker)
    expected = f"{written}{marker}\n\n{as_markdown()}"
    if os.environ.get("POSTROOM_UPDATE_GOLDEN"):
        PAGE.write_text(expected, "utf-8")
        text = expected
    assert text == expected


@pytest.mark.parametrize("block", [b for b in blocks(PAGE) if b.language == "yaml"], ids=str)
def test_an_example_on_the_page_has_no_mistake(block: object) -> None:
    plugins = find_plugins()
    kinds = Kinds(
        {name: kind.settings for name, kind in plugins.transports().items()},
        {name: kind.settings for name, kind in plugins.notifiers().items()},
        receivers={name: kind.settings for name, kind in plugins.receivers().items()},
    )
    assert load([Source("example.yaml", block.text)], kinds).warnings == ()  # type: ignore[attr-defined]


def test_our_own_plugins_declare_settings_that_rule_files_can_say() -> None:
    plugins = find_plugins()
    span = Span(Source("a.yaml", "use: x\n"), 0, 3)
    found = {name: kind.settings for name, kind in plugins.transports().items()}
    found |= {name: kind.settings for name, kind in plugins.notifiers().items()}
    found |= {name: kind.settings for name, kind in plugins.receivers().items()}
    assert {"imap", "pop3", "lmtp", "eml", "maildir", "mbox", "smtp", "console", "file"} <= set(
        found
    )
    for name, settings in found.items():
        findings = Findings()
        read_settings(findings, settings, (), what=name, span=span, sign_in=lambda _: None)
        assert {f.code for f in findings.errors} <= {"PR402"}
