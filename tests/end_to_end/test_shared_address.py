"""One address that feeds several accounts: what is declared is what happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.end_to_end.desk import mail

if TYPE_CHECKING:
    from tests.end_to_end.desk import Desk

COUNT = 20


def write(desk: Desk, shared: str, *, sales_discards: bool = False) -> None:
    desk.write(support="{use: eml, path: inbox}", sales="{use: eml, path: inbox}")
    rules = desk.folder / "rules.yaml"
    text = rules.read_text().replace("address: sales@", "address: support@")
    text = text.replace("    receive:", f"{shared}    receive:")
    if sales_discards:
        before, _, sales = text.partition("  sales:")
        sales = sales.replace("    access:", "    filters: [{id: all, then: discard}]\n    access:")
        text = f"{before}  sales:{sales}"
    rules.write_text(text)
    (desk.folder / "inbox").mkdir()
    for number in range(COUNT):
        (desk.folder / f"inbox/{number}.eml").write_bytes(mail(number))


def outcomes(desk: Desk) -> dict[str, int]:
    rows = desk.sql("SELECT outcome, count(*) AS count FROM decisions GROUP BY outcome")
    return {row["outcome"]: row["count"] for row in rows}


@pytest.mark.parametrize("shared", ["", "    shared: each\n"])
def test_each_account_makes_a_record_of_every_message(desk: Desk, shared: str) -> None:
    write(desk, shared)
    assert desk.once().returncode == 0
    assert outcomes(desk) == {"created": 2 * COUNT}


def test_the_first_that_makes_a_record_has_the_message(desk: Desk) -> None:
    write(desk, "    shared: first\n")
    assert desk.once().returncode == 0
    assert outcomes(desk) == {"created": COUNT, "duplicate": COUNT}
    assert desk.one("SELECT count(*) FROM records.ticket") == COUNT
    assert desk.once().returncode == 0
    assert outcomes(desk) == {"created": COUNT, "duplicate": COUNT}


def test_an_account_that_makes_no_record_takes_nothing_from_the_other(desk: Desk) -> None:
    write(desk, "    shared: first\n", sales_discards=True)
    for _ in range(2):
        assert desk.once().returncode == 0
    assert desk.one("SELECT count(*) FROM records.ticket") == COUNT
    assert outcomes(desk)["created"] == COUNT


def test_what_is_declared_is_not_warned_of(desk: Desk) -> None:
    write(desk, "")
    assert "PR355" in desk.run("check", str(desk.folder)).stdout
    rules = desk.folder / "rules.yaml"
    rules.write_text(rules.read_text().replace("    receive:", "    shared: each\n    receive:"))
    assert "PR355" not in desk.run("check", str(desk.folder)).stdout
