"""Units of sizes and of time spans."""

from __future__ import annotations

from datetime import timedelta

SIZES = {
    "KB": 10**3, "MB": 10**6, "GB": 10**9,
    "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30,
}  # fmt: skip
"""Bytes."""

SPANS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}

LONGEST = timedelta(days=36_525)
"""A hundred years: the longest time span that can be written."""

MEANT = {
    "b": "", "byte": "", "bytes": "",
    "k": "KB", "kb": "KB", "kib": "KiB",
    "mb": "MB", "mib": "MiB", "meg": "MB",
    "g": "GB", "gb": "GB", "gib": "GiB",
    "sec": "s", "secs": "s", "second": "s", "seconds": "s",
    "min": "m", "mins": "m", "minute": "m", "minutes": "m",
    "hr": "h", "hrs": "h", "hour": "h", "hours": "h",
    "day": "d", "days": "d",
    "wk": "w", "week": "w", "weeks": "w",
}  # fmt: skip
"""What people write instead, folded, and the unit that they mean; "" for a bare number."""
