"""Date fields (RFC 5322 3.3 and 4.3) as they are sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

from postroom.mail.header.address_scanner import cut_comments

_NAMES: Final = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS: Final = {name: number for number, name in enumerate(_NAMES.split(), 1)}
_ZONES: Final = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "met": 60,
    "cest": 120, "mest": 120, "eet": 120, "eest": 180, "msk": 180, "ist": 330, "jst": 540,
    "kst": 540, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360,
    "pst": -480, "pdt": -420,
}  # fmt: skip
"""Minutes east of Greenwich; a name that is not here counts as UTC (RFC 5322 4.3)."""
_LONGEST: Final = 200
_MOST_MINUTES: Final = 24 * 60 - 1


def read_date(value: str) -> datetime | None:
    """Return the moment a Date field names, in UTC; None if it cannot be made out."""
    usual = _usual(value.split())
    if usual is not None:
        return usual
    text = cut_comments(value[:_LONGEST]).replace(",", " ")
    if ":" in text:
        text = ":".join(piece.strip() for piece in text.split(":"))
    words = text.split()
    if len(words) == 1 or (words and "T" in words[0] and words[0][:4].isdigit()):
        return _iso(text.strip())
    if words and words[0][:3].isalpha():
        words = words[1:]
    try:
        return _moment(words)
    except (ValueError, OverflowError):
        return None


def _usual(words: list[str]) -> datetime | None:
    """Return the moment that `Mon, 12 Oct 2026 10:00:00 +0200` names; None for all else."""
    if len(words) < 6 or len(words[4]) != 8 or len(words[3]) != 4:  # noqa: PLR2004 - as in the example
        return None
    clock = words[4]
    try:
        numbers = int(clock[:2]), int(clock[3:5]), int(clock[6:])
        month = _MONTHS[words[2].lower()]
        moment = datetime(int(words[3]), month, int(words[1]), *numbers, tzinfo=_zone(words[5]))
        return moment.astimezone(UTC)
    except (ValueError, KeyError, OverflowError):
        return None


def _iso(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _moment(words: list[str]) -> datetime:
    """Put the moment together. Raises ValueError where something is missing or out of range."""
    if words and words[0].count("-") == 2 and not words[0].startswith("-"):  # noqa: PLR2004
        words = words[0].split("-") + words[1:]
    clock = next((n for n, word in enumerate(words) if ":" in word), None)
    if clock is None:
        clock = len(words)
    day, month, year = _calendar(words[:clock], words[clock + 1 :])
    hour, minute, second = _clock(words[clock]) if clock < len(words) else (0, 0, 0)
    zone = next((w for w in words[clock + 1 :] if not (w.isdigit() and len(w) == 4)), "+0000")  # noqa: PLR2004
    moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=_zone(zone))
    return moment.astimezone(UTC)


def _calendar(before: list[str], behind: list[str]) -> tuple[int, int, int]:
    """Return day, month and year; asctime puts the year behind the clock."""
    month = next((_MONTHS[w[:3].lower()] for w in before if w[:3].lower() in _MONTHS), 0)
    numbers = [int(w.rstrip(".")) for w in before if w.rstrip(".").isdecimal()]
    if len(numbers) == 1:
        numbers += [int(w) for w in behind if w.isdecimal() and len(w) == 4]  # noqa: PLR2004
    if not month and len(numbers) > 2:  # noqa: PLR2004 - 2024 01 31
        year, month, day = numbers[:3]
        return day, month, year
    if len(numbers) < 2:  # noqa: PLR2004
        raise ValueError("no day or no year")
    day, year = numbers[:2]
    if day > 31 >= year:  # noqa: PLR2004 - year first
        day, year = year, day
    if year < 100:  # noqa: PLR2004 - two digits (RFC 5322 4.3)
        year += 2000 if year < 50 else 1900  # noqa: PLR2004
    elif year < 1000:  # noqa: PLR2004 - three digits, of programs that count from 1900
        year += 1900
    return day, month, year


def _clock(word: str) -> tuple[int, int, int]:
    digits = [int(piece.partition(".")[0]) for piece in word.split(":")[:3]]
    return digits[0], digits[1], digits[2] if len(digits) > 2 else 0  # noqa: PLR2004


@lru_cache(maxsize=256)
def _zone(word: str) -> timezone:
    """Return the zone that +hhmm or a name stands for."""
    sign, digits = word[0], word[1:].replace(":", "")
    if sign in "+-" and digits.isdecimal() and 3 <= len(digits) <= 4:  # noqa: PLR2004
        minutes = int(digits[:-2]) * 60 + int(digits[-2:])
        offset = minutes if sign == "+" else -minutes
        return timezone(timedelta(minutes=max(-_MOST_MINUTES, min(_MOST_MINUTES, offset))))
    return timezone(timedelta(minutes=_ZONES.get(word.lower(), 0)))
