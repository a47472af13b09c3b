"""What holds for every expression, whatever it says and whatever the mail holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.language.desk import SCHEME, scope, words
from tests.language.strategies import conditions, scopes, texts, trees

from postroom.lang import nodes
from postroom.lang.check import check_condition, context_for
from postroom.lang.compile import compile_condition, compile_template, compile_value
from postroom.lang.evaluate import Walk
from postroom.lang.parse import parse_condition, parse_hole
from postroom.lang.printer import printed
from postroom.source.diagnostic import RuleError

if TYPE_CHECKING:
    from postroom.lang.expression import Encoding
    from postroom.lang.scope import Scope

thorough = settings(max_examples=150, suppress_health_check=list(HealthCheck))


@thorough
@given(conditions(), scopes)
def test_no_well_typed_condition_raises_and_two_ways_of_working_it_out_agree(
    text: str, asked: Scope
) -> None:
    condition = compile_condition(words(text), SCHEME)
    generated = condition.holds(asked)
    assert generated is condition.holds(asked)
    context = context_for(words(text), SCHEME)
    term = check_condition(parse_condition(words(text)), context)
    assert term is not None
    assert Walk(asked).value(term) is generated


@thorough
@given(conditions(), scopes)
def test_an_explanation_can_be_recorded(text: str, asked: Scope) -> None:
    why = compile_condition(words(text), SCHEME).explain(asked)
    assert why
    for comparison in why:
        assert comparison.text
        json.dumps(comparison.operands)
        assert all(len(str(value)) < 3_000 for _, value in comparison.operands)


@thorough
@given(texts(), scopes, st.sampled_from(["plain", "header", "html", "url", "json"]))
def test_no_template_raises_and_every_encoding_keeps_its_promise(
    text: str, asked: Scope, encoding: Encoding
) -> None:
    hole = "${" + text + "}"
    shown = compile_template(words(f"x{hole}y"), SCHEME, encoding).render(asked)
    shown.encode()
    assert "\0" not in shown
    if encoding == "header":
        assert len(shown) <= 900
        assert shown.isprintable() or all(ord(c) >= 32 and c not in "\x7f\x85\u2028" for c in shown)
        assert "=?" not in shown
    if encoding == "html":
        assert not {"<", ">", '"', "'"} & set(shown)
    if encoding == "url":
        assert shown.isascii()
        assert not {"/", "?", "#", "&", " "} & set(shown)
    if encoding == "json":
        assert isinstance(json.loads(f'"{shown}"'), str)


@thorough
@given(texts(), scopes)
def test_a_value_gives_text_where_text_is_promised(text: str, asked: Scope) -> None:
    assert isinstance(compile_value(words("${" + text + "}"), SCHEME).of(asked), str)


@thorough
@given(trees)
def test_what_is_printed_and_parsed_again_is_the_same_tree(tree: nodes.Node) -> None:
    text = printed(tree)
    again = _parsed(text)
    assert again == tree
    assert printed(again) == text


@pytest.mark.parametrize(
    "text",
    [
        "subject | upper",
        "subject | lower | limit(80)",
        'record.due | date("DD.MM.YYYY") ?? "never"',
        "from.display_name | trim ?? contact.name",
        "(size + 1)",
    ],
)
def test_a_hole_that_is_printed_and_parsed_again_is_the_same(text: str) -> None:
    tree = parse_hole(words(text))
    assert printed(tree) == text
    assert parse_hole(words(printed(tree))) == tree
    for node in nodes.walk(tree):
        assert printed(node) == text[node.start : node.end]


@thorough
@given(trees)
def test_every_node_has_its_place(tree: nodes.Node) -> None:
    text = printed(tree)
    root = _parsed(text)
    for node in nodes.walk(root):
        assert 0 <= node.start < node.end <= len(text)
        assert printed(node) == text[node.start : node.end]
        before = node.start
        for child in node.children:
            assert before <= child.start < child.end <= node.end
            before = child.end


@thorough
@given(st.text(st.sampled_from("abcx.,()[]\"'=<>!&|?$ {}+-19 \nnotandorinisempty"), max_size=60))
def test_nothing_that_an_author_writes_breaks_the_checker(text: str) -> None:
    for compile_ in (compile_condition, compile_value):
        try:
            compile_(words(text), SCHEME)
        except RuleError as error:
            found = error.diagnostics
            assert found
            assert all(f.span is not None and f.span.start <= len(text) for f in found)


@pytest.mark.parametrize("signs", ["(", "[", "not ", "lower(", "any(to, ", "(1 + ", '("x" ?? '])
def test_deep_nesting_is_refused_not_followed(signs: str) -> None:
    closing = {"(": ")", "[": "]"}
    text = signs * 300 + '"x"' + "".join(closing.get(s, "") for s in reversed(signs * 300))
    with pytest.raises(RuleError):
        compile_condition(words(text[:4096]), SCHEME)


def test_the_deepest_expression_that_is_allowed_compiles() -> None:
    text = "(" * 30 + "contact.known" + ")" * 30
    assert compile_condition(words(text), SCHEME) is not None


def _parsed(text: str) -> nodes.Node:
    try:
        return parse_condition(words(text))
    except RuleError as error:
        pytest.fail(f"{text!r}: {error}")


@pytest.mark.parametrize(
    "text",
    [
        " or ".join(["contact.known"] * 240),
        " ?? ".join(["contact.vip"] * 270) + " ?? true",
        " ".join(["not"] * 30) + " contact.known",
        "(" * 10 + "size" + " + 1)" * 10 + " > 1",
        "subject in [" + ", ".join(['"ab"'] * 670) + "]",
        "any(to, " + " or ".join(['.domain == "ab"'] * 200) + ")",
    ],
)
def test_as_much_as_is_allowed_can_be_asked(text: str) -> None:
    assert len(text) <= 4096
    condition = compile_condition(words(text), SCHEME)
    condition.holds(scope())
    assert condition.explain(scope())
