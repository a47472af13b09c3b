from __future__ import annotations

from datetime import UTC, datetime

from postroom.ledger import events
from postroom.ledger.changes import changed
from postroom.ledger.events import Activation
from postroom.model.decision import RecordChange
from postroom.model.record import RecordRef
from postroom.model.sealing import seal

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
WHEN = "2026-01-15T12:00:00.000000Z"


def test_the_rules_that_decide_are_named_with_their_files() -> None:
    entry = events.rules_activated(
        "abc", {"a.yaml": "version: 1\n"}, NOW, Activation(tests={"passed": 3})
    )
    digest = "09bfcc6a14b83e2192b8673677725c84883ee9cd0c70e45c9ec09daa8f2b2847"
    assert entry.kind == "rules_activated"
    assert entry.body["rules"] == "abc"
    assert entry.body["tests"] == {"passed": 3}
    assert entry.body["files"] == {"a.yaml": digest}
    assert entry.body["how"] == "start"


def test_who_activates_rules_is_named_with_what_they_knew() -> None:
    known = Activation(
        "activate", "ann", "new mailbox", "old", {"ticket": 2}, {"passed": 3}, {}, {"same": 9}
    )
    body = events.rules_activated("new", {}, NOW, known).body
    assert (body["by"], body["reason"], body["previous"]) == ("ann", "new mailbox", "old")
    assert (body["tables"], body["replay"]) == ({"ticket": 2}, {"same": 9})
    refused = events.rules_refused("new", "PR521 and so on", NOW, known)
    assert (refused.kind, refused.body["by"]) == ("rules_refused", "ann")
    assert refused.body["words"] == "PR521 and so on"


def test_entries_of_the_engine_can_be_sealed() -> None:
    for entry in (
        events.engine_started("0.1.0", "abc", ("help",), NOW),
        events.engine_stopped(NOW, "asked to"),
        events.plugin_loaded("imap", "postroom", "0.1.0", "0" * 64, NOW),
    ):
        text, _ = seal(entry.kind, entry.body)
        assert f'"kind":"{entry.kind}"' in text
        assert entry.body["recorded_at"] == WHEN


def test_an_import_is_not_mistaken_for_mail() -> None:
    change = RecordChange("create", RecordRef("contact", 1), {"email": "ann@x.example"})
    entry = changed(change, lambda: bytes(16), recorded_at=NOW, origin="import")
    assert entry.body["origin"] == "import"
    assert entry.body["communication"] is None
