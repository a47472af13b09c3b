"""What every store must do when `tables:` changes, and with those who only read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from postroom.model.batch import Batch
from postroom.model.record import Field, Table
from postroom.testing.store_ledger_contract import refused
from postroom.testing.store_rows import TABLES, contact, ticket, update, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postroom.hooks.contracts import Store
    from postroom.testing.store_ledger_contract import Opener

TICKET = TABLES["ticket"]


def with_field(field: Field) -> dict[str, Table]:
    """Return the tables with one field of the tickets declared otherwise, or added."""
    fields = {**TICKET.fields, field.name: field}
    return {**TABLES, "ticket": replace(TICKET, fields=fields)}


def without_field(name: str) -> dict[str, Table]:
    """Return the tables with one field of the tickets gone."""
    fields = {key: field for key, field in TICKET.fields.items() if key != name}
    return {**TABLES, "ticket": replace(TICKET, fields=fields)}


FILLED = [
    ticket(1, priority=3, kind="Billing", title="a long title"),
    contact(1, "ann@x.example", "a@y.example"),
    contact(2, "bob@x.example"),
]
LOSSES: dict[str, tuple[Mapping[str, Table], str]] = {
    "a table is gone": ({"contact": TABLES["contact"]}, "ticket"),
    "a field is gone": (without_field("priority"), "ticket.priority"),
    "a field changes its type": (with_field(Field("priority", "text")), "ticket.priority"),
    "a choice is gone": (with_field(Field("kind", "choice", values=("General",))), "Billing"),
    "a text gets shorter": (with_field(Field("title", "text", max=5)), "ticket.title"),
    "a max gets smaller": (with_field(Field("priority", "integer", max=2)), "ticket.priority"),
    "a min gets larger": (with_field(Field("priority", "integer", min=4)), "ticket.priority"),
}
GAINS: dict[str, Mapping[str, Table]] = {
    "a new table": {**TABLES, "asset": Table("asset", {"name": Field("name", "text")})},
    "a new field": with_field(Field("due", "date")),
    "a new list": with_field(Field("tags", "list", of="text")),
    "a wider choice": with_field(Field("kind", "choice", values=("General", "Billing", "New"))),
    "a limit that all keep": with_field(Field("priority", "integer", min=1, max=4)),
    "a field that nobody filled is gone": without_field("notes"),
    "a choice that nobody made is gone": with_field(Field("kind", "choice", values=("Billing",))),
}


class Tables:
    """Changes of what is declared."""

    @pytest.mark.parametrize("gain", GAINS)
    def test_a_change_that_loses_nothing_is_made(self, opener: Opener, gain: str) -> None:
        """And what was there is there."""
        store = opener(TABLES)
        store.commit(Batch(changes=FILLED))
        store.close()
        store = opener(GAINS[gain])
        try:
            record = store.record(FILLED[0].ref)
            assert record is not None
            assert record.values["priority"] == 3
            store.commit(Batch(changes=[update(FILLED[0], title="changed"), ticket(2)]))
            store.publish()
            query = "SELECT id, title FROM records.ticket ORDER BY id"
            assert store.query(query).rows == [(1, "changed"), (2, "new")]
        finally:
            store.close()

    @pytest.mark.parametrize("loss", LOSSES)
    def test_a_change_that_loses_something_is_refused(self, opener: Opener, loss: str) -> None:
        """It is named, and nothing is changed."""
        store = opener(TABLES)
        store.commit(Batch(changes=FILLED))
        store.close()
        tables, named = LOSSES[loss]
        with refused("PR521") as caught:
            opener(tables)
        assert named in caught.value.diagnostic.message
        assert caught.value.diagnostic.help
        store = opener(TABLES)
        record = store.record(FILLED[0].ref)
        store.close()
        assert record is not None
        assert record.values["kind"] == "Billing"

    @pytest.mark.parametrize("gain", GAINS)
    def test_a_change_that_loses_nothing_is_made_while_it_is_open(
        self, store: Store, gain: str
    ) -> None:
        """As new rules want it, without a new start."""
        store.commit(Batch(changes=FILLED))
        store.publish()
        store.declare(GAINS[gain])
        assert set(GAINS[gain]) <= set(store.table_ids())
        store.commit(Batch(changes=[update(FILLED[0], title="changed"), ticket(2)]))
        store.publish()
        query = "SELECT id, title FROM records.ticket ORDER BY id"
        assert store.query(query).rows == [(1, "changed"), (2, "new")]

    @pytest.mark.parametrize("loss", LOSSES)
    def test_a_change_that_loses_something_is_refused_while_it_is_open(
        self, store: Store, loss: str
    ) -> None:
        """And the store goes on with the tables there were."""
        store.commit(Batch(changes=FILLED))
        with refused("PR521"):
            store.declare(LOSSES[loss][0])
        store.commit(Batch(changes=[update(FILLED[0], title="changed")]))
        record = store.record(FILLED[0].ref)
        assert record is not None
        assert (record.values["title"], record.values["kind"]) == ("changed", "Billing")

    def test_everything_that_would_be_lost_is_named_at_once(self, opener: Opener) -> None:
        """So that it is mended at once."""
        store = opener(TABLES)
        store.commit(Batch(changes=FILLED))
        store.close()
        fields = {"title": Field("title", "text", max=5), "kind": Field("kind", "text")}
        with refused("PR521") as caught:
            opener({"ticket": replace(TICKET, fields=fields)})
        message = caught.value.diagnostic.message
        for named in ("`contact`", "`ticket.title`", "`ticket.kind`", "`ticket.priority`"):
            assert named in message

    def test_a_field_becomes_unique_only_if_it_is(self, opener: Opener) -> None:
        """However the values are written."""
        unique = with_field(Field("title", "text", unique=True))
        store = opener(TABLES)
        store.commit(Batch(changes=[ticket(1, title="Same"), ticket(2, title="sAME")]))
        store.close()
        with refused("PR521"):
            opener(unique)
        store = opener(TABLES)
        store.commit(Batch(changes=[update(ticket(2), title="other")]))
        store.close()
        opener(unique).close()

    def test_a_new_prefix_is_that_of_all_numbers(self, opener: Opener) -> None:
        """For the number is made from the id wherever it is shown."""
        store = opener(TABLES)
        store.commit(Batch(changes=[ticket(1)]))
        store.close()
        store = opener({**TABLES, "ticket": replace(TICKET, number="REQ")})
        try:
            store.publish()
            assert store.query("SELECT number FROM records.ticket").rows == [("REQ-1",)]
        finally:
            store.close()


class Readers:
    """Those who only look."""

    @pytest.mark.parametrize(
        "sql",
        [
            "INSERT INTO records.ticket VALUES (1)",
            "WITH x AS (INSERT INTO records.ticket SELECT 1 RETURNING *) SELECT * FROM x",
            "DELETE FROM records.ticket",
            "DROP VIEW entries",
            "CREATE TABLE t (a INTEGER)",
            "SELECT 1; SELECT 2",
            "SELECT nonsense FROM entries",
            "SELEKT 1",
            "",
        ],
    )
    def test_nothing_but_a_query_that_looks_is_answered(self, store: Store, sql: str) -> None:
        """The refusal says what to type instead."""
        store.publish()
        with refused("PR530") as caught:
            store.query(sql)
        assert caught.value.diagnostic.help

    def test_what_is_not_published_is_not_seen_yet(self, store: Store) -> None:
        """Nothing of a commit, or all of it."""
        store.publish()
        store.commit(whole(1, 2))
        query = "SELECT count(*) FROM entries UNION ALL SELECT count(*) FROM communications"
        assert store.query(query).rows == [(0,), (0,)]
        store.publish()
        assert store.query(query).rows == [(2,), (2,)]

    def test_publishing_tells_which_state_readers_have(self, store: Store) -> None:
        """Another one after a commit, and the same as long as nothing was written."""
        empty = store.publish()
        store.commit(whole(1))
        filled = store.publish()
        assert filled != empty
        assert store.publish() == filled

    def test_a_record_is_shown_as_it_stands(self, store: Store) -> None:
        """However often it was published before."""
        change = ticket(1, priority=1)
        store.commit(Batch(changes=[change]))
        for priority in range(2, 30):
            store.publish()
            change = update(change, priority=priority)
            store.commit(Batch(changes=[change]))
        store.publish()
        rows = store.query("SELECT id, number, revision, priority FROM records.ticket").rows
        assert rows == [(1, "SUP-1", 29, 29)]

    def test_an_answer_has_the_names_of_its_columns(self, store: Store) -> None:
        """Even without a row."""
        store.publish()
        answer = store.query("SELECT id, 1 AS one FROM communications")
        assert (answer.columns, list(answer.rows)) == (("id", "one"), [])

    def test_closing_publishes(self, opener: Opener) -> None:
        """What is closed can be read in full."""
        store = opener(TABLES)
        store.commit(whole(1))
        store.close()
        assert store.query("SELECT count(*) FROM decisions").rows == [(1,)]
