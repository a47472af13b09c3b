from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postroom.model.record import Field, Table
from postroom.runtime.csv_rows import read_file, read_rows
from postroom.source.diagnostic import RuleError
from postroom.source.render import as_text
from postroom.source.text import Source

if TYPE_CHECKING:
    from pathlib import Path

CONTACT = Table(
    "contact",
    {
        "name": Field("name", "text", max=10),
        "email": Field("email", "email", unique=True, required=True),
        "groups": Field("groups", "multi_choice", values=("customers", "staff")),
        "since": Field("since", "date"),
        "boss": Field("boss", "reference", table="contact"),
        "notes": Field("notes", "log"),
    },
)


def mistakes(text: str, table: Table = CONTACT) -> list[str]:
    with pytest.raises(RuleError) as caught:
        read_rows(Source("c.csv", text), table)
    return [as_text(each).splitlines()[0] for each in caught.value.diagnostics]


def test_each_line_becomes_checked_values() -> None:
    text = (
        "name,email,groups,boss\n"
        '"Ann, Jr",Ann@X.Example,"staff, customers",7\n'
        "\nBob,b@x.example,,\n"
    )
    ann, bob = read_rows(Source("c.csv", text), CONTACT).rows
    assert ann.key == "ann@x.example"
    assert ann.values["groups"] == ("staff", "customers")
    assert ann.values["boss"] == 7
    assert bob.values["groups"] == ()
    assert bob.line.place == "c.csv:4:1"


def test_a_byte_order_mark_and_windows_line_ends_are_no_matter(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_bytes(b"\xef\xbb\xbfname,email\r\nAnn,ann@x.example\r\n")
    (row,) = read_rows(read_file(path), CONTACT).rows
    assert row.values == {"name": "Ann", "email": "ann@x.example"}


def test_every_bad_cell_is_shown_at_its_line() -> None:
    text = (
        "email,name,since\n"
        "ann@x.example,Ann,2026-01-01\n"
        'nobody,"a\nb",soon\n'
        "b@x.example,far too long,\n"
    )
    assert [line.partition(" error")[0] for line in mistakes(text)] == [
        "c.csv:3:1:", "c.csv:3:1:", "c.csv:5:1:",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("name,e-mail\n", "no field `e-mail`"),
        ("name\nAnn\n", "no column is a unique field"),
        ("email,notes\n", "`notes` is of type log"),
        ("name,email\nAnn\n", "1 cells, and there are 2 columns"),
        ("name,email\nAnn,\n", "a value is needed"),
        ("email\na@x.example\nA@X.example\n", "stands in the file twice"),
        ('email\n"a@x.example\n', "the file is not CSV"),
    ],
)
def test_a_file_that_cannot_be_brought_in_says_why(text: str, said: str) -> None:
    (found,) = mistakes(text)
    assert said in found


def test_a_file_in_latin_1_says_so(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_bytes("name,email\nMüller,m@x.example\n".encode("latin-1"))
    with pytest.raises(RuleError, match="not UTF-8"):
        read_file(path)
