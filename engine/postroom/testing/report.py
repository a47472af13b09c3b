"""What test cases came to, for people and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.source.render import as_json, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.model.plain import Json
    from postroom.testing.cases import Report, Result
    from postroom.testing.compare import Difference
    from postroom.testing.coverage import Coverage
    from postroom.testing.mutation import Mutation


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


def coverage_lines(coverage: Coverage) -> Iterator[str]:
    """Yield what was not seen of which comparison, at its place, and the share that was."""
    for each in coverage.missing:
        yield f"{each.place}: `{each.text}` was never {each.missing}"
    count = len(coverage.comparisons)
    of = "1 comparison" if count == 1 else f"{count} comparisons"
    yield f"coverage {coverage.percent} %: {coverage.seen} of the {2 * count} outcomes of {of} seen"


def coverage_data(coverage: Coverage) -> dict[str, Json]:
    """Return the same as plain data."""
    return {
        "percent": coverage.percent,
        "comparisons": [
            {"text": each.text, "place": each.place, "true": each.true, "false": each.false}
            for each in coverage.comparisons
        ],
    }


def mutation_lines(mutation: Mutation) -> Iterator[str]:
    """Yield which mistakes no case notices, each at its place, and how many there were."""
    for mutant in mutation.survivors:
        yield f"{mutant.span.place}: no case notices that {mutant.words}"
    tried = mutation.killed + len(mutation.survivors)
    words = f"{tried} small mistakes made in the rules: {mutation.killed} noticed by a case"
    yield words + (f"; {mutation.left} more not tried, the time was over" if mutation.left else "")


def mutation_data(mutation: Mutation) -> dict[str, Json]:
    """Return the same as plain data."""
    return {
        "killed": mutation.killed,
        "left": mutation.left,
        "survivors": [
            {"place": mutant.span.place, "rule": mutant.rule, "change": mutant.words}
            for mutant in mutation.survivors
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
