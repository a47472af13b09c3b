"""Looking fields up for many conditions at once leaves out none that holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import re2
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from tests.language.desk import SCHEME, scope, words
from tests.language.searches import WAYS
from tests.language.strategies import conditions, item_lists, item_texts, paths, scopes

from postroom.lang.compile import compile_condition, compile_value
from postroom.lang.needs import needs
from postroom.lang.search import one_pass
from postroom.rules.matching import Matching
from postroom.rules.ruleset import Filter

if TYPE_CHECKING:
    from postroom.lang.expression import Condition
    from postroom.lang.matcher import Matcher
    from postroom.lang.scope import Scope
    from postroom.lang.search import MakeSearch


thorough = settings(max_examples=60, suppress_health_check=list(HealthCheck))


def matcher(asked: list[Condition], make: MakeSearch = one_pass) -> Matcher:
    rules = [Filter("", each.span, each, "discard") for each in asked]
    return Matching(make)._matcher(rules)


def compiled(*texts: str) -> list[Condition]:
    return [compile_condition(words(text), SCHEME) for text in texts]


@st.composite
def likely(draw: st.DrawFn, asked: Scope) -> str:
    """Return a condition that looks for what is there, or for something like it."""
    path = draw(st.sampled_from([*paths("text"), 'headers["X-A"]']))
    of = draw(st.sampled_from(sorted(item_lists)))
    items, item = draw(st.sampled_from(item_lists[of])), draw(st.sampled_from(item_texts[of]))
    in_test = draw(st.booleans()) and not item.startswith("(")
    shown = f'first({items}){item.removesuffix(".")} ?? ""' if in_test else path
    piece = draw(pieces_of(compile_value(words("${" + shown + "}"), SCHEME).of(asked)))
    escaped = re2.escape(piece)
    test = draw(
        st.sampled_from(
            [
                f'contains "{piece}"', f'contains_any ["zzz", "{piece}"]', f'== "{piece}"',
                f'contains_all ["{piece}", "{piece[:1]}"]', f'starts_with "{piece}"',
                f'ends_with "{piece}"', f'in ["{piece}", "b"]', f'like "*{piece}*"',
                f'like "?*{piece}*"', f'matches r"{escaped}"', f'matches r"(zz|{escaped}).?"',
            ]
        )
    )  # fmt: skip
    asks = f"any({items}, {item} {test})" if in_test else f"{path} {test}"
    more = ["{}", "{} and size >= 0", "({} or account == 'q')", "not not {}"]
    return draw(st.sampled_from(more)).format(asks)


@st.composite
def pieces_of(draw: st.DrawFn, text: str) -> str:
    """Return a piece of a text, perhaps in other letters, as it can stand in quotes."""
    start = draw(st.integers(0, len(text)))
    piece = text[start : start + draw(st.integers(1, 9))]
    piece = draw(st.sampled_from([piece, piece.upper(), piece.lower()]))
    kept = (c for c in piece if c not in "\\\"'$\n*?" and not "\ud800" <= c <= "\udfff")
    return "".join(kept).strip() or "x"


@thorough
@given(st.data(), scopes, st.sampled_from(sorted(WAYS)))
def test_no_condition_that_holds_is_left_out(data: st.DataObject, asked: Scope, way: str) -> None:
    texts = data.draw(st.lists(likely(asked) | conditions(), min_size=1, max_size=6))
    found = compiled(*texts)
    candidates = matcher(found, WAYS[way]).candidates(asked)
    held = [number for number, each in enumerate(found) if each.holds(asked)]
    event(f"hold: {len(held)}, left out: {len(found) - len(candidates)}")
    assert set(held) <= set(candidates), [texts[n] for n in held if n not in candidates]
    assert candidates == sorted(candidates)


LOOKED_UP = [
    'subject contains "Rechnung 4711"',
    'subject == "x"',
    '"x" == subject',
    'subject in ["a", "b"]',
    '"ann@x.example" in to.addr_spec',
    'any(to, .domain == "x.example")',
    'any(attachments, .filename contains ".exe")',
    "from.domain in lists.partner_domains",
    'in_domain(from.domain, "x.example")',
    "subject contains_any lists.junk_phrases",
    'subject contains_all ["a", "bc"]',
    'subject starts_with "Re:"',
    'body.text ends_with "bye"',
    'subject like "*order*?"',
    r'subject matches r"\b(outage|down)\b"',
    r'extract(subject, r"PO-(\d+)") is not empty',
    'headers["X-A"] == "high"',
    "contact.known",
    "not auth.aligned",
    'subject contains "a" and size > 5',
    '(subject contains "a" or from.domain == "x.example") and not contact.known',
    'auth.dmarc.result == "fail"',
    'record.title == "a"',
    "size == 5",
]  # fmt: skip
ASKED = [
    "size > 5",
    'not subject contains "a"',
    'subject != "a"',
    'subject contains "a" or size > 5',
    r'subject matches r"\d{4}"',
    'subject like "*"',
    "subject is empty",
    'none(to, .domain == "x.example")',
    'all(to, .domain == "x.example")',
    'lower(subject) contains "a"',
    "subject contains from.local_part",
]  # fmt: skip


@pytest.mark.parametrize("text", LOOKED_UP)
def test_these_are_looked_up(text: str) -> None:
    assert matcher(compiled(text)).candidates(scope({"subject": "none of it"})) in ([], [0])
    assert matcher(compiled(text)).always == ()


@pytest.mark.parametrize("text", ASKED)
def test_these_are_always_asked(text: str) -> None:
    assert matcher(compiled(text)).candidates(scope()) == [0]


def test_of_several_demands_the_rarest_is_looked_up() -> None:
    (found,) = compiled('auth.aligned and subject contains "ab" and from.domain == "x.example"')
    known = needs(found.term) if found.term else None
    assert known is not None
    assert [fact.value for fact in known.need] == ["x.example"]


def test_what_does_not_fit_is_left_out_and_the_order_is_kept() -> None:
    found = compiled(
        'subject contains "outage"', "size > 5", 'from.domain == "x.example"',
        r'subject matches r"o(ut|ld) ?age"', 'subject contains "invoice"',
    )  # fmt: skip
    mail = scope({"subject": "An OUTAGE", "from": "ann@partner.example"})
    assert matcher(found).candidates(mail) == [0, 1, 3]


def test_a_pattern_is_looked_for_in_the_text_as_it_is() -> None:
    """Composing would hide an e from it that a mark follows."""
    found = compiled(
        'subject matches r"cafe"', 'subject contains "cafe"', 'subject contains "café"'
    )
    mail = scope({"subject": "Cafe\u0301"})
    assert [each.holds(mail) for each in found] == [True, False, True]
    assert matcher(found).candidates(mail) == [0, 1, 2]
    assert matcher(found[1:]).candidates(mail) == [1]
