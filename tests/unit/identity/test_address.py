from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.identity.address import canonical


@pytest.mark.parametrize(
    ("written", "same_as"),
    [
        ("Ann@Partner.Example", "ann@partner.example"),
        (" ann@partner.example ", "ann@partner.example"),
        ("ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
        ("ann@xn--BCHER-kva.example", "ann@xn--bcher-kva.example"),
        ("\uff41nn@partner.example", "ann@partner.example"),
        ("", ""),
        ("postmaster", "postmaster"),
    ],
)
def test_addresses_are_compared_in_one_form(written: str, same_as: str) -> None:
    assert canonical(written) == same_as


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ann@stra\u00dfe.example", "ann@strasse.example"),
        ("ann+x@partner.example", "ann@partner.example"),
        ("a.nn@partner.example", "ann@partner.example"),
        ("\u0430nn@partner.example", "ann@partner.example"),  # a Cyrillic a
    ],
)
def test_different_mailboxes_stay_different(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@given(st.text())
def test_every_text_has_a_form_and_keeps_it(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)
