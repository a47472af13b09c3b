"""Whatever a rule file looks like: formatting keeps what it says, and formats but once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.authoring.formatting.styles import Stylist, meaning
from tests.unit.rules.kinds import KINDS

from postroom.authoring.formatting.format import formatted
from postroom.authoring.formatting.page import Page
from postroom.authoring.formatting.same import says_the_same
from postroom.authoring.layout import ROOT, walk
from postroom.hooks.manager import find_plugins
from postroom.rules.load import load, read_folder
from postroom.runtime.rulesets.loading import kinds_of
from postroom.source.nodes import Mapping, Sequence
from postroom.source.text import Source

TOP = Path(__file__).parents[4]
SINK = Path(__file__).parent / "sink.yaml"
SHIPPED = [path.name for path in sorted((TOP / "rules").iterdir()) if path.is_dir()]


@cache
def sink() -> tuple[Page, Any]:
    text = SINK.read_text("utf-8")
    return Page(text), meaning(load([Source("a.yaml", text)], KINDS))


def test_the_kitchen_sink_is_a_rule_set() -> None:
    assert load([Source("a.yaml", SINK.read_text("utf-8"))], KINDS).accounts


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False))
def test_however_it_is_written_it_keeps_its_meaning(random: Any) -> None:
    page, said = sink()
    text = Stylist(random).written(page.root, ROOT)
    once = formatted(text)
    assert says_the_same(Page(text), Page(once))
    assert meaning(load([Source("a.yaml", once)], KINDS)) == said
    assert formatted(once) == once


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_blocks_are_indented_by_two_and_keys_are_in_order(random: Any) -> None:
    text = formatted(Stylist(random).written(sink()[0].root, ROOT))
    page = Page(text)
    for node, _ in walk(page.root):
        if isinstance(node, Mapping) and not node.flow:
            columns = {page.column(entry.key.span.start) for entry in node.entries}
            assert len(columns) == 1
            assert columns.pop() % 2 == 0
        if isinstance(node, Sequence) and not page.is_flow(node):
            assert page.column(node.span.start) % 2 == 0
    account = page.root.get("accounts").get("help")  # type: ignore[union-attr]
    assert isinstance(account, Mapping)
    assert [entry.name for entry in page.root.entries] == [
        "version", "lists", "tables", "contacts", "groups", "filters", "accounts", "templates",
        "tests",
    ]  # fmt: skip
    assert [entry.name for entry in account.entries][:4] == ["table", "address", "receive", "send"]


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_rules_are_written_as_the_formatter_writes_them(name: str) -> None:
    kinds = kinds_of(find_plugins())
    sources = read_folder(TOP / "rules" / name)
    for source in sources:
        assert formatted(source.text) == source.text, source.name
    assert load(sources, kinds)


def test_the_example_of_the_language_keeps_its_meaning() -> None:
    sources = read_folder(TOP / "tests" / "unit" / "rules" / "example")
    after = [Source(source.name, formatted(source.text)) for source in sources]
    assert [a.text for a in after] != [s.text for s in sources]
    assert meaning(load(after, KINDS)) == meaning(load(sources, KINDS))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_slips_that_can_still_be_read_are_kept(data: st.DataObject) -> None:
    text = SINK.read_text("utf-8")
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        slip = data.draw(st.sampled_from(["\n", " ", "\n\n", " # x", "\n# x\n", "  \n", "\t", "é"]))
        text = text[:at] + slip + text[at:]
    try:
        Page(text)
        load([Source("a.yaml", text)], KINDS)
    except Exception:  # noqa: BLE001 - what cannot be read is not formatted
        return
    once = formatted(text)
    assert says_the_same(Page(text), Page(once))
    assert formatted(once) == once
