"""A letter becomes a message that says what is meant and nothing else."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.hooks.contracts import Refused
from postroom.hooks.letters import header, text
from postroom.hooks.letters.compose import compose
from postroom.testing.notifier_contract import HOSTILE, letter

if TYPE_CHECKING:
    from email.message import EmailMessage

FIELDS = [
    "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
    "Auto-Submitted", "X-Auto-Response-Suppress", "X-Postroom-Rule", "X-Postroom-Account",
    "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
]  # fmt: skip
BREAKS = st.sampled_from(["\r", "\n", "\r\n", "\0", "\x85", "\u2028", "\u2029", "\x1b", "\ud800"])
PIECES = st.sampled_from(
    ["Bcc: x@evil.example", "=?utf-8?q?", "=0D=0A", "?=", "=?", "<b>", "--postroom-", "ü", " ", "a"]
)
TEXTS = st.lists(st.one_of(BREAKS, PIECES, st.text(max_size=8)), max_size=12).map("".join)


def parsed(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_no_text_adds_a_field_or_ends_the_header(
    subject: str, body: str, rule: str, reference: str
) -> None:
    made = letter(subject=subject, text=body, rule=rule, references=(reference,))
    raw = compose(made)
    assert [each for each in header.names(raw) if each != "References"] == [
        each for each in FIELDS if each != "References"
    ]
    head, _, _ = raw.partition(b"\r\n\r\n")
    assert head.isascii()
    assert all(len(line) <= 998 for line in head.split(b"\r\n"))
    assert b"\n" not in head.replace(b"\r\n", b"")
    assert b"\r" not in head.replace(b"\r\n", b"")


@given(TEXTS)
def test_a_subject_is_read_back_as_the_one_line_that_it_was_made(subject: str) -> None:
    found = parsed(compose(letter(subject=subject)))
    assert " ".join(str(found["Subject"]).split()) == " ".join(text.one_line(subject).split())


@given(TEXTS)
def test_a_body_is_read_back_line_by_line(content: str) -> None:
    found = parsed(compose(letter(text=content))).get_content().replace("\r\n", "\n")
    assert found.rstrip("\n") == text.body(content).rstrip("\n")


@given(TEXTS, TEXTS)
def test_text_and_html_stay_two_parts(plain: str, html: str) -> None:
    found = parsed(compose(letter(text=plain or "x", html=html or "y")))
    assert found.get_content_type() == "multipart/alternative"
    kinds = [part.get_content_type() for part in found.iter_parts()]
    assert kinds == ["text/plain", "text/html"]


@given(st.binary(max_size=300), st.booleans())
def test_whatever_is_forwarded_stays_one_attachment(original: bytes, eight_bit: bool) -> None:  # noqa: FBT001
    forward = letter(kind="forward", attach_original="all")
    raw = compose(replace(forward, original=original), eight_bit=eight_bit)
    assert eight_bit or raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    found = parsed(raw)
    assert found.get_content_type() == "multipart/mixed"
    assert len(list(found.iter_parts())) == 2


def test_the_same_letter_is_always_the_same_message() -> None:
    made = letter(html="<p>hi</p>", kind="forward", attach_original="all")
    made = replace(made, original=b"Subject: x\r\n\r\ny\r\n")
    assert compose(made) == compose(made)


def test_a_long_message_id_stays_whole() -> None:
    """Encoded or cut, no mail program would thread by it, and our token would be lost."""
    long = f"{'a' * 150}@mail.example"
    raw = compose(replace(letter(references=(long,), in_reply_to=long), message_id=long))
    assert raw.count(f"<{long}>".encode()) == 3


def test_of_very_many_references_the_first_and_the_last_are_kept() -> None:
    ids = tuple(f"{number}@x.example" for number in range(100))
    found = str(parsed(compose(letter(references=ids)))["References"]).split()
    assert found[0] == "<0@x.example>"
    assert found[-1] == "<1@partner.example>"
    assert len(found) == 20


@pytest.mark.parametrize("bad", ["", "no-at", "a b@x", "a@x\r\nBcc: y", "a@x>,<b@y", "ü@x"])
def test_what_is_no_message_id_is_left_out(bad: str) -> None:
    found = parsed(compose(letter(in_reply_to=bad, references=())))
    assert found["In-Reply-To"] is None
    assert found["References"] is None


def test_message_ids_are_taken_with_or_without_brackets() -> None:
    found = parsed(compose(letter(in_reply_to="<1@x>", references=("1@x", "<0@x>"))))
    assert found["In-Reply-To"] == "<1@x>"
    assert found["References"] == "<1@x> <0@x>"


def test_a_long_subject_of_other_letters_is_folded_within_its_characters() -> None:
    subject = "Störung in der Übertragung; 障害 " * 5
    raw = compose(letter(subject=subject))
    lines = raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert max(map(len, lines)) <= 78
    assert parsed(raw)["Subject"] == subject.strip()


def test_an_attached_message_keeps_its_type_and_its_bytes() -> None:
    original = b"Subject: x\nTo: y\n\ntext\n--postroom-\n"
    made = replace(letter(kind="forward", attach_original="all"), original=original)
    (_, attached) = parsed(compose(made)).iter_parts()
    assert attached.get_content_type() == "message/rfc822"
    assert attached.get_filename() == "message.eml"
    assert attached["Content-Transfer-Encoding"] == "7bit"


@pytest.mark.parametrize(
    "original",
    [b"Subject: \xfc\r\n\r\n", b"x" * 1_200 + b"\r\n", b"a\0b"],
    ids=["eight bits", "a line too long", "NUL"],
)
def test_a_message_that_cannot_be_sent_as_it_is_is_wrapped_up(original: bytes) -> None:
    made = replace(letter(kind="forward", attach_original="all"), original=original)
    (_, attached) = parsed(compose(made)).iter_parts()
    assert attached.get_content_type() == "application/octet-stream"
    assert attached.get_content() == original


def test_a_bare_line_feed_in_what_is_forwarded_smuggles_nothing() -> None:
    original = b"Subject: x\r\n\r\n\n.\n\r.\rMAIL FROM:<>\r\n"
    made = replace(letter(kind="forward", attach_original="all"), original=original)
    raw = compose(made)
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")


def test_only_the_text_is_forwarded_where_that_is_asked() -> None:
    made = letter(kind="forward", attach_original="text")
    made = replace(made, original=b"Subject: secret\r\n\r\n", original_text="what it said")
    (first, second) = parsed(compose(made)).iter_parts()
    assert "SUP-4711" in first.get_content()
    assert second.get_content().strip() == "what it said"
    assert b"secret" not in compose(made)


def test_nothing_is_forwarded_where_nothing_is_asked() -> None:
    made = replace(letter(), original=b"Subject: secret\r\n\r\n", original_text="secret")
    assert b"secret" not in compose(made)


def test_a_header_with_other_fields_than_are_meant_is_not_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The reading back holds even where the sanitiser does not."""

    def broken(name: str, words: str) -> tuple[str, str]:
        return name, f" {words}"

    monkeypatch.setattr(header, "unstructured", broken)
    monkeypatch.setattr(text, "one_line", lambda words: words)
    for hostile in HOSTILE[:2]:
        with pytest.raises(Refused):
            compose(letter(subject=hostile))


