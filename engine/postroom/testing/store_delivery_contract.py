"""What every store must do with notices and server actions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from postroom.hooks.contracts import Receipt, SendOutcome
from postroom.model.batch import Batch, Received, Wanted
from postroom.model.record import RecordRef
from postroom.testing.store_rows import (
    ACCOUNT,
    NOW,
    TABLES,
    action,
    after,
    mail,
    notice,
    place,
    ticket,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.hooks.contracts import Store
    from postroom.model.batch import OutboxRow
    from postroom.testing.store_ledger_contract import Opener


def kinds(store: Store) -> list[str]:
    """Return the kinds of all audit entries, in order."""
    store.publish()
    return [row[0] for row in store.query("SELECT kind FROM entries ORDER BY seq").rows]


def keys(rows: Sequence[OutboxRow]) -> list[str]:
    """Return the keys of leased notices."""
    return [row.notice.key for row in rows]


class Outbox:
    """Notices on their way."""

    def test_a_notice_comes_back_as_it_was_queued(self, store: Store) -> None:
        """With an id, and not a second time."""
        queued = notice(1, 5, references=("a@x", "b@x"), kind="forward", attach_original="all")
        store.commit(Batch(notices=[queued]))
        (row,) = store.lease(NOW, 10)
        assert row.id > 0
        assert replace(row, id=0) == queued
        assert store.lease(NOW, 10) == []

    def test_what_is_not_due_waits(self, store: Store) -> None:
        """No more than was asked for is taken, oldest first."""
        store.commit(Batch(notices=[notice(1, due_at=after(60)), *map(notice, (2, 3, 4))]))
        assert keys(store.lease(NOW, 2)) == ["key 2", "key 3"]
        assert keys(store.lease(after(60), 10)) == ["key 1", "key 4"]

    def test_order_is_kept_for_each_record(self, store: Store) -> None:
        """A notice waits until the one before it is done with; other records do not wait."""
        store.commit(Batch(notices=[notice(1, 1), notice(2, 1), notice(3, 2), notice(4)]))
        first, *others = store.lease(NOW, 10)
        assert keys([first, *others]) == ["key 1", "key 3", "key 4"]
        assert store.lease(NOW, 10) == []
        store.sent(first, SendOutcome("retry", "busy", after(60)), NOW)
        assert store.lease(after(59), 10) == []
        (again,) = store.lease(after(60), 10)
        assert (again.notice.key, again.attempts) == ("key 1", 1)
        store.sent(again, SendOutcome("refused", "no such user"), after(60))
        assert keys(store.lease(after(60), 10)) == ["key 2"]

    def test_what_was_sent_is_a_communication(self, store: Store) -> None:
        """It is found by its Message-ID, and its recipients take part in the record."""
        ref = RecordRef("ticket", 1)
        store.commit(Batch(changes=[ticket(1)], notices=[notice(1, 1)]))
        (row,) = store.lease(NOW, 10)
        sent = SendOutcome("sent", raw=b"Subject: Re\r\n\r\n", message_id="out@xyz.example")
        store.sent(row, sent, NOW)
        found = store.lookup(Wanted(ACCOUNT, message_ids=["out@xyz.example"]))
        (seen,) = found.by_message_id["out@xyz.example"]
        assert (seen.direction, seen.ref) == ("out", ref)
        assert store.raw(seen.communication) == b"Subject: Re\r\n\r\n"
        assert found.participants[ref] == {"ann1@partner.example"}
        assert kinds(store) == ["notice_sent"]
        assert store.lease(after(9999), 10) == []

    def test_each_attempt_is_audited(self, store: Store) -> None:
        """With what the other side said."""
        store.commit(Batch(notices=[notice(1)]))
        for outcome in (SendOutcome("retry", "busy", NOW), SendOutcome("unknown", "line dead")):
            (row,) = store.lease(NOW, 10)
            store.sent(row, outcome, NOW)
        store.publish()
        rows = store.query("SELECT event, attempt, detail FROM notices ORDER BY seq").rows
        assert rows == [("retried", 1, "busy"), ("unknown", 2, "line dead")]
        assert store.lease(after(9999), 10) == []

    def test_an_answer_that_was_being_sent_is_not_sent_again(self, opener: Opener) -> None:
        """An alert is: it may arrive twice, an answer may not."""
        store = opener(TABLES)
        queued = [notice(1), notice(2, kind="alert"), notice(3, kind="forward"), notice(4)]
        store.commit(Batch(notices=queued))
        assert len(store.lease(NOW, 3)) == 3
        store.close()
        store = opener(TABLES)
        try:
            assert keys(store.lease(NOW, 10)) == ["key 2", "key 3", "key 4"]
            assert store.lease(after(9999), 10) == []
            assert kinds(store) == ["notice_unknown", "notice_retried", "notice_retried"]
        finally:
            store.close()


class Actions:
    """What is to be done on servers."""

    def test_actions_are_due_in_the_order_of_their_messages(self, store: Store) -> None:
        """Those of the account whose time has come, no more than asked for."""
        other = replace(action(9), account="sales")
        planned = [action(1), action(2, "delete", wait=60), other, action(3, "move"), action(4)]
        store.commit(Batch(actions=planned))
        due = store.due_actions(ACCOUNT, NOW, 2)
        assert [each.place for each in due] == [place(1), place(3)]
        assert (due[1].verb, due[1].target) == ("move", "Processed")
        assert (due[1].sha256, due[1].communication) == (mail(3).sha256, 3)
        later = store.due_actions(ACCOUNT, after(60), 10)
        assert [each.communication for each in later] == [1, 2, 3, 4]

    def test_what_is_done_is_not_due_again(self, store: Store) -> None:
        """Nor is what there is no sense in trying again."""
        store.commit(Batch(actions=[action(1, "delete"), action(2, "move")]))
        first, second = store.due_actions(ACCOUNT, NOW, 10)
        gone = Receipt(done=False, detail="no such folder")
        store.settled([(first.id, Receipt(done=True)), (second.id, gone)], NOW)
        assert store.due_actions(ACCOUNT, after(10**6), 10) == []
        store.publish()
        rows = store.query("SELECT verb, done, detail FROM server_actions ORDER BY seq").rows
        assert rows == [("delete", True, None), ("move", False, "no such folder")]

    def test_what_failed_is_tried_again_later_and_later(self, store: Store) -> None:
        """After a minute at first; never more than four hours apart."""
        store.commit(Batch(actions=[action(1)]))
        now = NOW
        for minutes in (1, 2, 4, 8, 16, 32, 64, 128, 240, 240):
            (due,) = store.due_actions(ACCOUNT, now, 10)
            store.settled([(due.id, Receipt(done=False, final=False))], now)
            now += timedelta(minutes=minutes)
            assert store.due_actions(ACCOUNT, now - timedelta(seconds=1), 10) == []

    def test_what_is_not_done_moves_with_a_message_that_was_numbered_anew(
        self, store: Store
    ) -> None:
        """It is due at the new place, even if it was given up; what is done stays done."""
        planned = [action(n, "move") for n in (1, 2, 3)]
        elsewhere = replace(action(1, "move"), place=place(1, "Copies"))
        whole = [Received(ACCOUNT, place(n), n) for n in (1, 2, 3)]
        store.commit(Batch(received=whole, actions=[*planned, elsewhere]))
        first, second, *_ = store.due_actions(ACCOUNT, NOW, 10)
        done, gone = Receipt(done=True), Receipt(done=False, detail="numbered anew")
        store.settled([(first.id, gone), (second.id, done)], NOW)
        again = [Received(ACCOUNT, place(n + 10, epoch="2"), n) for n in (1, 2, 3)]
        store.commit(Batch(renumbered=again))
        due = [each.place for each in store.due_actions(ACCOUNT, NOW, 10)]
        assert due == [place(11, epoch="2"), place(13, epoch="2"), place(1, "Copies")]
        assert store.unknown(ACCOUNT, "INBOX", "2", ["11", "12", "13", "14"]) == ["14"]
