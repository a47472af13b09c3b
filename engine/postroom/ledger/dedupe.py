"""What counts as the same message.

Same bytes in the account, or the same submission: a duplicate. Same bytes in another epoch of the
same mailbox: the same message still, for the server has only numbered its mailbox anew. The same
Message-ID with other content is a message of its own, or anybody who knows an id could keep a
message from being read. Subject, sender and date alone say nothing. Another account is another
matter: an address that feeds two tables is meant to reach both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from postroom.model.batch import Found
    from postroom.model.envelope import Place
    from postroom.model.message import Message


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a message is, held against those that are known."""

    kind: Literal["new", "link", "duplicate"]
    of: int | None = None
    """link and duplicate: the communication that it is, or repeats."""
    by: Literal["", "bytes", "submission"] = ""
    message_id_reused: bool = False
    """A message of other content came with the same Message-ID before."""


class Sightings:
    """The messages of one account that are known: in the ledger, and in the batch so far."""

    def __init__(self, found: Found, account: str) -> None:
        self._by_bytes = {key: seen.communication for key, seen in found.by_sha256.items()}
        self._by_submission = {key: seen.communication for key, seen in found.by_submission.items()}
        self._message_ids = {
            message_id
            for message_id, seen in found.by_message_id.items()
            if any(each.direction == "in" and each.account == account for each in seen)
        }
        self._epochs = {key: set(epochs) for key, epochs in found.epochs.items()}

    def judge(self, place: Place, message: Message) -> Sighting:
        """Return what a message is. Follow it with `note`, before the next one is judged."""
        same_bytes = self._by_bytes.get(message.sha256)
        if same_bytes is not None:
            link = self._renumbered(place, message.sha256)
            return Sighting("link" if link else "duplicate", same_bytes, "bytes")
        if not message.message_id:
            return Sighting("new")
        same_submission = (
            self._by_submission.get(message.submission) if message.submission else None
        )
        if same_submission is not None:
            return Sighting("duplicate", same_submission, "submission")
        return Sighting("new", message_id_reused=message.message_id in self._message_ids)

    def note(self, place: Place, message: Message, communication: int) -> None:
        """Take a message into account for those that follow, under the communication it is."""
        self._by_bytes.setdefault(message.sha256, communication)
        self._epochs.setdefault(message.sha256, set()).add((place.mailbox, place.epoch))
        if message.message_id:
            self._message_ids.add(message.message_id)
            if message.submission:
                self._by_submission.setdefault(message.submission, communication)

    def _renumbered(self, place: Place, sha256: str) -> bool:
        """Whether the bytes lay in this mailbox under another epoch, and not yet under this one."""
        epochs = {
            epoch for mailbox, epoch in self._epochs.get(sha256, ()) if mailbox == place.mailbox
        }
        return bool(epochs) and place.epoch not in epochs
