"""What an engine does about mail in quarantine when `postroom quarantine` asks.

What was done about a message stands in the audit log and nowhere else; so an act that is asked for
twice finds the first one there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from postroom.ledger.events import Review, message_reviewed
from postroom.model.batch import Batch
from postroom.model.envelope import Envelope, Place
from postroom.model.sealing import SALT_BYTES
from postroom.runtime.messages.arrived import Arrived
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postroom.hooks.contracts import Archive
    from postroom.ledger.item import Item
    from postroom.model.batch import Kept
    from postroom.model.facts import Facts
    from postroom.model.plain import Json
    from postroom.rules.ruleset import Account
    from postroom.runtime.engine import Engine
    from postroom.runtime.requests.files import Request

    Act = Literal["released", "vouched", "replayed", "discarded"]

KIND = "message_reviewed"
MOST = 1_000
"""Messages in one request."""
_MAILBOX = "quarantine"
"""Where a message that is decided again lies, in place of its mailbox: `quarantine`, its number."""
_STANDING: dict[Act, Literal["", "released", "vouched"]] = {
    "released": "released",
    "vouched": "vouched",
}
RELEASED: dict[str, type] = {"communications": list, "vouch": bool}
"""What a request to release must say."""
NAMED: dict[str, type] = {"communications": list}


def release(engine: Engine, asked: Request) -> Mapping[str, Json]:
    """Decide messages again, past what filters quarantine; `vouch`: and as from who From says."""
    return _each(engine, asked, "vouched" if asked.body["vouch"] else "released")


def replay(engine: Engine, asked: Request) -> Mapping[str, Json]:
    """Decide messages again as if they came now; what is quarantined again stays as it is."""
    return _each(engine, asked, "replayed")


def discard(engine: Engine, asked: Request) -> Mapping[str, Json]:
    """Note that nothing is to become of messages."""
    return _each(engine, asked, "discarded")


@dataclass(frozen=True, slots=True)
class _Desk:
    """A request at work."""

    engine: Engine
    asked: Request
    act: Act
    archive: Archive

    def review(self, communication: int) -> dict[str, Json]:
        kept = self._in_quarantine(communication)
        before = next((body for _, body in kept.entries if body["kind"] == KIND), None)
        if before is not None and before["request"] != self.asked.id:
            raise _reviewed(communication, before)
        if before is not None:
            return _told(communication, before["outcome"], before["became"])
        if self.act == "discarded":
            return self._discarded(kept)
        return self._decided_again(kept)

    def _in_quarantine(self, communication: int) -> Kept:
        found = [each for each in self.archive.find(str(communication)) if each.id == communication]
        if not found or found[0].outcome != "quarantined":
            words = f"message {communication} is not in quarantine"
            hint = "`postroom quarantine list` shows what is"
            raise Problem(Diagnostic("PR472", words, help=hint))
        return found[0]

    def _discarded(self, kept: Kept) -> dict[str, Json]:
        entry = message_reviewed(self._note(kept), self.engine.clock.now(), _salt)
        self.engine.store.commit(Batch(entries=[entry]))
        return _told(kept.id, "discarded", None)

    def _decided_again(self, kept: Kept) -> dict[str, Json]:
        def beside(item: Item, batch: Batch) -> Batch:
            note = self._note(kept, item.communication, item.decision.outcome)
            entry = message_reviewed(note, item.clocked.decided_at, _salt)
            return replace(batch, entries=[*batch.entries, entry])

        item = self.engine.decide_again(
            self._account(kept), self._arrived(kept), self._seen, beside
        )
        decision = item.decision
        if decision.outcome == "quarantined":
            return {**_told(kept.id, "quarantined", None), "reasons": list(decision.reasons)}
        about: dict[str, Json] = {"table": decision.table, "reasons": list(decision.reasons)}
        about["record"] = decision.ref.id if decision.ref else None
        return {**_told(kept.id, decision.outcome, item.communication), **about}

    def _note(self, kept: Kept, became: int | None = None, outcome: str = "discarded") -> Review:
        asked = self.asked
        return Review(
            kept.account, kept.id, self.act, asked.by, asked.reason, asked.id, became, outcome
        )

    def _account(self, kept: Kept) -> Account:
        found = self.engine.rules.accounts.get(kept.account)
        if found is None:
            words = f"the rules have no account `{kept.account}` any more"
            raise Problem(Diagnostic("PR433", words, help="discard it, or bring the account back"))
        return found

    def _arrived(self, kept: Kept) -> Arrived:
        if kept.decision.get("message", {}).get("problem"):
            words = f"message {kept.id} was not had in full, so it cannot be decided again"
            raise Problem(Diagnostic("PR472", words, help="ask for it to be sent again"))
        try:
            raw = self.engine.store.raw(kept.id)
        except KeyError:
            words = f"the raw message {kept.id} was erased"
            raise Problem(Diagnostic("PR472", words, help="it can only be discarded")) from None
        told = kept.decision.get("facts", {}).get("rcpt_to", ())
        rcpt_to = tuple(told) if isinstance(told, list) else ()
        place = Place(_MAILBOX, "", str(kept.id))
        envelope = Envelope(place, raw, len(raw), kept.received_at, rcpt_to=rcpt_to)
        (message,) = self.engine.reader.read([(raw, None)])
        return Arrived(envelope, message, kept.received_at)

    def _seen(self, facts: Facts) -> Facts:
        """Return what is known of the message: that it came before is no reason to drop it now."""
        return replace(
            facts,
            duplicate_of=None,
            duplicate_by="",
            message_id_reused=False,
            review=_STANDING.get(self.act, ""),
        )


def _each(engine: Engine, asked: Request, act: Act) -> Mapping[str, Json]:
    """Review messages one by one; what is wrong with one does not keep the others from it."""
    engine.publish()
    if engine.folders is None:
        raise LookupError("an engine without folders takes no requests")
    desk = _Desk(engine, asked, act, engine.store.archive(engine.folders.data))
    told: list[Json] = []
    for number in _numbers(asked.body["communications"]):
        try:
            told.append(desk.review(number))
        except Problem as error:
            told.append({**_told(number, "", None), "problem": error.diagnostic.message})
    return {"act": act, "messages": told}


def _numbers(given: Any) -> list[int]:  # noqa: ANN401 - JSON that nobody has looked at
    whole = all(type(each) is int for each in given)
    if not whole or not 0 < len(given) <= MOST:
        words = f"a request names 1 to {MOST:,} messages by their numbers"
        raise Problem(Diagnostic("PR472", words, help="name them in several steps"))
    return list(dict.fromkeys(given))


def _told(communication: int, outcome: str, became: int | None) -> dict[str, Json]:
    return {"communication": communication, "outcome": outcome, "became": became}


def _reviewed(communication: int, before: Mapping[str, Any]) -> Problem:
    by = before["by"] if isinstance(before["by"], str) else "somebody"
    when = before["recorded_at"][:16].replace("T", " ")
    words = f"message {communication} was {before['act']} already, by {by} at {when} UTC"
    return Problem(Diagnostic("PR473", words))


def _salt() -> bytes:
    return os.urandom(SALT_BYTES)
