"""What other formats wrap: winmail.dat, RTF in it, and opaque S/MIME signatures."""

from __future__ import annotations

import base64
import datetime as dt
import struct

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from hypothesis import given
from hypothesis import strategies as st

from postroom.mail.read import attachment, read
from postroom.mail.wrapped.cms import signed_content
from postroom.mail.wrapped.mapi import read_properties
from postroom.mail.wrapped.rtf import rtf_text, uncompressed
from postroom.mail.wrapped.tnef import read_tnef

STRING, UNICODE, BINARY, LONG = 0x1E, 0x1F, 0x102, 0x03


def attribute(level: int, number: int, value: bytes) -> bytes:
    checksum = struct.pack("<H", sum(value) & 0xFFFF)
    return struct.pack("<BII", level, number, len(value)) + value + checksum


def properties(*entries: tuple[int, int, bytes | int]) -> bytes:
    out = [struct.pack("<I", len(entries))]
    for kind, key, value in entries:
        out.append(struct.pack("<HH", kind, key))
        if isinstance(value, int):
            out.append(struct.pack("<I", value))
            continue
        out.append(struct.pack("<II", 1, len(value)) + value + b"\0" * (-len(value) % 4))
    return b"".join(out)


def tnef(*attributes: bytes) -> bytes:
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(attributes)


def file(title: str, data: bytes, *entries: tuple[int, int, bytes | int]) -> bytes:
    return (
        attribute(2, 0x00069002, b"\0" * 14)
        + attribute(2, 0x00018010, title.encode() + b"\0")
        + attribute(2, 0x0006800F, data)
        + (attribute(2, 0x00069005, properties(*entries)) if entries else b"")
    )


def winmail(data: bytes, text: str = "") -> bytes:
    encoded = base64.encodebytes(data).decode()
    wrapped = (
        "Content-Type: application/ms-tnef; name=winmail.dat\n"
        f"Content-Transfer-Encoding: base64\n\n{encoded}"
    )
    plain = f"Content-Type: text/plain\n\n{text}\n"
    head = "Subject: s\nContent-Type: multipart/mixed; boundary=b\n\n"
    return f"{head}--b\n{plain}--b\n{wrapped}--b--\n".encode()


def test_files_of_winmail_dat_become_files_of_the_message() -> None:
    names = (
        (UNICODE, 0x3707, "Größe.pdf\0".encode("utf-16-le")),
        (STRING, 0x370E, b"Application/PDF\0"),
    )
    raw = winmail(tnef(file("GROSSE~1.PDF", b"%PDF-1.7", *names), file("b.txt", b"bb")), "Hello")
    message = read(raw)
    assert message.body.text == "Hello"
    assert [(f.filename, f.content_type, f.size) for f in message.attachments] == [
        ("Größe.pdf", "application/pdf", 8),
        ("b.txt", "application/octet-stream", 2),
    ]
    assert [attachment(raw, f.part) for f in message.attachments] == [b"%PDF-1.7", b"bb"]


def test_the_text_of_winmail_dat_counts_where_there_is_no_other() -> None:
    unicode = attribute(1, 0x00069003, properties((UNICODE, 0x1000, "Grüße".encode("utf-16-le"))))
    assert read(winmail(tnef(unicode))).body.text.strip() == "Grüße"
    codepage = attribute(1, 0x00069007, struct.pack("<II", 1251, 0))
    plain = attribute(1, 0x0002800C, "Привет".encode("cp1251") + b"\0")
    raw = tnef(codepage, plain)
    assert read(b"Content-Type: application/ms-tnef\n\n" + raw).body.text == "Привет"


def test_html_of_winmail_dat_is_read() -> None:
    html = properties((BINARY, 0x1013, "<p>Grüße".encode("cp1252")), (LONG, 0x3FDE, 1252))
    message = read(b"Content-Type: application/ms-tnef\n\n" + tnef(attribute(1, 0x00069003, html)))
    assert (message.body.text, message.body.html) == ("Grüße", "<p>Grüße")


def test_damaged_winmail_dat_is_noted_and_gives_what_stands_before_the_damage() -> None:
    whole = tnef(file("a.txt", b"aa"), file("b.txt", b"b" * 100))
    message = read(winmail(whole[:-60], "Hello"))
    assert [f.filename for f in message.attachments] == ["a.txt", "b.txt"]
    assert "bad_tnef" in {defect.code for defect in message.defects}
    nothing = read(winmail(b"no TNEF at all", "Hello"))
    assert [f.filename for f in nothing.attachments] == ["winmail.dat"]


