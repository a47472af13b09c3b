"""What test cases came to, as the XML that CI services read: the format of JUnit."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from postroom.testing.report import lines_of

if TYPE_CHECKING:
    from postroom.testing.cases import Report, Result

_TEXT = frozenset(map(ord, "\t\n\r"))
_RANGES = (range(0x20, 0xD800), range(0xE000, 0xFFFE), range(0x10000, 0x110000))
"""What XML 1.0 (section 2.2) has."""


def as_junit(report: Report) -> str:
    """Return the report; each account is a suite, each case says at which line it stands."""
    top = Element("testsuites", name="postroom")
    by_account: dict[str, list[Result]] = {}
    for result in report.results:
        by_account.setdefault(result.case.account, []).append(result)
    for account, results in by_account.items():
        _add_suite(top, account, results)
    indent(top)
    text: str = tostring(top, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _add_suite(top: Element, account: str, results: list[Result]) -> None:
    suite = SubElement(top, "testsuite", name=account, tests=str(len(results)))
    failed = sum(not result.passed and result.problem is None for result in results)
    suite.set("failures", str(failed))
    suite.set("errors", str(sum(result.problem is not None for result in results)))
    for result in results:
        source = result.case.span.source
        line, _ = source.position(result.case.span.start)
        case = SubElement(
            suite, "testcase", classname=f"{source.name}.{account}", name=_plain(result.case.name)
        )
        case.set("file", source.name)
        case.set("line", str(line))
        if not result.passed:
            _add_failure(case, result)


def _add_failure(case: Element, result: Result) -> None:
    if result.problem is not None:
        kind, words = "error", result.problem.message
    else:
        kind = "failure"
        words = ", ".join(difference.what for difference in result.differences) + " not as expected"
    found = SubElement(case, kind, message=_plain(words))
    found.text = _plain("\n".join(lines_of(result)))


def _plain(text: str) -> str:
    """Return the text without what XML 1.0 cannot hold."""
    return "".join(c if _is_allowed(ord(c)) else "\ufffd" for c in text)


def _is_allowed(code: int) -> bool:
    """Return whether XML has this character."""
    return code in _TEXT or any(code in each for each in _RANGES)
