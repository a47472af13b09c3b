"""What is done to a message on its server is done to that message, and once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from postroom.testing.checks import shows
from postroom.testing.transport_contract.means import LIMIT, action_for, fetch, message

if TYPE_CHECKING:
    from postroom.model.envelope import ActionVerb
    from postroom.testing.transport_contract.mailbox import Mailbox


class SettlingContract:
    """Keep, flag, move and delete; whatever is asked twice is done once."""

    @shows("settle twice")
    def test_keeping_changes_nothing(self, mailbox: Mailbox) -> None:
        """It is done as soon as it is asked for."""
        mailbox.deliver([message(1)])
        (found,) = fetch(mailbox)
        before = mailbox.state()
        transport = mailbox.transport(LIMIT)
        assert transport.settle(action_for(found, "keep")).done
        transport.close()
        assert mailbox.state() == before

    @shows("settle twice")
    def test_what_is_deleted_is_gone_and_nothing_else(self, mailbox: Mailbox) -> None:
        """A second time it is already done."""
        self._take_away(mailbox, "delete")

    @shows("settle twice")
    def test_what_is_moved_is_gone_and_nothing_else(self, mailbox: Mailbox) -> None:
        """The folder is made where it is missing."""
        self._take_away(mailbox, "move")

    def _take_away(self, mailbox: Mailbox, verb: ActionVerb) -> None:
        if verb not in mailbox.verbs:
            pytest.skip(f"nothing can be done here that would {verb} a message")
        mailbox.deliver([message(1), message(2), message(3)])
        action = action_for(fetch(mailbox)[1], verb, "Processed")
        transport = mailbox.transport(LIMIT)
        for _ in range(2):
            receipt = transport.settle(action)
            assert receipt.done, receipt.detail
        transport.close()
        assert [each.raw for each in fetch(mailbox)] == [message(1), message(3)]

    @shows("settle twice")
    def test_a_flag_hides_nothing_and_changes_no_place(self, mailbox: Mailbox) -> None:
        """Set twice, it is set once."""
        if "flag" not in mailbox.verbs:
            pytest.skip("there are no flags here")
        mailbox.deliver([message(1), message(2)])
        found, before = fetch(mailbox), mailbox.state()
        transport = mailbox.transport(LIMIT)
        assert transport.settle(action_for(found[0], "flag", "seen")).done
        after = mailbox.state()
        assert after != before
        assert transport.settle(action_for(found[0], "flag", "seen")).done
        assert mailbox.state() == after
        transport.close()
        assert [each.place for each in fetch(mailbox)] == [each.place for each in found]

    def test_a_flag_or_a_folder_that_cannot_be_is_refused(self, mailbox: Mailbox) -> None:
        """And the message stays as it is."""
        mailbox.deliver([message(1)])
        (found,) = fetch(mailbox)
        before = mailbox.state()
        transport = mailbox.transport(LIMIT)
        for action in (
            action_for(found, "flag", "no such\r\nflag"),
            action_for(found, "move", ""),
            action_for(found, "move", "../elsewhere"),
        ):
            receipt = transport.settle(action)
            assert (receipt.done, receipt.final) == (False, True), receipt
        transport.close()
        assert mailbox.state() == before

    def test_what_cannot_be_done_here_is_refused_for_good(self, mailbox: Mailbox) -> None:
        """With words that say why."""
        mailbox.deliver([message(1)])
        (found,) = fetch(mailbox)
        transport = mailbox.transport(LIMIT)
        verbs: tuple[ActionVerb, ...] = ("flag", "move", "delete")
        for verb in verbs:
            if verb not in mailbox.verbs:
                receipt = transport.settle(action_for(found, verb, "Processed"))
                assert (receipt.done, receipt.final) == (False, True), receipt
                assert receipt.detail
        transport.close()
        assert [each.raw for each in fetch(mailbox)] == [message(1)]

    @shows("settle twice")
    def test_another_message_in_the_same_place_is_not_touched(self, mailbox: Mailbox) -> None:
        """The hash tells them apart."""
        mailbox.deliver([message(1)])
        (found,) = fetch(mailbox)
        before = mailbox.state()
        transport = mailbox.transport(LIMIT)
        verbs: tuple[ActionVerb, ...] = ("flag", "move", "delete")
        for verb in verbs:
            if verb in mailbox.verbs:
                wrong = replace(action_for(found, verb, "seen"), sha256="0" * 64)
                assert not transport.settle(wrong).done
        transport.close()
        assert mailbox.state() == before

    @shows("settle twice")
    def test_a_message_that_somebody_else_removed_is_settled(self, mailbox: Mailbox) -> None:
        """There is nothing left to do."""
        if "delete" not in mailbox.verbs:
            pytest.skip("nothing can be deleted here")
        mailbox.deliver([message(1)])
        (found,) = fetch(mailbox)
        transport, other = mailbox.transport(LIMIT), mailbox.transport(LIMIT)
        assert other.settle(action_for(found, "delete")).done
        other.close()
        assert transport.settle(action_for(found, "delete")).done
        transport.close()
