"""An engine that reads from a real Dovecot: what is particular to IMAP, from mailbox to ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.faults.station import station

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from tests.servers.ca import LocalCA
    from tests.servers.dovecot import User


def test_old_mail_is_known_without_its_bytes(
    tmp_path: Path, user: User, ca: LocalCA, monkeypatch: pytest.MonkeyPatch
) -> None:
    user.append([b"Subject: %d\r\n\r\n" % n for n in range(3)], at=datetime(2019, 5, 1, tzinfo=UTC))
    more = ", start_at: 2019-06-01, trace: true, after: {decided: {move_to: Done}}"
    with station(tmp_path, user, ca, patch=monkeypatch, more=more) as engine:
        engine.deliver(2)
        assert engine.run() == []
        engine.judge()
        engine.boxes(INBOX=3, Done=2)
        left = "SELECT body->>'messages' FROM entries WHERE kind = 'mail_left_alone'"
        assert engine.column(left) == ["3"]
        assert engine.run() == []
        assert engine.column(left) == ["3"]
        (trace,) = tmp_path.rglob("*.log")
        lines = trace.read_text("utf-8").splitlines()
        first = next(line for line in lines if "BODY.PEEK[]" in line)
        assert "UID FETCH 4,5 (BODY.PEEK[])" in first
