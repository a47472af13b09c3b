"""File names for showing, and types by content."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.mail.structure.filetypes import detected_type
from postroom.mail.structure.names import safe_name


@pytest.mark.parametrize(
    ("declared", "shown"),
    [
        ("report.pdf", "report.pdf"),
        ("My report (1).pdf", "My report (1).pdf"),
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\ann\report.pdf", "report.pdf"),
        ("\u200b.htaccess", "htaccess"),
        ("\uff0e\uff0e\uff0fetc\uff0fpasswd", "passwd"),
        ("gpj.\u202eexe", "gpj.exe"),
        ("a\x00b\r\nc.txt", "abc.txt"),
        ("Größe\u0301.txt", "Größé.txt"),
        ("日本語.pdf", "日本語.pdf"),
        ("  spaces   here .txt ", "spaces here .txt"),
        (".", ""),
        ("..", ""),
        ("/", ""),
        ("", ""),
        ("\u202e", ""),
        ("a" * 300 + ".pdf", "a" * 196 + ".pdf"),
        ("a" * 300, "a" * 200),
    ],
)
def test_a_name_is_safe_to_show(declared: str, shown: str) -> None:
    assert safe_name(declared) == shown


@given(st.text(max_size=300))
def test_no_name_holds_what_it_must_not(declared: str) -> None:
    name = safe_name(declared)
    assert "/" not in name
    assert "\\" not in name
    assert not name.startswith(".")
    assert name.isprintable() or "\u3000" in name
    assert len(name) <= 200


def zipped(*names: str, stored: str = "") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        if stored:
            archive.writestr("mimetype", stored)
        for name in names:
            archive.writestr(name, "x")
    return file.getvalue()


OPEN_XML = "application/vnd.openxmlformats-officedocument"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        (b"\0\0\0\x18ftypisom", "video/mp4"),
        (b"MZ\x90\0", "application/vnd.microsoft.portable-executable"),
        (b"#!/bin/sh\n", "text/x-shellscript"),
        (zipped("a.txt"), "application/zip"),
        (
            zipped("[Content_Types].xml", "word/document.xml"),
            f"{OPEN_XML}.wordprocessingml.document",
        ),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), f"{OPEN_XML}.spreadsheetml.sheet"),
        (
            zipped("content.xml", stored="application/vnd.oasis.opendocument.text"),
            "application/vnd.oasis.opendocument.text",
        ),
        (b"\xef\xbb\xbf\n<!DOCTYPE HTML>", "text/html"),
        (b"<?xml version='1.0'?><svg xmlns='x'>", "image/svg+xml"),
        (b"<?xml version='1.0'?><a/>", "application/xml"),
        (b"BEGIN:VCALENDAR\r\n", "text/calendar"),
        (b"BM\x1e\0\0\0" + b"\0" * 24, "image/bmp"),
        (b"BMI is a number", "declared/type"),
        (b"anything", "declared/type"),
        (b"", "declared/type"),
    ],
)
def test_the_type_is_what_the_content_shows(content: bytes, found: str) -> None:
    assert detected_type(content, "declared/type") == found


@given(st.binary(max_size=600))
def test_no_content_breaks_the_detection(content: bytes) -> None:
    assert "/" in detected_type(content, "a/b") or content.startswith(b"PK")
