"""Patterns that keep other engines busy for years, and ones that burn while they are compiled."""

from __future__ import annotations

HANG = {
    r"(a+)+$": "a",
    r"^([a-zA-Z]+)*$": "a",
    r"(a|aa)+$": "a",
    r"^(a|a?)+$": "a",
    r"(.*a){20}$": "a",
    r"^(([a-z])+.)+[A-Z]([a-z])+$": "a",
    r"(x+x+)+y": "x",
    r"^(\d+)*\.$": "1",
    r"^(\w+\s?)*$": "word ",
    r"^([a-z0-9.-]+)+@$": "a.",
    r"(?:(?:a|b|ab)*)*c": "ab",
    r"^(a*)*b$": "a",
    r"^\s*(\S+\s*)*:$": "ab",
}
"""Each with what to repeat and to put a `!` behind, so that every way is tried and none fits."""

BURN = (
    r"(.{100}){100}",
    r"((a{100}){100}){100}",
    r"((((.{9}){9}){9}){9}){9}",
    r"(\pL{50}){50}",
    r"(\w{30}){30}",
    r"(\pN|\pL|\pS){300}",
    r"(.{1,30}){1,30}x",
    r"(a?){1000}a{1000}",
    r"[^\x00-\x10]{1000}\pL{999}",
    r".{1000}",
    r"(?:(?:\PC{20}){20}){20}",
    r"(\b\w{1,99}\b){1,99}",
)
