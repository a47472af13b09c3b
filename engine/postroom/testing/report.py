"""What test cases came to, for people and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.source.render import as_json, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.model.plain import Json
    from postroom.testing.cases import Report, Result
    from postroom.testing.compare import Difference


def lines_of(result: Result) -> Iterator[str]:
    """Yield a failed case as a person reads it: its place, and each difference with the reasons."""
    yield f"{result.case.span.place}: {result.case.name}"
    if result.problem is not None:
        yield from (f"  {line}" for line in as_text(result.problem).split("\n"))
    for difference in result.differences:
        yield from (f"  {line}" for line in _difference(difference))


def as_data(report: Report) -> dict[str, Json]:
    """Return all of it as plain data: keys passed, failed, cases, untested."""
    return {
        "passed": sum(result.passed for result in report.results),
        "failed": sum(not result.passed for result in report.results),
        "cases": [_case(result) for result in report.results],
        "untested": [
            {"account": rule.account, "section": rule.section, "id": rule.id, "place": rule.place}
            for rule in report.untested
        ],
    }


def _difference(difference: Difference) -> Iterator[str]:
    indent = " " * len(difference.what)
    yield f"{difference.what}: expected {difference.expected}"
    yield f"{indent}    but got {difference.actual}"
    yield from (f"{indent}      {note}" for note in difference.notes)


def _case(result: Result) -> Json:
    return {
        "name": result.case.name,
        "place": result.case.span.place,
        "account": result.case.account,
        "passed": result.passed,
        "problem": as_json(result.problem) if result.problem else None,
        "differences": [
            {"what": d.what, "expected": d.expected, "actual": d.actual, "notes": [*d.notes]}
            for d in result.differences
        ],
    }
