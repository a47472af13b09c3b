"""What every store must do with messages, audit entries and records."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias, get_args

import pytest

from postroom.hooks.contracts import SendOutcome
from postroom.model.attempts import FEW
from postroom.model.batch import Batch, Cursor, Received, Wanted
from postroom.model.decision import RecordChange
from postroom.model.record import Field, FieldType, FileRef, LogEntry, RecordRef, Table
from postroom.source.diagnostic import Problem
from postroom.testing.store_rows import (
    ACCOUNT,
    NOW,
    TABLES,
    after,
    contact,
    entry,
    mail,
    notice,
    place,
    raw,
    ticket,
    update,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from postroom.hooks.contracts import Store
    from postroom.model.record import Value

Opener: TypeAlias = "Callable[[Mapping[str, Table]], Store]"
"""Opens a new store on the data of the test, as a new engine would."""


def entry_numbers(store: Store) -> list[int]:
    """Return the numbers of all audit entries."""
    store.publish()
    return [row[0] for row in store.query("SELECT seq FROM entries ORDER BY seq").rows]


def refused(code: str) -> pytest.RaisesExc[Problem]:
    """Return a context in which a Problem with that code must be raised."""
    return pytest.RaisesExc(Problem, check=lambda problem: problem.diagnostic.code == code)


class Ledger:
    """Messages, entries, records."""

    def test_a_new_store_knows_nothing(self, store: Store) -> None:
        """Ids begin with 1."""
        assert store.cursor(ACCOUNT, "INBOX", "1") == ""
        assert store.unknown(ACCOUNT, "INBOX", "1", ["2", "1"]) == ["2", "1"]
        assert store.due_actions(ACCOUNT, NOW, 10) == []
        assert store.lease(NOW, 10) == []
        found = store.lookup(Wanted(ACCOUNT, sha256s=["aa"], tables=["ticket"]))
        assert found.by_sha256 == {}
        assert found.next_communication == 1
        assert found.next_record == {"ticket": 1}

    def test_a_commit_outlives_the_engine(self, opener: Opener) -> None:
        """Everything in it."""
        first = opener(TABLES)
        first.commit(replace(whole(1, 2), cursors=[Cursor(ACCOUNT, "INBOX", "1", "2")]))
        first.close()
        store = opener(TABLES)
        try:
            assert store.cursor(ACCOUNT, "INBOX", "1") == "2"
            assert store.unknown(ACCOUNT, "INBOX", "1", ["3", "1", "2"]) == ["3"]
            assert store.raw(2) == raw(2)
            found = store.record(RecordRef("ticket", 2))
            assert found is not None
            assert found.values["priority"] == 2
            assert entry_numbers(store) == [1, 2]
        finally:
            store.close()

    def test_closing_twice_is_fine(self, opener: Opener) -> None:
        """The second time does nothing."""
        store = opener(TABLES)
        store.close()
        store.close()

    def test_a_second_engine_is_refused(self, store: Store, opener: Opener) -> None:
        """And does no harm to the first."""
        with refused("PR520"):
            opener(TABLES)
        store.commit(whole(1))

    def test_a_cursor_belongs_to_an_epoch(self, store: Store) -> None:
        """And moves wherever it is put."""
        for key in ("5", "9"):
            store.commit(Batch(cursors=[Cursor(ACCOUNT, "INBOX", "1", key)]))
        assert store.cursor(ACCOUNT, "INBOX", "1") == "9"
        assert store.cursor(ACCOUNT, "INBOX", "2") == ""
        assert store.cursor("sales", "INBOX", "1") == ""

    def test_a_place_is_known_in_its_account_mailbox_and_epoch_alone(self, store: Store) -> None:
        """The order of what is asked is kept."""
        store.commit(Batch(received=[Received(ACCOUNT, place(n), 1) for n in (1, 3)]))
        assert store.unknown(ACCOUNT, "INBOX", "1", ["4", "3", "2", "1"]) == ["4", "2"]
        assert store.unknown(ACCOUNT, "INBOX", "2", ["1"]) == ["1"]
        assert store.unknown(ACCOUNT, "Archive", "1", ["1"]) == ["1"]
        assert store.unknown("sales", "INBOX", "1", ["1"]) == ["1"]

    def test_raw_mail_comes_back_byte_for_byte(self, store: Store) -> None:
        """Whatever the bytes are; and there is an error for mail that is not there."""
        bodies = [b"", b"\0" * 100_000, bytes(range(256)) * 40, b"\x28\xb5\x2f\xfd\r\n."]
        store.commit(Batch(communications=[mail(n, raw=b) for n, b in enumerate(bodies, 1)]))
        assert [store.raw(n) for n, _ in enumerate(bodies, 1)] == bodies
        with pytest.raises(KeyError):
            store.raw(99)

    def test_what_an_engine_died_with_is_suspect(self, opener: Opener) -> None:
        """Each death counts; what was let go, or was committed after all, does not."""
        first = opener(TABLES)
        given_up = first.take_in_hand(ACCOUNT, [place(7)])
        first.take_in_hand(ACCOUNT, [place(1), place(2)])
        first.let_go(given_up, done=False)
        first.take_in_hand("sales", [place(1)])
        first.commit(Batch(received=[Received(ACCOUNT, place(2), 1)]))
        assert first.suspects() == {}
        first.close()
        second = opener(TABLES)
        assert second.suspects() == {(ACCOUNT, place(1)): 1, ("sales", place(1)): 1}
        second.take_in_hand(ACCOUNT, [place(1)])
        second.close()
        third = opener(TABLES)
        try:
            assert third.suspects() == {(ACCOUNT, place(1)): 2, ("sales", place(1)): 1}
            third.let_go(third.take_in_hand(ACCOUNT, [place(1)]), done=False)
            assert third.suspects()[ACCOUNT, place(1)] == 2
            third.let_go(third.take_in_hand(ACCOUNT, [place(1)]), done=True)
            assert third.suspects() == {("sales", place(1)): 1}
        finally:
            third.close()

    def test_a_death_with_many_in_hand_counts_against_none_of_them(self, opener: Opener) -> None:
        """They are suspects all the same; of a few, each may be what the engine died of."""
        first = opener(TABLES)
        first.take_in_hand(ACCOUNT, [place(n) for n in range(FEW + 1)])
        first.take_in_hand("sales", [place(n) for n in range(FEW)])
        first.close()
        second = opener(TABLES)
        many = {(ACCOUNT, place(n)): 0 for n in range(FEW + 1)}
        assert second.suspects() == many | {("sales", place(n)): 1 for n in range(FEW)}
        second.take_in_hand(ACCOUNT, [place(n) for n in range(FEW)])
        second.close()
        third = opener(TABLES)
        found = third.suspects()
        third.close()
        assert [found[ACCOUNT, place(n)] for n in range(FEW + 1)] == [1] * FEW + [0]

    def test_what_is_in_hand_is_told_apart(self, opener: Opener) -> None:
        """Several threads have something in hand, and let go in any order."""
        first = opener(TABLES)
        notes = [first.take_in_hand(ACCOUNT, [place(n)]) for n in range(4)]
        for note in (notes[2], notes[0]):
            first.let_go(note, done=True)
        first.close()
        second = opener(TABLES)
        assert second.suspects() == {(ACCOUNT, place(n)): 1 for n in (1, 3)}
        second.close()

    def test_same_bytes_are_found_in_the_account(self, store: Store) -> None:
        """The earliest of them, with the mailboxes and epochs that hold it."""
        same = raw(1)
        store.commit(
            Batch(
                communications=[
                    mail(1, raw=same, account="sales"),
                    mail(2, raw=same, direction="out"),
                    mail(3, raw=same),
                    mail(4, raw=same),
                ],
                received=[
                    Received(ACCOUNT, place(7), 3),
                    Received(ACCOUNT, place(7, epoch="2"), 3),
                ],
            )
        )
        key = mail(1).sha256
        found = store.lookup(Wanted(ACCOUNT, sha256s=[key, "ff"]))
        assert list(found.by_sha256) == [key]
        assert found.by_sha256[key].communication == 3
        assert found.epochs == {key: frozenset({("INBOX", "1"), ("INBOX", "2")})}

    def test_what_others_who_share_the_address_made_a_record_of_is_found(
        self, store: Store
    ) -> None:
        """Of their messages in, the earliest first; those that came to nothing are nobody's."""
        same, ref = raw(1), RecordRef("ticket", 1)
        made = {"raw": same, "ref": ref, "submission": "s"}
        store.commit(
            Batch(
                communications=[
                    mail(1, raw=same, account="sales"),
                    mail(2, **made, account="stranger"),
                    mail(3, **made, account="sales", direction="out"),
                    mail(4, **made, account="sales"),
                    mail(5, **made, account="sales"),
                    mail(6, ref=ref, submission="s", account="sales"),
                    mail(7, ref=ref, submission="", account="sales"),
                ],
                changes=[ticket(1)],
            )
        )
        key = mail(1).sha256
        asked = Wanted(ACCOUNT, sharing=["sales"], sha256s=[key], submissions=["s", ""])
        found = store.lookup(asked)
        numbers = {
            key: [seen.communication for seen in some] for key, some in found.elsewhere.items()
        }
        assert numbers == {key: [4, 5], "s": [4, 5, 6]}
        assert list(found.records) == [ref]
        alone = Wanted(ACCOUNT, sha256s=[key], submissions=["s"])
        assert store.lookup(alone).elsewhere == {}

    def test_a_submission_is_found_in_the_account(self, store: Store) -> None:
        """No submission is no submission, however many messages have none."""
        store.commit(
            Batch(communications=[mail(1, submission="s"), mail(2, submission="", account="x")])
        )
        found = store.lookup(Wanted(ACCOUNT, submissions=["s", ""])).by_submission
        assert {key: seen.communication for key, seen in found.items()} == {"s": 1}
        assert store.lookup(Wanted("sales", submissions=["s"])).by_submission == {}

    def test_a_message_id_is_found_in_every_account(self, store: Store) -> None:
        """Coming in and going out, in order; with the record it is about."""
        ref = RecordRef("ticket", 1)
        store.commit(
            Batch(
                communications=[
                    mail(1, message_id="m@x"),
                    mail(2, message_id="m@x", account="sales", ref=ref),
                    mail(3, message_id="m@x", direction="out"),
                    mail(4, message_id="M@x"),
                ],
                changes=[ticket(1)],
            )
        )
        found = store.lookup(Wanted(ACCOUNT, message_ids=["m@x", "n@x", ""]))
        assert [seen.communication for seen in found.by_message_id["m@x"]] == [1, 2, 3]
        assert [seen.direction for seen in found.by_message_id["m@x"]] == ["in", "in", "out"]
        assert found.by_message_id["m@x"][1].ref == ref
        assert ref in found.records

    def test_ids_of_a_batch_are_kept_free(self, store: Store) -> None:
        """Mail that is sent meanwhile gets none of them."""
        store.commit(replace(whole(1), notices=[notice(1)]))
        (row,) = store.lease(NOW, 10)
        first = store.lookup(Wanted(ACCOUNT, sha256s=["a", "b"], tables=["ticket"]))
        assert first.next_communication == 2
        assert first.next_record == {"ticket": 2}
        store.sent(row, SendOutcome("sent", raw=b"out", message_id="out@x"), NOW)
        store.commit(whole(2, 3))
        out = store.lookup(Wanted(ACCOUNT, message_ids=["out@x"])).by_message_id["out@x"]
        assert [seen.communication for seen in out] == [4]

    def test_a_batch_is_written_whole_or_not_at_all(self, store: Store) -> None:
        """One row that does not fit takes the others with it."""
        store.commit(whole(1))
        for wrong in (
            replace(whole(2), changes=[ticket(2), ticket(1)]),
            replace(whole(2), communications=[mail(2), mail(1)]),
            replace(whole(2), changes=[update(ticket(2), title="x")]),
        ):
            with refused("PR524"):
                store.commit(wrong)
            assert store.unknown(ACCOUNT, "INBOX", "1", ["2"]) == ["2"]
            assert store.record(RecordRef("ticket", 2)) is None
            with pytest.raises(KeyError):
                store.raw(2)
        store.commit(whole(2))
        assert entry_numbers(store) == [1, 2]
        assert store.raw(2) == raw(2)

    def test_entries_are_numbered_without_a_gap(self, store: Store) -> None:
        """In the order in which they came."""
        store.commit(Batch(entries=[entry(1), entry(2, "message_linked")]))
        store.commit(Batch(entries=[entry(3)]))
        store.publish()
        rows = store.query("SELECT seq, kind, communication FROM entries ORDER BY seq").rows
        assert rows == [(1, "decision", 1), (2, "message_linked", 2), (3, "decision", 3)]

    def test_every_kind_of_value_comes_back_as_it_was(self, opener: Opener) -> None:
        """Nothing too."""
        person = LogEntry(
            after(1.5), "ann@x.example", verified=True, text="line\r\nline \U0001f600"
        )
        file = FileRef("ab" * 32, "a b.pdf", "application/pdf", 2**40, 1, 3)
        values: dict[FieldType, Value] = {
            "text": 'O\'Brien "x" \\ \0 \u2028 ü',
            "log": (person, replace(person, verified=False)),
            "integer": -(2**60),
            "decimal": Decimal("12345678901234567890.123456789"),
            "boolean": False,
            "date": date(1, 1, 1),
            "timestamp": datetime(2026, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC),
            "choice": "a b",
            "multi_choice": ("a", "b, c"),
            "email": "ann@xn--mnchen-3ya.example",
            "list": ("x@y", "", "ü"),
            "reference": 7,
            "files": (file,),
            "serial": 3,
        }
        fields = {f"f_{kind}": Field(f"f_{kind}", kind, of="text") for kind in get_args(FieldType)}
        held = {f"f_{kind}": value for kind, value in values.items()}
        store = opener({"thing": Table("thing", fields)})
        try:
            full, empty = RecordRef("thing", 1), RecordRef("thing", 2)
            store.commit(
                Batch(
                    changes=[RecordChange("create", full, held), RecordChange("create", empty, {})]
                )
            )
            record = store.record(full)
            assert record is not None
            assert record.values == held
            bare = store.record(empty)
            assert bare is not None
            assert {value for value in bare.values.values() if value} == set()
        finally:
            store.close()

    def test_a_table_may_have_the_name_of_a_keyword(self, opener: Opener) -> None:
        """And so may its fields."""
        table = Table("select", {name: Field(name, "text") for name in ("from", "group", "where")})
        ref = RecordRef("select", 1)
        store = opener({"select": table})
        try:
            store.commit(Batch(changes=[RecordChange("create", ref, {"from": "a", "where": "b"})]))
            store.commit(Batch(changes=[RecordChange("update", ref, {"group": "c"}, {}, 2)]))
            record = store.record(ref)
            assert record is not None
            assert record.values == {"from": "a", "group": "c", "where": "b"}
            store.publish()
            assert store.query('SELECT "group" FROM records."select"').rows == [("c",)]
        finally:
            store.close()

    def test_an_update_changes_its_fields_alone(self, store: Store) -> None:
        """Any number of times, in one batch too."""
        created = ticket(1, priority=1, kind="General")
        first = update(created, priority=2)
        second = update(first, title="newer")
        store.commit(Batch(changes=[created, first]))
        store.commit(Batch(changes=[second, update(second, priority=4)]))
        record = store.record(created.ref)
        assert record is not None
        assert record.revision == 4
        assert record.values == {"title": "newer", "priority": 4, "kind": "General", "notes": ()}

    def test_an_update_of_what_was_changed_meanwhile_is_refused(self, store: Store) -> None:
        """Who decided on the old record must decide again."""
        created = ticket(1)
        store.commit(Batch(changes=[created]))
        store.commit(Batch(changes=[update(created, title="one")]))
        with refused("PR524"):
            store.commit(Batch(changes=[update(created, title="two")]))
        record = store.record(created.ref)
        assert record is not None
        assert record.values["title"] == "one"

    def test_a_text_without_end_is_refused(self, store: Store) -> None:
        """One such message is put aside; it must not burden every look at the table."""
        with refused("PR524"):
            store.commit(Batch(changes=[ticket(1, title="x" * 5_000_000)]))
        store.commit(Batch(changes=[ticket(1, title="x" * 1_000_000)]))

    def test_a_unique_field_is_unique_in_any_case_of_letters(self, store: Store) -> None:
        """Among the records there are, and in one batch."""
        store.commit(Batch(changes=[contact(1, "ann@x.example")]))
        for wrong in (
            [contact(2, "Ann@X.example")],
            [contact(2, "bob@x.example"), contact(3, "BOB@x.example")],
        ):
            with refused("PR524"):
                store.commit(Batch(changes=wrong))
        store.commit(Batch(changes=[contact(2, None), contact(3, None)]))
        store.commit(Batch(changes=[update(contact(1, ""), email="ANN@x.example")]))

    def test_contacts_are_found_by_any_of_their_addresses(self, store: Store) -> None:
        """Of several, the one with the smallest id."""
        store.commit(
            Batch(
                changes=[
                    contact(1, "Ann@X.example", "a@y.example", "A2@y.example"),
                    contact(2, "bob@x.example", "a@y.example"),
                ]
            )
        )
        wanted = Wanted(
            ACCOUNT,
            addresses=["ann@x.example", "a@y.example", "a2@y.example", "bob@x.example", "c@x"],
            contact_table="contact",
            contact_fields=["email", "other"],
        )
        found = store.lookup(wanted).contacts
        assert {address: record.ref.id for address, record in found.items()} == {
            "ann@x.example": 1, "a@y.example": 1, "a2@y.example": 1, "bob@x.example": 2,
        }  # fmt: skip
        assert found["ann@x.example"].values["name"] == "contact 1"

    def test_participants_are_the_people_of_verified_mail(self, store: Store) -> None:
        """Who wrote, and who was written to."""
        one, two = RecordRef("ticket", 1), RecordRef("ticket", 2)
        store.commit(
            Batch(
                communications=[
                    mail(1, ref=one, sender="a@x", recipients=("b@x", "c@x")),
                    mail(2, ref=one, sender="evil@x", verified=False),
                    mail(3, ref=two, sender="d@x", recipients=()),
                    mail(4, ref=RecordRef("contact", 1), sender="e@x"),
                ],
                changes=[ticket(1), ticket(2)],
            )
        )
        found = store.lookup(Wanted(ACCOUNT, refs=[one, two, RecordRef("ticket", 9)]))
        assert found.participants[one] == {"a@x", "b@x", "c@x"}
        assert found.participants[two] == {"d@x"}
        assert set(found.records) == {one, two}

    def test_arrivals_are_counted_by_sender_in_the_account(self, store: Store) -> None:
        """From a time on, ascending."""
        sent = [(1, 30), (2, 10), (3, 20), (4, -99)]
        mails = [mail(n, sender="a@x", received_at=after(at)) for n, at in sent]
        mails += [mail(5, sender="b@x"), mail(6, sender="a@x", account="sales")]
        store.commit(Batch(communications=mails))
        found = store.lookup(Wanted(ACCOUNT, addresses=["a@x"], arrivals_since=NOW)).arrivals
        assert found == {"a@x": [after(10), after(20), after(30)]}
        assert store.lookup(Wanted(ACCOUNT, addresses=["a@x"])).arrivals == {}

    def test_rules_are_remembered(self, store: Store) -> None:
        """Once for each hash; whoever reads finds them by it."""
        store.remember_rules("abc", {"a.yaml": "version: 1\n", "b.yaml": "x"})
        store.remember_rules("abc", {"a.yaml": "another"})
        store.remember_rules("def", {"a.yaml": "version: 2\n"})
        store.publish()
        found = store.query("SELECT rules, name FROM rule_files ORDER BY ALL").rows
        assert found == [("abc", "a.yaml"), ("abc", "b.yaml"), ("def", "a.yaml")]

    def test_a_table_keeps_its_number(self, opener: Opener) -> None:
        """A new one gets another, whatever became of the old ones."""
        store = opener(TABLES)
        first = dict(store.table_ids())
        store.close()
        extra = {**TABLES, "asset": Table("asset", {"name": Field("name", "text")})}
        store = opener(extra)
        second = dict(store.table_ids())
        store.close()
        store = opener(TABLES)
        third = dict(store.table_ids())
        store.close()
        assert len(set(second.values())) == 3
        assert {name: second[name] for name in first} == first
        assert third["asset"] == second["asset"]

    def test_answers_are_counted_by_address(self, store: Store) -> None:
        """From a time on, ascending, with their templates; alerts are no answers."""
        hour = timedelta(hours=1)
        store.commit(
            Batch(
                notices=[
                    notice(1, to=("A@x",), created_at=NOW - hour / 2, template="ack"),
                    notice(2, to=("a@x", "b@x"), created_at=NOW - 2 * hour, template="no"),
                    notice(3, to=("a@x",), created_at=NOW - 30 * hour),
                    notice(4, to=("a@x",), kind="alert"),
                ]
            )
        )
        wanted = Wanted(ACCOUNT, addresses=["a@x"], answers_since=NOW - 24 * hour, now=NOW)
        found = store.lookup(wanted)
        assert found.answers == {"a@x": [(NOW - 2 * hour, "no"), (NOW - hour / 2, "ack")]}
        assert found.answers_last_hour == 1

    def test_answers_are_counted_by_account_domain_and_record(self, store: Store) -> None:
        """Those of an hour, and of a day for a record."""
        hour = timedelta(hours=1)
        elsewhere = replace(notice(4, to=("d@y",)), account="elsewhere")
        store.commit(
            Batch(
                notices=[
                    notice(1, 7, to=("A@x",), created_at=NOW - hour / 2),
                    notice(2, 7, to=("b@x",), created_at=NOW - 23 * hour),
                    notice(3, 7, to=("c@x",), created_at=NOW - 25 * hour),
                    elsewhere,
                    notice(5, 7, to=("e@x",), kind="alert"),
                ]
            )
        )
        refs = [RecordRef("ticket", 7), RecordRef("contact", 7)]
        found = store.lookup(Wanted(ACCOUNT, refs=refs, now=NOW))
        assert (found.answers_last_hour, found.account_answers_last_hour) == (2, 1)
        assert found.domain_answers_last_hour == {"x": 1, "y": 1}
        assert found.record_answers_last_day == {RecordRef("ticket", 7): 2}

    def test_a_mark_stands_until_it_is_set_again(self, opener: Opener) -> None:
        """In the next engine too."""
        store = opener(TABLES)
        assert store.lookup(Wanted(ACCOUNT)).marks == {}
        store.commit(Batch(marks={"one": NOW, "two": NOW}))
        store.commit(Batch(marks={"one": NOW + timedelta(hours=1)}))
        store.close()
        store = opener(TABLES)
        assert store.lookup(Wanted(ACCOUNT)).marks == {
            "one": NOW + timedelta(hours=1),
            "two": NOW,
        }
        store.close()