@pytest.mark.parametrize("name", ["X Y", "X:Y", "X\r\nBcc", "", "Ü"])
def test_a_field_of_ours_with_no_name_is_left_out(name: str) -> None:
    made = replace(letter(), headers={name: "x"})
    assert "x" not in [str(value) for value in parsed(compose(made)).values()]


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("Ann@Partner.Example", "Ann@partner.example"),
        (" a@b.example ", "a@b.example"),
        ("a@Bücher.example", "a@xn--bcher-kva.example"),
        ("a+b=c@x.example", "a+b=c@x.example"),
        ("a@b@x.example", None),
        (".a@x.example", None),
        ("a..b@x.example", None),
        ("a@.example.", None),
        ("a@" + "x" * 64 + ".example", None),
        ("a" * 330 + "@x.example", None),
    ],
)
def test_an_address_is_taken_only_if_it_can_be_written_as_it_is(
    given_: str, expected: str | None
) -> None:
    assert text.address(given_) == expected


@given(TEXTS)
def test_no_address_for_answers_adds_a_field(reply_to: str) -> None:
    raw = compose(replace(letter(), reply_to=f"{reply_to}@kestrel.example"))
    more = [name for name in header.names(raw) if name not in FIELDS]
    assert more in ([], ["Reply-To"])


def test_answers_are_asked_for_at_another_address() -> None:
    raw = compose(replace(letter(), reply_to="support+06TP34T4@kestrel.example"))
    assert parsed(raw)["Reply-To"] == "support+06TP34T4@kestrel.example"
