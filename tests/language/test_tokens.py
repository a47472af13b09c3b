"""What is told without the parser is what the parser tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st
from tests.language.desk import words
from tests.language.strategies import trees

from postroom.lang import parse
from postroom.lang.building import MAKERS
from postroom.lang.mistakes import KEYWORDS
from postroom.lang.printer import printed
from postroom.source.diagnostic import RuleError

if TYPE_CHECKING:
    from postroom.lang import nodes

SIGNS = [
    *(*KEYWORDS, "a", "from", "size", "r", "is_x", "A9_", "é", "not in", "is not empty", " ", "\n"),
    *('"x"', "'y\\''", 'r"\\d"', 'r"', '"\\"', "5", "5.5", "5MB", "5.", "5_"),
    *("(", ")", "[", "]", ".", ",", "|", "??", "?", "==", "=", "!=", "<", "<=", ">", "+", "-"),
]


def read(text: str, start: parse.Start) -> tuple[str, object]:
    """Return what comes of a text: its tree with every place, or what is wrong with it."""
    try:
        node = (parse.parse_hole if start == "hole" else parse.parse_condition)(words(text))
    except RuleError as error:
        return "wrong", [(f.code, f.message, f.help, f.span) for f in error.diagnostics]
    return "right", [(each, each.start, each.end, each.depth) for each in _all(node)]


def _all(node: nodes.Node) -> list[nodes.Node]:
    return [node, *(below for child in node.children for below in _all(child))]


def agree(text: str, start: parse.Start) -> None:
    """Hold what is read with shapes that other texts had to what the parser makes of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parse, "_shapes", {})
        anew = read(text, start)
    before = len(parse._shapes)
    assert read(text, start) == anew
    event(f"{anew[0]}, {'new shape' if len(parse._shapes) > before else 'known or unsure'}")


@given(trees)
def test_a_known_shape_gives_the_same_tree(tree: nodes.Node) -> None:
    agree(printed(tree), "condition")


@given(
    st.lists(st.sampled_from(SIGNS), max_size=9).map(" ".join),
    st.sampled_from(get_args(parse.Start)),
)
@example("any(references, . in in_reply_to)", "condition")
@example('record.is == true and subject | upper ?? "x"', "hole")
@example("record.empty is empty", "condition")
def test_any_text_gives_the_same(text: str, start: parse.Start) -> None:
    agree(text, start)


def test_a_shape_is_known_by_all_of_its_tokens() -> None:
    parse._shapes.clear()
    for text in ('subject contains "a"', 'cc_x   contains\n"b"', "size > 5", "size > 5MB"):
        read(text, "condition")
    assert len(parse._shapes) == 3


def test_every_rule_of_the_grammar_makes_a_node() -> None:
    rules = {rule.alias or rule.origin.name for rule in parse._expression_parser().rules}
    made = {name for name in rules if not name.startswith("_")}
    assert made - MAKERS.keys() <= {
        "expression", "conjunction", "comparison", "fallback", "sum", "postfix", "atom",
    }  # fmt: skip
    assert MAKERS.keys() <= made
