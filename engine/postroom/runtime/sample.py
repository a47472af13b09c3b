"""Deliver the sample mail that comes with starter rules, as correspondents would.

Their answers refer to what postroom sent them: `{{token SUP-1}}` stands for the token in the
subject of our mail about that record, `{{message-id SUP-1}}` for its Message-ID.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from postroom.mail.read import read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from postroom.hooks.contracts import Archive


def days(folder: Path) -> list[Path]:
    """Return the folders of mail, one for each stretch of time, in order."""
    return sorted(each for each in folder.iterdir() if each.is_dir())


def deliver(day: Path, inbox: Path, said: Mapping[str, str], dated: datetime) -> int:
    """Put a day's mail into an inbox folder; return how many messages there are.

    Each file is as old as its Date field says, or as dated where it has none.
    """
    inbox.mkdir(parents=True, exist_ok=True)
    mail = sorted(day.glob("*.eml"))
    for each in mail:
        raw = each.read_bytes()
        for hole, words in said.items():
            raw = raw.replace(f"{{{{{hole}}}}}".encode(), words.encode())
        target = inbox / each.name
        target.write_bytes(raw)
        written = (read(raw).date or dated).timestamp()
        os.utime(target, (written, written))
    return len(mail)


def said_to_correspondents(archive: Archive) -> dict[str, str]:
    """Return what stands in the mail that went out, by the holes it fills."""
    return dict(_said(archive))


def _said(archive: Archive) -> Iterator[tuple[str, str]]:
    sent = archive.query(
        "SELECT number, message_id FROM communications JOIN records.ticket AS ticket "
        "ON ticket.id = record WHERE direction = 'out' AND message_id <> ''"
    )
    for number, message_id in sent.rows:
        yield f"message-id {number}", message_id
        yield f"token {number}", message_id.partition(".")[0]
