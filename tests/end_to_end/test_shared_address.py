"""One address that feeds several accounts: what is declared is what happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.end_to_end.desk import mail, put

from postroom.hooks.failpoints import ENVIRONMENT

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
        put(desk.folder / f"inbox/{number}.eml", mail(number))


def outcomes(desk: Desk) -> dict[str, int]:
    rows = desk.sql("SELECT outcome, count(*) AS count FROM decisions GROUP BY outcome")
    return {row["outcome"]: row["count"] for row in rows}


def test_each_account_makes_a_record_of_every_message(desk: Desk) -> None:
    write(desk, "    shared: each\n")
    assert desk.once().returncode == 0
    assert outcomes(desk) == {"created": 2 * COUNT}


def test_the_first_that_makes_a_record_has_the_message(desk: Desk) -> None:
    write(desk, "    shared: first\n")
    assert desk.once().returncode == 0
    assert desk.one("SELECT count(*) FROM records.ticket") == COUNT
    assert desk.once().returncode == 0
    assert outcomes(desk) == {"created": COUNT, "duplicate": COUNT}


def test_an_account_that_makes_no_record_takes_nothing_from_the_other(desk: Desk) -> None:
    write(desk, "    shared: first\n", sales_discards=True)
    for _ in range(2):
        assert desk.once().returncode == 0
    assert desk.one("SELECT count(*) FROM records.ticket") == COUNT
    assert outcomes(desk)["created"] == COUNT


INVOICES = """
  invoice:
    fields:
      title: {type: text, max: 250}
      details: {type: text}
      files: {type: files}
      ticket: {type: reference, table: ticket}

contacts:"""


def write_linked(desk: Desk) -> None:
    """Write rules in which `sales` makes invoices that refer to the tickets of `support`.

    Each account has a mailbox of its own: the copies came by different ways.
    """
    desk.write(support="{use: eml, path: one}", sales="{use: eml, path: other}")
    rules = desk.folder / "rules.yaml"
    text = rules.read_text().replace("address: sales@", "address: support@")
    support, mark, sales = text.replace("\ncontacts:", INVOICES).partition("  sales:")
    support = support.replace("    receive:", "    shared: primary\n    receive:")
    sales = sales.replace("table: ticket", "table: invoice").replace(
        "    receive:", "    shared: {primary: support, link: ticket}\n    receive:"
    )
    rules.write_text(support + mark + sales)
    for way in ("one", "other"):
        (desk.folder / way).mkdir()
        for number in range(COUNT):
            received = f"Received: from {way}.example; Mon, 2 Nov 2026 08:00:00 +0000\r\n"
            raw = received.encode() + mail(number)
            put(desk.folder / f"{way}/{number}.eml", raw)


def test_a_crash_between_the_two_leaves_every_record_linked(desk: Desk) -> None:
    write_linked(desk)
    desk.environment[ENVIRONMENT] = "committed"
    assert desk.once().returncode != 0
    del desk.environment[ENVIRONMENT]
    assert desk.once().returncode == 0
    (told,) = desk.sql(
        "SELECT (SELECT count(*) FROM records.invoice AS i JOIN records.ticket AS t "
        "ON i.ticket = t.id AND i.title = t.title) AS pairs, "
        "(SELECT count(*) FROM decisions WHERE outcome = 'created') AS created, "
        "(SELECT count(DISTINCT record) FROM links) AS links, "
        "(SELECT communication FROM links WHERE refers_to = 1) AS linked"
    )
    assert [told["pairs"], told["created"], told["links"]] == [COUNT, 2 * COUNT, COUNT]
    explained = desk.run("explain", str(told["linked"]), "--rules", str(desk.folder)).stdout
    assert "ticket = 1" in explained
    replayed = desk.run("replay", "--rules", str(desk.folder), "--fail-if", "reasons")
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
