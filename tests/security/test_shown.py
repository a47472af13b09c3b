"""What people see of hostile mail: names, addresses, cells of a spreadsheet.

Rows of docs/explanation/threats.md: display names, exports.
"""

from __future__ import annotations

import csv
import html
import io

import pytest
from tests.security.test_forgeries import HERE, decide
from tests.unit.rules.kinds import KINDS

from postroom.cli.sql import _as_csv
from postroom.hooks.contracts import Rows
from postroom.lang.fields import PARTS
from postroom.mail.read import read
from postroom.rules.load import load
from postroom.source.text import Source

NAMES = [
    '"ann@good.example" <eve@evil.example>',
    '"Ann <ann@good.example>" <eve@evil.example>',
    '"ann@good.example via Desk" <eve@evil.example>',
    "=?utf-8?q?ann=40good.example?= <eve@evil.example>",
    "=?utf-8?q?ann=40good.example?= =?utf-8?q?_=3Cann=40good.example=3E?= <eve@evil.example>",
    '"ann@good.example\u202e" <eve@evil.example>',
]
FORMULAS = [
    '=HYPERLINK("//evil.example","x")', "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "\n=1",
    "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff201",
]  # fmt: skip


@pytest.mark.parametrize("sender", NAMES)
def test_a_name_that_looks_like_an_address_lets_nobody_in(sender: str) -> None:
    decision = decide([f"From: {sender}"], ("pass", "evil.example"))
    assert decision.sender_state == "aligned"
    assert decision.principal == "guest@desk.example"


@pytest.mark.parametrize("sender", NAMES)
def test_a_name_that_looks_like_an_address_is_shown_with_the_address(sender: str) -> None:
    found = read(f"From: {sender}\r\n\r\nx\r\n".encode()).from_
    name_addr = next(part for part in PARTS["mailbox"] if part.name == "name_addr")
    assert found.addr_spec == "eve@evil.example"
    assert str(name_addr.get(found)).endswith("<eve@evil.example>")


def test_no_cell_of_an_export_is_a_formula() -> None:
    written = _as_csv(Rows(("=column", "n"), [(each, -1) for each in FORMULAS]))
    header, *rows = csv.reader(io.StringIO(written, newline=""))
    assert header == ["'=column", "n"]
    assert rows == [[f"'{each}", "-1"] for each in FORMULAS]


def test_what_is_no_formula_is_exported_as_it_is() -> None:
    written = _as_csv(Rows(("a", "b"), [("a=b", None), ("x@weaver.example", 'say "hi"')]))
    assert written == 'a,b\r\na=b,\r\nx@weaver.example,"say ""hi"""\r\n'


def test_subject_and_file_names_are_text_where_html_is_written() -> None:
    page = "<p>${subject}</p><p>${join(attachments.filename, ', ')}</p>"
    rules = (HERE / "rules.yaml").read_text("utf-8")
    rules = rules.replace("text: We have it.", f'text: We have it., html: "{page}"')
    attack = "<img src=x onerror=alert(1)>"
    header = [
        "From: Ann <ann@good.example>",
        f"Subject: {attack}",
        "Content-Type: text/plain",
        f'Content-Disposition: attachment; filename="{attack}"',
    ]
    loaded = load([Source("rules.yaml", rules)], KINDS)
    decision = decide(header, ("pass", "good.example"), loaded)
    (notice,) = decision.notices
    assert notice.html == "<p>{0}</p><p>{0}</p>".format(html.escape(attack))