def test_named_and_multiple_properties_are_passed_over() -> None:
    named = struct.pack("<HH", STRING, 0x8001) + b"g" * 16 + struct.pack("<II", 0, 7)
    named += struct.pack("<II", 1, 2) + b"x\0\0\0"
    several = struct.pack("<HHI", 0x1000 | LONG, 0x6000, 2) + struct.pack("<II", 4, 5)
    last = struct.pack("<HHI", LONG, 0x6001, 9)
    found = read_properties(struct.pack("<I", 3) + named + several + last)
    assert found == {0x6000: 4, 0x6001: 9}


RTF = (
    rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}}{\*\generator x;}\viewkind4\uc1\pard "
    rb"Gr\'fc\'dfe \u8364? 50\par\b bold\b0\tab end\{\}\~x\par}"
)


def test_rtf_gives_the_text_it_shows() -> None:
    assert rtf_text(RTF) == "Grüße € 50\nbold\tend{} x"


def test_rtf_letters_of_two_bytes_are_put_together() -> None:
    assert rtf_text(rb"{\rtf1\ansi\ansicpg932 \'93\'fa\'96\'7b}") == "日本"


def lzfu(data: bytes) -> bytes:
    """Compress without references: a flag byte of zeros before each eight letters."""
    body = b"".join(b"\0" + data[n : n + 8] for n in range(0, len(data), 8))
    return struct.pack("<IIII", len(body) + 12, len(data), 0x75465A4C, 0) + body


def test_compressed_rtf_is_undone() -> None:
    """The second sample is the one of MS-OXRTFCP 4.1.1."""
    assert uncompressed(lzfu(RTF)) == RTF
    sample = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232"
        "0af32068656c090020627705b06c647d0a800fa0"
    )
    assert uncompressed(sample) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    plain = struct.pack("<IIII", 0, len(RTF), 0x414C454D, 0) + RTF
    assert uncompressed(plain) == RTF


def test_the_rtf_of_winmail_dat_is_the_last_resort() -> None:
    rtf = attribute(1, 0x00069003, properties((BINARY, 0x1009, lzfu(RTF))))
    assert read(winmail(tnef(rtf))).body.text.strip() == "Grüße € 50\nbold\tend{} x"


def signed(content: bytes, options: list[pkcs7.PKCS7Options]) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    start = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
    builder = builder.add_signer(certificate, key, hashes.SHA256())
    return builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary, *options])


def opaque(data: bytes, kind: str = "signed-data") -> bytes:
    head = f"Content-Type: application/pkcs7-mime; smime-type={kind}; name=smime.p7m\n"
    return (head + "Content-Transfer-Encoding: base64\n\n").encode() + base64.encodebytes(data)


def test_what_an_opaque_signature_wraps_is_read() -> None:
    inner = b"Content-Type: text/plain; charset=utf-8\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n"
    message = read(opaque(signed(inner, [])))
    assert message.body.text == "Grüße\n"
    assert [f.filename for f in message.attachments] == ["smime.p7m"]
    assert not message.defects


def test_a_signature_without_content_and_what_is_encrypted_say_so() -> None:
    detached = signed(b"x", [pkcs7.PKCS7Options.DetachedSignature])
    assert signed_content(detached) is None
    message = read(opaque(b"0\x80\x06\x09", "enveloped-data"))
    assert [defect.code for defect in message.defects] == ["encrypted"]


def test_content_in_pieces_of_open_length_is_put_together() -> None:
    oid = bytes.fromhex("06092a864886f70d0107")
    content = b"\x24\x80\x04\x03abc\x04\x02de\x00\x00"
    info = b"\x30\x80" + oid + b"\x01\xa0\x80" + content + b"\x00\x00\x00\x00"
    data = b"\x30\x80" + oid + b"\x02\xa0\x80\x30\x80\x02\x01\x01\x31\x80\x30\x00\x00\x00" + info
    assert signed_content(data) == b"abcde"


@given(st.binary(max_size=200))
def test_no_bytes_break_the_readers(data: bytes) -> None:
    read_tnef(struct.pack("<IH", 0x223E9F78, 1) + data)
    read_properties(data)
    signed_content(data)
    rtf_text(data)
    uncompressed(struct.pack("<IIII", 0, 1000, 0x75465A4C, 0) + data)


@pytest.mark.parametrize("at", range(0, 400, 7))
def test_no_cut_breaks_the_readers(at: int) -> None:
    whole = tnef(file("a.txt", b"aa", (STRING, 0x3707, b"a\0")))
    read_tnef(whole[:at])
    signed_content(signed(b"x" * 50, [])[:at])
