"""Gmail's own extensions (X-GM-EXT-1): ids that are for ever, conversations, labels.

https://developers.google.com/workspace/gmail/imap/imap-extensions
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from postroom_imap.signin import Client

CAPABILITY = "X-GM-EXT-1"
MAILBOX = "Gmail"
"""Where all messages lie, whatever folders, that is labels, they are seen in."""
ITEMS = ("X-GM-MSGID", "X-GM-THRID")
ALL_MAIL = b"\\All"
TRASH = b"\\Trash"


def ids(client: Client, uids: Sequence[int]) -> dict[str, int]:
    """Return the ids of those messages that are still there, with their UIDs, in the same order."""
    found = client.fetch(uids, [ITEMS[0]])
    return {message_id: uid for uid in uids if (message_id := number(found.get(uid, {}), ITEMS[0]))}


def find(client: Client, message_id: str) -> int | None:
    """Return the UID of a message in the folder that is open; None if it is not there."""
    return max(client.search([ITEMS[0], int(message_id)]), default=None)


def add_label(client: Client, uid: int, label: str) -> None:
    """Set a label."""
    client.add_gmail_labels([uid], [label], silent=True)


def special(client: Client) -> dict[bytes, str]:
    """Return the folders with a special use (RFC 6154): their names are in the user's language."""
    return {flag: name for flags, _, name in client.list_folders() for flag in flags}


def number(found: Mapping[bytes, Any], item: str) -> str:
    """Return a 64-bit id as text; "" if there is none."""
    value = found.get(item.encode("ascii"))
    return str(value) if isinstance(value, int) and value > 0 else ""
