"""Which parts are text and which are files."""

from __future__ import annotations

import hashlib

import pytest

from postroom.mail.limits import Limits
from postroom.mail.read import attachment, read


def part(kind: str, body: str = "x", *more: str) -> str:
    return "\n".join([f"Content-Type: {kind}", *more, "", body])


def multi(kind: str, *parts: str) -> str:
    mark = f"b{len(''.join(parts))}"
    inside = "".join(f"--{mark}\n{each}\n" for each in parts)
    return f"Content-Type: multipart/{kind}; boundary={mark}\n\n{inside}--{mark}--\n"


INLINE = "Content-Disposition: inline"
ATTACHED = "Content-Disposition: attachment"


def test_the_example_of_rfc_8621_is_sorted_as_it_says() -> None:
    """RFC 8621 4.1.4; its inline pictures are among the files here, as rules want them."""
    raw = multi(
        "mixed",
        part("text/plain", "A", INLINE),
        multi(
            "mixed",
            multi(
                "alternative",
                multi(
                    "mixed",
                    part("text/plain", "B", INLINE),
                    part("image/jpeg", "C", INLINE),
                    part("text/plain", "D", INLINE),
                ),
                multi("related", part("text/html", "E"), part("image/jpeg", "F")),
            ),
            part("image/jpeg", "G", ATTACHED),
            part("application/x-excel", "H"),
            part("message/rfc822", "Subject: J\n\nJ"),
        ),
        part("text/plain", "K", INLINE),
    )
    message = read(raw.encode())
    assert message.body.text == "A\nB\nD\nK"
    assert message.body.html == "E"
    contents = [attachment(raw.encode(), file.part)[:1] for file in message.attachments]
    assert contents == [b"C", b"F", b"G", b"H", b"S"]
    dispositions = [file.disposition for file in message.attachments]
    assert dispositions == ["inline", "attachment", "attachment", "attachment", "attachment"]


def test_text_is_made_from_html_where_there_is_no_other() -> None:
    raw = part("text/html", "<p>Hello&nbsp;<b>there</b></p><p>Bye</p>").encode()
    message = read(raw)
    assert message.body.text == "Hello there\n\nBye"
    assert message.body.html == "<p>Hello&nbsp;<b>there</b></p><p>Bye</p>"


def test_an_empty_text_beside_html_does_not_count() -> None:
    raw = multi("alternative", part("text/plain", "  "), part("text/html", "<p>Hello"))
    assert read(raw.encode()).body.text == "Hello"


def test_the_text_that_was_sent_goes_before_text_made_from_html() -> None:
    raw = multi("alternative", part("text/plain", "plain"), part("text/html", "<p>html"))
    message = read(raw.encode())
    assert (message.body.text, message.body.html) == ("plain", "<p>html")


def test_the_charset_that_html_names_itself_is_believed() -> None:
    body = '<meta http-equiv="Content-Type" content="text/html; charset=koi8-r"><p>'
    raw = part("text/html", body).encode() + "Да".encode("koi8-r")
    assert read(raw).body.text == "Да"


def test_a_picture_in_the_text_is_an_inline_file_with_its_id() -> None:
    raw = multi(
        "related",
        part("text/html", '<img src="cid:logo@x">'),
        part("image/png", "x", "Content-ID: <logo@x>"),
    )
    (file,) = read(raw.encode()).attachments
    assert (file.content_id, file.disposition) == ("logo@x", "inline")


def test_a_text_with_a_file_name_is_read_and_kept() -> None:
    raw = multi("mixed", part("text/plain", "notes", INLINE + "; filename=notes.txt"), part("a/b"))
    message = read(raw.encode())
    assert message.body.text == "notes"
    assert [file.filename for file in message.attachments] == ["notes.txt", ""]


def test_a_signed_message_is_read_and_its_signature_kept() -> None:
    raw = multi("signed", part("text/plain", "signed text"), part("application/pgp-signature"))
    message = read(raw.encode())
    assert message.body.text == "signed text"
    assert [file.content_type for file in message.attachments] == ["application/pgp-signature"]


def test_a_clear_text_signature_is_taken_off() -> None:
    text = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello\n- --\nAnn\n"
        "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\nfooter\n"
    )
    assert read(part("text/plain", text).encode()).body.text == "Hello\n--\nAnn\nfooter\n"


@pytest.mark.parametrize(
    "text",
    ["-----BEGIN PGP SIGNED MESSAGE-----\n", "x -----BEGIN PGP SIGNED MESSAGE-----\n\ny",
     "-----BEGIN PGP SIGNED MESSAGE-----\n\nx\n", "-----BEGIN PGP SIGNATURE-----\n\nx"],
)  # fmt: skip
def test_half_a_signature_stands_as_it_is(text: str) -> None:
    assert read(part("text/plain", text).encode()).body.text == text


def test_an_encrypted_message_says_so() -> None:
    raw = multi("encrypted", part("application/pgp-encrypted"), part("application/octet-stream"))
    message = read(raw.encode())
    assert "encrypted" in {defect.code for defect in message.defects}
    assert len(message.attachments) == 2


def test_uuencoded_files_are_taken_out_of_the_text() -> None:
    text = "See below.\nbegin 644 cat.txt\n#0V%T\n`\nend\nBye\n"
    raw = part("text/plain", text).encode()
    message = read(raw)
    assert message.body.text == "See below.\nBye\n"
    (file,) = message.attachments
    assert (file.filename, file.size) == ("cat.txt", 3)
    assert attachment(raw, file.part) == b"Cat"


def test_files_have_a_hash_and_a_size_of_their_content() -> None:
    raw = part("application/pdf", "JVBERi0xLjc=", "Content-Transfer-Encoding: base64").encode()
    (file,) = read(raw).attachments
    assert file.sha256 == hashlib.sha256(b"%PDF-1.7").hexdigest()
    assert (file.size, file.detected_type) == (8, "application/pdf")


def test_a_file_may_be_as_large_as_the_limit_and_no_larger() -> None:
    limits = Limits(attachment=10)
    assert read(part("a/b", "x" * 10).encode(), limits=limits).refused is None
    refused = read(part("a/b", "x" * 11).encode(), limits=limits)
    assert "larger than 10 bytes" in (refused.refused or "")


def test_copies_of_one_submission_agree() -> None:
    head = b"Message-ID: <1@x>\nFrom: a@b.example\nDate: Mon, 1 Jan 2024 10:00:00 +0000\n"
    body = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {}\n\n{}"
    first = read(b"Received: one\n" + head + body.format("8bit", "Grüße\n").encode())
    encoded = body.format("quoted-printable", "Gr=C3=BC=C3=9Fe\n").replace("\n", "\r\n")
    second = read(b"Received: two\r\n" + head.replace(b"\n", b"\r\n") + encoded.encode())
    other = read(head + body.format("8bit", "Grüsse\n").encode())
    assert first.submission == second.submission
    assert first.submission != other.submission
    assert first.sha256 != second.sha256
