"""Reply codes (RFC 5321 4.2) and enhanced status codes (RFC 3463) in what servers write."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

_BEFORE: Final = frozenset(" \t:;([<\"'-=>|,#*/.")
_UNITS: Final = frozenset(
    ("k", "kb", "kib", "kbytes", "m", "mb", "mib", "g", "gb", "b", "byte", "bytes", "day", "days",
     "hour", "hours", "min", "minutes", "s", "sec", "seconds", "lines", "characters", "attempts",
     "times", "messages", "recipients", "octets")
)  # fmt: skip
"""Words behind a number that is an amount."""


class Codes(NamedTuple):
    """What a text says in numbers."""

    smtp: int | None = None
    status: str = ""
    """`5.1.1`"""


def read_codes(text: str) -> Codes:
    """Return the first reply code and the first enhanced status code of a text.

    Numbers that are something else (a size, a part of an IP address) are passed over.
    """
    smtp: int | None = None
    status = ""
    place, end = 0, len(text)
    while place < end:
        if not ("0" <= text[place] <= "9"):
            place += 1
            continue
        start = place
        while place < end and (("0" <= text[place] <= "9") or text[place] == "."):
            place += 1
        number = text[start:place].rstrip(".")
        if start and text[start - 1] not in _BEFORE:
            continue
        if not status and _is_status(number):
            status = number
        elif smtp is None and _is_reply(number, text[place : place + 16]):
            smtp = int(number)
        if smtp is not None and status:
            break
    return Codes(smtp, status)


def read_status(value: str) -> str:
    """Return the enhanced status code that a Status field begins with, or ""."""
    word = value.strip().partition(" ")[0].strip("#()[];,")
    return word if _is_status(word) else ""


def kind_of(action: str, codes: Codes) -> Literal["hard", "soft"]:
    """Return whether a failure is for good.

    The class of the status code says so (RFC 3463 3.1: 4 is a persistent transient failure), else
    the reply code. A delivery that is still tried is soft.
    """
    if action == "delayed":
        return "soft"
    if codes.status:
        return "soft" if codes.status[0] == "4" else "hard"
    return "soft" if codes.smtp is not None and codes.smtp < 500 else "hard"  # noqa: PLR2004


def _is_status(number: str) -> bool:
    parts = number.split(".")
    return (
        len(parts) == 3  # noqa: PLR2004
        and parts[0] in ("2", "4", "5")
        and all(part.isdecimal() and len(part) <= 3 for part in parts)  # noqa: PLR2004
    )


def _is_reply(number: str, behind: str) -> bool:
    """Return whether three digits are a reply code that says that something failed."""
    if len(number) != 3 or number[0] not in "45" or number[1] not in "0123457":  # noqa: PLR2004
        return False
    if number[0] == "4" and number[1] not in "2357":
        return False
    if behind[:1] not in ("", " ", "-", "\n", "\t", ")", "]", ",", ";", ":", '"', "'", "#", "<"):
        return False
    words = behind[1:].lower().replace(")", " ").replace(",", " ").split()
    return behind[:1] == "-" or not words or words[0].strip(".;:") not in _UNITS
