"""Findings in SARIF 2.1.0 (OASIS), which code hosts and editors read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postroom.authoring.pages import page_text
from postroom.source.codes import CODES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postroom.authoring.where import Where
    from postroom.source.diagnostic import Diagnostic
    from postroom.source.text import Span

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_NUMBERS = {code: number for number, code in enumerate(CODES)}


def as_sarif(
    found: Iterable[Diagnostic],
    where: Where,
    version: str,
    waived: Iterable[tuple[Diagnostic, str]] = (),
) -> dict[str, Any]:
    """Return a log of one run, as plain data; version is that of postroom.

    What is waived is in it as well, suppressed for the reason that stands beside it.
    """
    results = [_result(each, where) for each in found]
    for each, reason in waived:
        suppression = {"kind": "external", "justification": reason}
        results.append({**_result(each, where), "suppressions": [suppression]})
    codes = {result["ruleId"] for result in results}
    driver = {"name": "postroom", "version": version, "rules": _rules(codes)}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True}],
        "results": results,
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rules(codes: set[str]) -> list[dict[str, Any]]:
    """Return every code; of those that were found, the whole page, which is what viewers show."""
    return [
        {"id": code, "shortDescription": {"text": words}} | (_help(code) if code in codes else {})
        for code, words in CODES.items()
    ]


def _help(code: str) -> dict[str, Any]:
    text = page_text(code)
    return {"help": {"text": text, "markdown": text}}


def _result(found: Diagnostic, where: Where) -> dict[str, Any]:
    said = [found.message, *found.notes, *([f"help: {found.help}"] if found.help else [])]
    result: dict[str, Any] = {
        "ruleId": found.code,
        "ruleIndex": _NUMBERS[found.code],
        "level": found.severity,
        "message": {"text": "\n".join(said)},
    }
    if found.span:
        result["locations"] = [_location(found.span, where)]
    if found.related:
        result["relatedLocations"] = [
            {"message": {"text": words}, **_location(span, where)} for words, span in found.related
        ]
    return result


def _location(span: Span, where: Where) -> dict[str, Any]:
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    region = {
        "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column,
    }  # fmt: skip
    artifact = {"uri": where.uri(span.source.name)}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}
