from __future__ import annotations

from dataclasses import replace

import pytest

from postroom.ledger.dedupe import Sighting, Sightings
from postroom.model.batch import Found, Seen
from postroom.model.envelope import Place
from postroom.model.message import Message

INBOX = Place("INBOX", "1", "7")
MAIL = Message(sha256="aa", size=1, message_id="m@x.example", submission="ss")
KNOWN = Seen(5, "help", "in", "aa", None)


def known(**of: object) -> Found:
    """Return a ledger that knows MAIL, in epoch 1 of INBOX of `help`."""
    return Found(
        by_sha256={"aa": KNOWN},
        by_submission={"ss": KNOWN},
        by_message_id={"m@x.example": [KNOWN]},
        epochs={"aa": frozenset({("INBOX", "1")})},
        **of,  # type: ignore[arg-type]
    )


NEW = Sighting("new")
REUSED = Sighting("new", message_id_reused=True)
BY_BYTES = Sighting("duplicate", 5, "bytes")
LINK = Sighting("link", 5, "bytes")
BY_SUBMISSION = Sighting("duplicate", 5, "submission")


@pytest.mark.parametrize(
    ("what", "place", "message", "is_"),
    [
        ("another key of the mailbox", Place("INBOX", "1", "8"), MAIL, BY_BYTES),
        ("another folder", Place("Archive", "1", "7"), MAIL, BY_BYTES),
        ("another folder, another epoch", Place("Archive", "2", "7"), MAIL, BY_BYTES),
        ("the mailbox numbered anew", Place("INBOX", "2", "7"), MAIL, LINK),
        ("a copy by another path", INBOX, replace(MAIL, sha256="bb"), BY_SUBMISSION),
        ("other content, its id", INBOX, replace(MAIL, sha256="bb", submission="tt"), REUSED),
        ("other content, no hash", INBOX, replace(MAIL, sha256="bb", submission=""), REUSED),
        ("no id: bytes only", INBOX, replace(MAIL, sha256="bb", message_id=""), NEW),
        ("another message", INBOX, Message("cc", 1, message_id="n@x", submission="uu"), NEW),
    ],
)
def test_what_counts_as_the_same_message(
    what: str, place: Place, message: Message, is_: Sighting
) -> None:
    assert Sightings(known(), "help").judge(place, message) == is_, what


def test_a_message_id_known_to_another_account_is_not_reused() -> None:
    found = Found(by_message_id={"m@x.example": [replace(KNOWN, account="sales")]})
    assert Sightings(found, "help").judge(INBOX, MAIL) == NEW


def test_a_message_id_of_our_own_mail_is_not_reused() -> None:
    found = Found(by_message_id={"m@x.example": [replace(KNOWN, direction="out")]})
    assert Sightings(found, "help").judge(INBOX, MAIL) == NEW


def test_messages_of_one_batch_know_each_other() -> None:
    sightings = Sightings(Found(), "help")
    assert sightings.judge(INBOX, MAIL) == NEW
    sightings.note(INBOX, MAIL, 9)
    assert sightings.judge(Place("INBOX", "1", "8"), MAIL) == Sighting("duplicate", 9, "bytes")
    copy = replace(MAIL, sha256="bb")
    assert sightings.judge(INBOX, copy) == Sighting("duplicate", 9, "submission")
    other = replace(copy, submission="tt")
    assert sightings.judge(INBOX, other) == REUSED


def test_a_second_copy_in_the_new_epoch_is_a_duplicate() -> None:
    sightings = Sightings(known(), "help")
    first = Place("INBOX", "2", "1")
    assert sightings.judge(first, MAIL) == LINK
    sightings.note(first, MAIL, 5)
    assert sightings.judge(Place("INBOX", "2", "2"), MAIL) == BY_BYTES
