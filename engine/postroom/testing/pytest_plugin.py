"""Collect the test cases of rule folders: `python -m pytest -p postroom.testing.pytest_plugin DIR`.

A folder is taken for one of rules if a rule file with `accounts:` lies directly in it. Where rules
lie otherwise, name their folders in the pytest settings: `postroom_rules = rules/helpdesk`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postroom.source.diagnostic import RuleError
from postroom.source.render import as_text
from postroom.testing.cases import run
from postroom.testing.report import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike
    from pathlib import Path

    from postroom.rules.ruleset import Case, RuleSet
    from postroom.testing.cases import Result

_INI = "postroom_rules"
_SUFFIXES = (".yaml", ".yml")
_MARK = b"accounts:"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the settings name the folders."""
    words = "folders of rule files whose test cases are run, instead of looking for them"
    parser.addini(_INI, words, type="paths", default=[])


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take a folder of rules as a whole; leave all other folders to pytest."""
    named = parent.config.getini(_INI)
    if path in named or (not named and _holds_rules(path)):
        return RuleFolder.from_parent(parent, path=path)
    return None


class CaseFailed(Exception):  # noqa: N818 - it is the word for it
    """A case that did not come out as it expects."""

    def __init__(self, result: Result) -> None:
        self.result = result
        super().__init__(result.case.name)


class RuleFolder(pytest.Directory):
    """A rule set with its cases."""

    def collect(self) -> Iterator[RuleCase]:
        """Yield the cases. Raises CollectError with every mistake in the rules."""
        from postroom.runtime.rulesets.loading import load_rules

        try:
            rules = load_rules(self.path)
        except RuleError as error:
            raise self.CollectError("\n\n".join(map(as_text, error.diagnostics))) from None
        for case in rules.cases:
            yield RuleCase.from_parent(self, name=case.name, case=case, rules=rules)


class RuleCase(pytest.Item):
    """One case."""

    def __init__(self, *, case: Case, rules: RuleSet, **usual: object) -> None:
        super().__init__(**usual)  # type: ignore[arg-type]
        self.case, self.rules = case, rules

    def runtest(self) -> None:
        """Run it. Raises CaseFailed."""
        result = run(self.case, self.rules, self.path)
        if not result.passed:
            raise CaseFailed(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: None = None) -> str:  # type: ignore[override]
        """Return what is not as expected, or the traceback of a fault of ours."""
        if isinstance(excinfo.value, CaseFailed):
            return "\n".join(lines_of(excinfo.value.result))
        return str(super().repr_failure(excinfo, style))

    def reportinfo(self) -> tuple[PathLike[str] | str, int | None, str]:
        """Return where the case stands."""
        source = self.case.span.source
        line, _ = source.position(self.case.span.start)
        return self.path / source.name, line - 1, self.case.name


def _holds_rules(folder: Path) -> bool:
    return any(
        file.suffix in _SUFFIXES and file.is_file() and _MARK in file.read_bytes().splitlines()
        for file in folder.iterdir()
    )
