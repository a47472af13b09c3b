"""No pattern that an author writes can keep an engine busy: not when it runs, nor before."""

from __future__ import annotations

import time

import pytest
from tests.language.desk import SCHEME, scope, words
from tests.language.hostile_patterns import BURN, HANG

from postroom.lang.compile import compile_condition
from postroom.source.diagnostic import RuleError


@pytest.mark.timeout(20)
@pytest.mark.parametrize("pattern", HANG)
def test_a_pattern_that_tries_every_way_elsewhere_is_harmless(pattern: str) -> None:
    found = compile_condition(words(f'body.text matches r"{pattern}"'), SCHEME)
    text = HANG[pattern] * 10_000
    assert not found.holds(scope({"body": {"text": f"{text}!"}}))


@pytest.mark.parametrize("pattern", BURN)
def test_a_pattern_that_burns_its_compiler_is_refused_in_time(pattern: str) -> None:
    began = time.monotonic()
    with pytest.raises(RuleError) as refused:
        compile_condition(words(f'subject matches r"{pattern}"'), SCHEME)
    assert time.monotonic() - began < 2
    [found] = refused.value.diagnostics
    assert found.code == "PR208"
    assert found.message == "the pattern is too large to be run on mail"
    assert found.span is not None
    assert found.span.text == f'r"{pattern}"'
