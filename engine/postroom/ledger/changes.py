"""The audit entries of records: what a field held, what it holds now, and which rule says so."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from postroom.model.batch import Entry
from postroom.model.plain import Json, timestamp
from postroom.model.record import LogEntry
from postroom.model.sealing import Hidden, pointer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from postroom.model.decision import Provenance, RecordChange
    from postroom.model.facts import SenderState

LONGEST_TEXT = 100_000
"""Characters of a text that are written down in full; the message has the rest."""
_BEGINNING = 1_000


def changed(  # noqa: PLR0913 - an entry has that many parts
    change: RecordChange,
    salt: Callable[[], bytes],
    *,
    recorded_at: datetime,
    account: str = "",
    communication: int | None = None,
    provenance: Mapping[str, Provenance] | None = None,
    sender_state: SenderState = "unknown",
    origin: str = "mail",
) -> Entry:
    """Return the entry for a record that is created or updated.

    origin is what brought it about: `mail`, or what else did, in a word: `import`.
    """
    hidden = Hidden(salt)
    rest, added = told(change)
    body: dict[str, Json] = {
        "recorded_at": timestamp(recorded_at),
        "origin": origin,
        "account": account,
        "communication": communication,
        "sender_state": sender_state,
        "ref": {"table": change.ref.table, "id": change.ref.id},
        "revision": change.revision,
        "values": _fields("values", rest, hidden),
        "added": _fields("added", added, hidden),
        "before": _fields("before", {k: _short(change.before.get(k)) for k in rest}, hidden)
        if change.kind == "update"
        else {},
        "provenance": {
            name: {"rule": given.rule, "place": given.place}
            for name, given in (provenance or {}).items()
        },
    }
    return Entry(f"record_{change.kind}d", body, hidden.rows)


def told(change: RecordChange) -> tuple[dict[str, object], dict[str, object]]:
    """Return the fields that are written down in full, and those of which only what was added is.

    Very long texts stand as what identifies them.
    """
    added = {name: _short(tail) for name, tail in _added(change).items() if tail}
    rest = {name: _short(value) for name, value in change.values.items() if name not in added}
    return rest, added


def _added(change: RecordChange) -> dict[str, tuple[object, ...]]:
    """Return what was added to the end of fields that hold several values.

    A log is not written down again in full each time that a line is added to it.
    """
    added: dict[str, tuple[object, ...]] = {}
    for name, value in change.values.items():
        before = change.before.get(name)
        if not (isinstance(value, tuple) and isinstance(before, tuple) and before):
            continue
        if value[: len(before)] == before:
            added[name] = value[len(before) :]
    return added


def _fields(part: str, values: Mapping[str, object], hidden: Hidden) -> Json:
    return {name: hidden.hide(pointer(part, name), value) for name, value in values.items()}


def _short(value: object) -> object:
    """Return a value as it is, or what identifies a text that is very long."""
    if isinstance(value, LogEntry):
        return replace(value, text=_short_text(value.text))
    if isinstance(value, tuple):
        return tuple(_short(each) for each in value)
    return _short_text(value) if isinstance(value, str) else value


def _short_text(text: str) -> str:
    if len(text) <= LONGEST_TEXT:
        return text
    digest = sha256(text.encode("utf-8", "replace")).hexdigest()
    return f"{text[:_BEGINNING]}… ({len(text)} characters, SHA-256 {digest})"
