"""Prefixes of subjects."""

from __future__ import annotations

import pytest

from postroom.mail.header.prefixes import keep_prefixes, read_prefixes


@pytest.mark.parametrize(
    ("subject", "kinds", "rest"),
    [
        ("Re: Fwd: Outage in Berlin", ["reply", "forward"], "Outage in Berlin"),
        ("AW: WG: Störung", ["reply", "forward"], "Störung"),
        ("RE[2]: Hello", ["reply"], "Hello"),
        ("Re^3: Hello", ["reply"], "Hello"),
        ("SV (4): Hej", ["reply"], "Hej"),
        ("TR : Réunion", ["forward"], "Réunion"),
        ("回复\uff1a你好", ["reply"], "你好"),
        ("İLT: Merhaba", ["forward"], "Merhaba"),
        ("Redir.: Salut", ["forward"], "Salut"),
        ("Hello: Re: you", [], "Hello: Re: you"),
        ("Regarding: you", [], "Regarding: you"),
        ("Re:", ["reply"], ""),
        ("", [], ""),
    ],
)
def test_prefixes_in_many_languages(subject: str, kinds: list[str], rest: str) -> None:
    found, left = read_prefixes(subject)
    assert [prefix.kind for prefix in found] == kinds
    assert left == rest


def test_prefixes_are_cut_after_a_chosen_number() -> None:
    assert keep_prefixes("Re: Fwd: AW: Outage", 1) == "Re: Outage"
    assert keep_prefixes("Re: Fwd: AW: Outage", 0) == "Outage"
    assert keep_prefixes("Re: Outage", 3) == "Re: Outage"


def test_a_flood_of_prefixes_costs_little() -> None:
    assert keep_prefixes("Re: " * 1_000 + "x", 1).startswith("Re: Re: ")
