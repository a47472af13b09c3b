"""The lints of plugins: their remarks are warnings like ours, and what they break is theirs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.docs.page import blocks
from tests.unit.rules.kinds import KINDS

from postroom.rules.lint import checked
from postroom.rules.load import load
from postroom.source.render import as_text
from postroom.source.text import Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.hooks.lints import Remark, SeenRule
    from postroom.rules.review import Review

TOP = Path(__file__).parents[3]
PAGE = TOP / "docs" / "how-to" / "write-a-lint.md"
ERROR = TOP / "docs" / "errors" / "PR359.md"
RULES = """\
version: 1
tables: {ticket: {fields: {title: {type: text, required: true}}}}
filters:
  common:
    - {id: big_one, shadow: true, when: size > 9MB, then: discard}
accounts:
  help:
    table: ticket
    address: help@x.example
    filters:
        - use: common
    # what follows is
    # what the page shows
        - {id: junk_2, when: size > 5, then: discard}
    access:
      create: [{id: all, then: {allow_as: sender}}]
      update: [{id: rest, then: deny}]
    mapping:
      set: {title: "${subject}"}
      rules: [{id: named, when: subject is empty, set: {title: none}}]
"""


def kebab() -> Any:
    """Return the lint of the page."""
    (code,) = (b.text for b in blocks(PAGE) if b.file and b.file.endswith("__init__.py"))
    names: dict[str, Any] = {}
    exec(compile(code, str(PAGE), "exec"), names)
    return names["Kebab"]


def reviewed(lint: Any, waivers: str = "") -> Review:
    sources = [Source("rules.yaml", RULES)]
    if waivers:
        sources.append(Source("waivers.yaml", waivers))
    return checked(load(sources, KINDS), {"kebab": lint})


def test_a_remark_is_shown_as_its_page_shows_it() -> None:
    shown = [as_text(each) for each in reviewed(kebab()).found]
    (page,) = (b.text.strip("\n") for b in blocks(ERROR) if "[PR359]" in b.text)
    assert shown[-1] == page
    assert "the id `big_one` is not in kebab case" in shown[0]
    assert len(shown) == 2


def test_a_remark_is_waived_by_the_id_of_its_rule() -> None:
    found = reviewed(
        kebab(), "waivers: [{code: PR359, rule: [junk_2, big_one], reason: they are old}]"
    )
    assert found.found == ()
    assert [each.code for each, _ in found.waived] == ["PR359", "PR359"]


def test_a_lint_sees_every_rule_with_what_it_does() -> None:
    seen: list[SeenRule] = []

    class Looking:
        name = "kebab"
        help = "nothing"

        def remarks(self, rules: Sequence[SeenRule]) -> list[Remark]:
            seen.extend(rules)
            return []

    assert reviewed(Looking).found == ()
    assert [(s.section, s.id, s.effect, s.shadow) for s in seen] == [
        ("filters", "big_one", "discard", True),
        ("filters", "junk_2", "discard", False),
        ("access", "all", "allow_as sender", False),
        ("access", "rest", "deny", False),
        ("mapping", "named", "set title", False),
    ]
    assert seen[1].when is not None
    assert seen[1].when.text == "size > 5"
    assert seen[1].reads == {"size"}
    assert seen[2].when is None


class Raising:
    name = "kebab"
    help = "nothing"

    def remarks(self, rules: object) -> list[Remark]:
        raise ValueError(f"no such rule: {rules}"[:12])


class Mumbling(Raising):
    def remarks(self, rules: object) -> list[Any]:
        return [f"look at {rules}"]


@pytest.mark.parametrize(
    ("lint", "why"),
    [(Raising, "ValueError: no such rule"), (Mumbling, "TypeError: str is no Remark about a span")],
)
def test_a_lint_that_fails_is_an_error_and_the_others_go_on(lint: Any, why: str) -> None:
    found = checked(load([Source("rules.yaml", RULES)], KINDS), {"a": lint, "kebab": kebab()}).found
    assert [each.code for each in found] == ["PR425", "PR359", "PR359"]
    assert found[0].message == f"the lint `a` of a plugin fails: {why}"
    assert found[0].severity == "error"
