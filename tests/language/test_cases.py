"""Every case in cases/: an expression, a message, and what must come of it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML
from tests.language.desk import SCHEME, desk, scope, words

from postroom.lang.compile import compile_condition, compile_template, compile_value
from postroom.source.diagnostic import RuleError

if TYPE_CHECKING:
    from postroom.lang.scheme import Scheme

CASES = Path(__file__).parent / "cases"
KEYS = {"when", "value", "template", "as", "mail", "holds", "gives", "type", "because", "reads"}
WRONG_KEYS = {"when", "value", "template", "as", "wrong", "without_record"}


def _cases(kind: str) -> list[Any]:
    found = []
    for path in sorted(CASES.glob(f"{kind}*.yaml")):
        for number, case in enumerate(YAML(typ="safe").load(path), 1):
            text = case.get("when") or case.get("value") or case.get("template") or ""
            found.append(pytest.param(case, id=f"{path.stem}-{number}: {text}"[:100]))
    return found


@pytest.mark.parametrize("case", _cases("right"))
def test_it_gives_what_is_wanted(case: dict[str, Any]) -> None:
    assert set(case) <= KEYS
    asked = scope(case.get("mail"))
    if "when" in case:
        condition = compile_condition(words(case["when"]), SCHEME)
        assert condition.holds(asked) is case["holds"]
        if "because" in case:
            assert [(c.text, c.held) for c in condition.explain(asked)] == [
                (text, held) for each in case["because"] for text, held in each.items()
            ]
        if "reads" in case:
            assert sorted(condition.reads) == sorted(case["reads"])
    elif "value" in case:
        value = compile_value(words(case["value"]), SCHEME)
        assert _plain(value.of(asked)) == case["gives"]
        if "type" in case:
            assert str(value.type) == case["type"]
    else:
        template = compile_template(words(case["template"]), SCHEME, case["as"])
        assert template.render(asked) == case["gives"]


@pytest.mark.parametrize("case", _cases("wrong"))
def test_it_is_refused_at_its_place(case: dict[str, Any]) -> None:
    assert set(case) <= WRONG_KEYS
    scheme = desk(with_record=not case.get("without_record"))
    with pytest.raises(RuleError) as caught:
        _compile(case, scheme)
    found = [f"{d.code} {d.span.start + 1 if d.span else 0}" for d in caught.value.diagnostics]
    wanted = case["wrong"] if isinstance(case["wrong"], list) else [case["wrong"]]
    assert found == wanted


def _compile(case: dict[str, Any], scheme: Scheme) -> None:
    if "when" in case:
        compile_condition(words(case["when"]), scheme)
    elif "value" in case:
        compile_value(words(case["value"]), scheme)
    else:
        compile_template(words(case["template"]), scheme, case["as"])


def _plain(value: Any) -> Any:
    """Return a value as YAML has it."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return float(value)
    return getattr(value, "filename", value) if not hasattr(value, "isoformat") else str(value)
