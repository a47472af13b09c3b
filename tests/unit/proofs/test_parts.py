"""The parts that proofs are made of: example mail, sample texts, and what folding keeps."""

from __future__ import annotations

import sys
import unicodedata
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.language.desk import CONTACT, TICKET

from postroom.lang.fields import FIELDS, Readable
from postroom.lang.patterns import Pattern, pattern
from postroom.lang.text import FOLDS, utf8
from postroom.model.message import Attachment, Mailbox
from postroom.rules.proofs.mail import Desk, scope_of
from postroom.rules.proofs.samples import samples
from postroom.rules.proofs.solve import Model

if TYPE_CHECKING:
    from postroom.lang.types import Form

DESK = Desk("help", "help@x.example", TICKET, CONTACT)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
VALUES: dict[str, Any] = {
    "text": "some text",
    "integer": 4711,
    "decimal": Decimal("2.5"),
    "boolean": True,
    "timestamp": NOON,
    "mailbox": Mailbox("Eve", "eve@evil.example"),
}
ITEMS: dict[str, Any] = {
    "text": "an item",
    "mailbox": Mailbox("Eve", "eve@evil.example"),
    "attachment": Attachment("a.pdf", "a/b", "a/b", "attachment", "", 5, "0", 1),
}


def value_for(field: Readable) -> object:
    if field.type.kind == "list":
        assert field.type.of is not None
        return (ITEMS[field.type.of.kind],)
    return field.type.values[-1] if field.type.values else VALUES[field.type.kind]


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.path)
def test_an_example_mail_can_have_any_value_in_any_field(field: Readable) -> None:
    name = "return_path" if field.path == "envelope.mail_from" else field.path
    value = value_for(field)
    assert field.get(scope_of(Model({name: value}, ()), DESK)) == value


@pytest.mark.parametrize(
    "written",
    [
        r"\b(outage|down)\b", r"PO-(\d{4,})", r"^(?:re|aw): [a-c]x+", r"(?i)foo[^x]bar?",
        r"\p{Lu}{3}a", r"a|b|c{2,3}", r"[]a]", r"[^[:alpha:]]z", r"\x41", r"\x{1F600}",
        r"(?P<name>x)\.y\*", r"\A\s+\S\z", r"a{3}?b*?", r"(a(b(c|d)))", r"\W\D\w",
    ],
)  # fmt: skip
def test_a_sample_is_found_by_its_pattern(written: str) -> None:
    compiled = pattern(written)
    assert isinstance(compiled, Pattern)
    assert any(compiled.found_in(utf8(text)) for text in samples(written))


@given(st.text(st.sampled_from("ab(|)[]^-\\{},0123*+?:PpxQ<>.d $"), max_size=40))
def test_samples_come_to_an_end_whatever_the_pattern(written: str) -> None:
    assert all(len(text) < 100_000 for text in samples(written))


NO_LETTERS = ("Cn", "Co", "Cs")
"""Unassigned, private, half of a pair: of a long stretch of them the first stand for all."""
LETTERS = [
    letter
    for category, stretch in groupby(map(chr, range(sys.maxunicode + 1)), unicodedata.category)
    for letter in (islice(stretch, 100) if category in NO_LETTERS else stretch)
]


@pytest.mark.parametrize("form", FOLDS)
def test_what_is_blank_when_it_is_folded_was_blank_before(form: Form) -> None:
    """Proofs take that for granted where a text is empty, and compared."""
    folded = {letter: FOLDS[form](letter) for letter in LETTERS}
    assert [x for x, y in folded.items() if (not y or y.isspace()) and not x.isspace()] == []
    if not form:
        assert [x for x, y in folded.items() if x.isspace() and not y.isspace()] == []
