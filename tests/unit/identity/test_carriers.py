from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.identity import carriers
from postroom.identity.carriers import verify
from postroom.identity.token import KeyRing, Tokens
from postroom.model.message import Dsn, Mailbox, Message
from postroom.model.record import RecordRef

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
TOKENS = Tokens(KeyRing.single(bytes(range(64)), "kestrel"), {"contact": 1, "ticket": 3})
REF = RecordRef("ticket", 4711)
OTHER = RecordRef("ticket", 12)
PERSON = RecordRef("contact", 12)
TOKEN = TOKENS.mint(REF)
TAGGED = carriers.tagged("Printer on fire", TOKEN)
EMPTY = Message(sha256="", size=0)


def with_subject(subject: str) -> Message:
    return replace(EMPTY, subject=subject)


def our_id(ref: RecordRef) -> str:
    return carriers.message_id(TOKENS.mint(ref), "1c9f", "kestrel.example")


CARRIED = {
    "references": replace(EMPTY, references=("a@b.example", our_id(REF), "c@d.example")),
    "references (in reply to)": replace(EMPTY, in_reply_to=(our_id(REF),)),
    "plus_address": replace(
        EMPTY, to=(Mailbox(None, carriers.plus_address("help@kestrel.example", TOKEN.lower())),)
    ),
    "plus_address (delivered to)": replace(
        EMPTY, headers=(("Delivered-To", f"help+{TOKEN}@kestrel.example"),)
    ),
    "header": replace(EMPTY, dsn=Dsn(present=True, original_message_ids=(our_id(REF),))),
    "subject": with_subject(TAGGED),
}


@pytest.mark.parametrize("name", CARRIED)
def test_a_token_is_found_wherever_mail_carries_it(name: str) -> None:
    fact = verify(CARRIED[name], TOKENS, NOW)
    assert (fact.valid, fact.ref, fact.problem) == (True, REF, "")
    assert fact.carrier == name.partition(" ")[0]


SUBJECTS = {
    "answered": "Re: " + TAGGED,
    "answered and marked by a gateway": "AW: [EXTERNAL] Re: " + TAGGED,
    "lower case": TAGGED.lower(),
    "upper case": TAGGED.upper(),
    "folded with a space": TAGGED[:20] + "\r\n " + TAGGED[20:],
    "folded with a tab": TAGGED[:20] + "\t" + TAGGED[20:],
    "zero-width space inside": TAGGED[:20] + "\u200b" + TAGGED[20:],
    "soft hyphen inside": TAGGED[:20] + "\u00ad" + TAGGED[20:],
    "no-break space inside": TAGGED[:20] + "\u00a0" + TAGGED[20:],
    "right-to-left marks": "\u200f" + TAGGED + "\u200e",
    "wide brackets": TAGGED.replace("[", "\uff3b").replace("]", "\uff3d"),
    "brackets lost": TAGGED.replace("[", "").replace("]", ""),
    "brackets and sign lost": "Re: " + TAGGED.replace("[#", "").replace("]", ""),
    "closing bracket lost": TAGGED.replace("]", ""),
    "O for 0": TAGGED.replace("0", "O"),
    "l for 1": TAGGED.replace("1", "l"),
    "cut behind it": ("Re: " + TAGGED)[:60],
    "at the end": f"Printer on fire [#{TOKEN}]",
    "after another tag": f"[#12] [#{TOKEN}] Printer",
}


@pytest.mark.parametrize("what", SUBJECTS)
def test_a_token_in_the_subject_survives(what: str) -> None:
    assert verify(with_subject(SUBJECTS[what]), TOKENS, NOW).ref == REF


@pytest.mark.parametrize(
    "subject", ["", "Printer on fire", "[#4711] Printer", "SUP-4711", "Re: [SUP-4711] Printer"]
)
def test_a_number_that_people_see_routes_nothing(subject: str) -> None:
    fact = verify(with_subject(subject), TOKENS, NOW)
    assert (fact.valid, fact.ref) == (False, None)


@pytest.mark.parametrize("name", CARRIED)
def test_a_forged_token_is_accepted_from_no_carrier(name: str) -> None:
    strangers = replace(TOKENS, ring=KeyRing.single(bytes(64), "kestrel"))
    fact = verify(CARRIED[name], strangers, NOW)
    assert not fact.valid
    assert fact.ref is None
    assert fact.problem.endswith("is not one of ours")


def test_of_two_records_the_more_trusted_carrier_counts_and_the_conflict_is_told() -> None:
    message = replace(with_subject(carriers.tagged("x", TOKENS.mint(OTHER))))
    fact = verify(replace(message, in_reply_to=(our_id(REF),)), TOKENS, NOW)
    assert (fact.valid, fact.ref, fact.carrier) == (True, REF, "references")
    assert fact.conflict == "records"
    assert fact.problem == (
        "valid tokens of several records: ticket 4711 (references) and ticket 12 (subject)"
    )


def test_of_two_tables_none_counts() -> None:
    message = with_subject(carriers.tagged("x", TOKENS.mint(PERSON)))
    fact = verify(replace(message, in_reply_to=(our_id(REF),)), TOKENS, NOW)
    assert (fact.valid, fact.ref, fact.conflict) == (False, None, "tables")


def test_the_answered_message_counts_more_than_older_ones_of_the_thread() -> None:
    message = replace(EMPTY, in_reply_to=(our_id(REF),), references=(our_id(OTHER), our_id(REF)))
    assert verify(message, TOKENS, NOW).ref == REF


def test_our_own_header_from_outside_means_nothing() -> None:
    message = replace(EMPTY, headers=(("X-Postroom-Record", TOKEN),))
    assert not verify(message, TOKENS, NOW).valid


def test_only_so_many_candidates_are_tried() -> None:
    forged = tuple(f"{i:032d}.x@kestrel.example" for i in range(1_000))
    message = replace(EMPTY, references=(our_id(REF), *forged))
    assert not verify(message, TOKENS, NOW).valid


@given(st.text(), st.lists(st.text(), max_size=5), st.text())
def test_no_text_is_mistaken_for_a_token(subject: str, ids: list[str], address: str) -> None:
    message = replace(EMPTY, subject=subject, references=tuple(ids), to=(Mailbox(None, address),))
    assert not verify(message, TOKENS, NOW).valid


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        (TAGGED, "Printer on fire"),
        ("Re: " + TAGGED, "Re: Printer on fire"),
        (f"Printer [#{TOKEN}] on fire", "Printer on fire"),
        ("[#4711] Printer", "[#4711] Printer"),
        ("[#" * 50, "[#" * 50),
        (f"[#{TOKEN[::-1]}] Printer", f"[#{TOKEN[::-1]}] Printer"),
    ],
)
def test_people_see_the_subject_without_our_token(subject: str, shown: str) -> None:
    assert carriers.untagged(subject, TOKENS, NOW) == shown


def test_mail_without_a_record_has_an_ordinary_message_id() -> None:
    assert carriers.message_id("", "1c9f", "kestrel.example") == "1c9f@kestrel.example"
    assert carriers.tagged("Printer", "") == "Printer"
