"""How much work an expression makes, counted in calls, and how large what comes of it gets."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from tests.language.desk import SCHEME, scope, words
from tests.language.strategies import conditions

from postroom.lang.check import check_condition, context_for
from postroom.lang.compile import compile_condition, compile_template, compile_value
from postroom.lang.generate import Generator
from postroom.lang.parse import parse_condition
from postroom.lang.terms import every

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.lang.expression import Encoding
    from postroom.lang.scope import Scope

CONDITIONS = [
    "any(to, .addr_spec in cc.addr_spec)",
    "any(to, .domain == from.domain)",
    "any(references, . in in_reply_to)",
    "all(to, not (lower(body.text) == .addr_spec))",
    "any(attachments, length(trim(body.text)) == .size)",
    'none(to, join(references, "") == .addr_spec)',
    "count(attachments, .filename contains subject) > 1",
    'any(to, extract(body.text, r"x(y)") == .domain)',
    'any(to, body.text matches r"zz" or .domain == "zz")',
    '"zz@x.example" in to.addr_spec',
]


def _mail(items: int) -> Scope:
    addresses = [f"a{i}@x.example" for i in range(items)]
    return scope(
        {
            "to": addresses,
            "cc": [f"b{i}@x.example" for i in range(items)],
            "references": [f"{i}@r" for i in range(items)],
            "in_reply_to": [f"{i}@s" for i in range(items)],
            "attachments": [{"filename": f"{i}.pdf"} for i in range(items)],
            "subject": "zz",
            "body": {"text": "y" * 100 * items},
        }
    )


def _calls(ask: Callable[[Scope], Any], asked: Scope) -> int:
    """Return how many functions are called, Python's own among them."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        ask(asked)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("text", CONDITIONS)
def test_twice_the_items_make_about_twice_the_work(text: str) -> None:
    condition = compile_condition(words(text), SCHEME)
    condition.holds(_mail(1))
    once, twice = (_calls(condition.holds, _mail(n)) for n in (200, 400))
    assert twice <= 2.2 * once
    explained, more = (_calls(condition.explain, _mail(n)) for n in (100, 200))
    assert more <= 2.2 * explained


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(conditions())
def test_the_work_of_any_condition_is_its_size_times_the_items(text: str) -> None:
    condition = compile_condition(words(text), SCHEME)
    condition.holds(_mail(1))
    assert condition.term is not None
    size = sum(1 for _ in every(condition.term))
    assert _calls(condition.holds, _mail(100)) <= 2 * size * (100 + 20)


def test_what_does_not_depend_on_the_item_is_worked_out_once() -> None:
    asked = words("any(to, lower(body.text) == .addr_spec or .domain in cc.domain)")
    term = check_condition(parse_condition(asked), context_for(asked, SCHEME))
    assert term is not None
    written = Generator().expression(term)
    before, _, loop = written.partition("any(")
    assert before.count(":=") == 2
    assert "(s)" not in loop.partition(" for i in ")[0]


def test_many_conditions_can_be_written_into_one_function() -> None:
    texts = ['subject == "a"', 'subject == "b" or any(to, .local_part == subject)', "size > 1"]
    terms = [compile_condition(words(text), SCHEME).term for text in texts]
    generator = Generator()
    written = ", ".join(generator.expression(term) for term in terms if term is not None)
    exec(f"def all_of_them(s): return ({written},)", generator.names)
    assert generator.names["all_of_them"](scope({"subject": "B"})) == (False, True, True)
    assert sum(name.startswith("t") for name in generator.names) == 1


def test_a_field_is_folded_once_for_a_message() -> None:
    asked = scope({"subject": "Grüße"})
    first = compile_condition(words('subject contains "x" or subject == "y"'), SCHEME)
    second = compile_condition(words('subject starts_with "z"'), SCHEME)
    first.holds(asked)
    assert list(asked.folded.values()) == ["grüsse"]
    asked.folded = dict.fromkeys(asked.folded, "zz")
    assert second.holds(asked)


def test_a_record_that_changes_on_the_way_is_read_anew() -> None:
    asked = scope({"record": {"title": "a"}})
    condition = compile_condition(words('record.title == "a"'), SCHEME)
    assert condition.holds(asked)
    asked.record = scope({"record": {"title": "b"}}).record
    assert not condition.holds(asked)


def test_text_is_encoded_once_for_all_patterns() -> None:
    asked = scope({"subject": "abc"})
    compile_condition(words('subject matches "x" or subject matches "y"'), SCHEME).holds(asked)
    assert asked.encoded == {"subject": b"abc"}


@pytest.mark.parametrize(
    ("encoding", "most"),
    [("plain", 1 << 20), ("html", 1 << 20), ("json", 1 << 20), ("header", 900)],
)
def test_what_comes_of_a_template_is_capped(encoding: Encoding, most: int) -> None:
    asked = scope({"body": {"text": "<é\x01😀" * 400_000}})
    template = compile_template(words("${body.text}${body.text}end"), SCHEME, encoding)
    assert len(template.render(asked)) <= most


def test_what_comes_of_a_value_is_capped() -> None:
    asked = scope({"body": {"text": "x" * 3_000_000}})
    assert len(compile_value(words("a ${body.text} ${body.text}"), SCHEME).of(asked)) <= 1 << 20


def test_a_template_is_capped_as_it_is_written() -> None:
    with pytest.raises(Exception, match="PR109"):
        compile_template(words("x" * 65_537), SCHEME, "plain")
    with pytest.raises(Exception, match="PR109"):
        compile_condition(words('subject == "' + "x" * 4_096 + '"'), SCHEME)
    with pytest.raises(Exception, match="PR109"):
        compile_condition(words(f"size in [{','.join(['1'] * 1001)}]"), SCHEME)
