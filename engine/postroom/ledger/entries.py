"""The audit entry of a decision: what was concluded about a message, and why.

The body is plain JSON. Whatever may tell something about a person stands in it as a commitment,
with its value beside the entry: addresses, subjects, what rules read. Names and settings of the
rule files, ids, hashes, times and outcomes stand there as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.ledger.reading import Reading
from postroom.model.batch import Entry
from postroom.model.facts import TokenFact
from postroom.model.plain import Json, place, plain, timestamp
from postroom.model.sealing import Hidden

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.ledger.item import Item
    from postroom.model.decision import Decision, Notice, RecordChange
    from postroom.model.facts import Facts
    from postroom.model.record import Record


NO_TOKEN = TokenFact()


def decision(item: Item, salt: Callable[[], bytes]) -> Entry:
    """Return the entry that says what was concluded about a message, and why.

    salt gives `SALT_BYTES` random bytes at each call.
    """
    hidden, reading = Hidden(salt), Reading()
    found, facts = item.decision, item.facts
    body: dict[str, Json] = {
        "recorded_at": timestamp(item.clocked.decided_at),
        "microseconds": item.clocked.microseconds,
        "account": facts.account,
        "communication": item.communication,
        "repeats": found.repeats,
        "rules": found.rules,
        "outcome": found.outcome,
        "table": found.table,
        "sender_state": found.sender_state,
        "fired": [reading.of(rule) for rule in found.fired],
        "effects": _effects(found),
        "message": _message(item, hidden),
        "facts": _facts(facts, hidden),
        "read": reading.values(hidden),
        "reasons": hidden.hide("/reasons", found.reasons),
        "principal": hidden.hide("/principal", found.principal),
        "refused_values": hidden.hide("/refused_values", found.refused_values),
    }
    return Entry("decision", body, hidden.rows)


def _message(item: Item, hidden: Hidden) -> dict[str, Json]:
    message, auth = item.message, item.message.auth
    return {
        **({"conversation": item.envelope.thread} if item.envelope.thread else {}),
        "sha256": message.sha256,
        "size": message.size,
        "place": place(item.envelope.place),
        "received_at": timestamp(item.facts.received_at),
        "mail_from": hidden.hide("/message/mail_from", item.envelope.mail_from),
        "problem": plain(item.envelope.problem),
        "refused": plain(message.refused),
        "class": message.class_,
        "defects": [defect.code for defect in message.defects],
        "auth": {
            "spf": auth.spf.result,
            "dkim": auth.dkim.result,
            "dmarc": auth.dmarc.result,
            "arc": auth.arc.result,
            "aligned": auth.aligned,
            "vouched": auth.vouched,
        },
        "auth_evidence": hidden.hide("/message/auth_evidence", auth.evidence),
        "class_reasons": hidden.hide("/message/class_reasons", message.class_reasons),
        "from": hidden.hide("/message/from", message.from_.addr_spec),
        "message_id": hidden.hide("/message/message_id", message.message_id),
        "subject": hidden.hide("/message/subject", message.subject),
    }


def _facts(facts: Facts, hidden: Hidden) -> dict[str, Json]:
    """Return what was looked up, without what says nothing.

    Records stand as table, id and revision; the log has their values.
    """
    others = {name: _version(record) for name, record in facts.others.items()}
    told: dict[str, Json] = {
        "now": timestamp(facts.now),
        "duplicate_of": facts.duplicate_of,
        "duplicate_by": facts.duplicate_by,
        "message_id_reused": facts.message_id_reused,
        "next_record": facts.next_record,
        "contact": _version(facts.contact),
        "guest": _version(facts.guest),
        "record": _version(facts.record),
        "others": hidden.hide("/facts/others", others),
        "token": None if facts.token == NO_TOKEN else plain(facts.token),
        "thread": plain(facts.thread),
        "participant": facts.participant,
        "imported": facts.imported,
        "counts": {
            f"{window.direction} {plain(window.span)}s": count
            for window, count in facts.counts.items()
        },
        "answers": plain(facts.answers),
        "bounced": facts.bounced,
        "review": facts.review,
        "checked_here": hidden.hide("/facts/checked_here", facts.checked_here),
        "spam_score": plain(facts.spam_score),
        "scan": plain(facts.scan),
        "primary": plain(facts.primary),
        "linking": [_version(record) for _, record in facts.linking],
        "rcpt_to": hidden.hide("/facts/rcpt_to", facts.rcpt_to),
    }
    return {name: value for name, value in told.items() if value not in (None, "", False, [], {})}


def _version(record: Record | None) -> Json:
    if record is None:
        return None
    return {"table": record.ref.table, "id": record.ref.id, "revision": record.revision}


def _effects(found: Decision) -> dict[str, Json]:
    return {
        "record": _change(found.change) if found.change else None,
        "notices": [_notice(notice) for notice in found.notices],
        "suppressed": [plain(each) for each in found.suppressed],
        "server": [plain(each) for each in found.after],
    }


def _change(change: RecordChange) -> dict[str, Json]:
    return {
        "change": change.kind,
        "table": change.ref.table,
        "id": change.ref.id,
        "revision": change.revision,
    }


def _notice(notice: Notice) -> dict[str, Json]:
    return {
        "key": notice.key,
        "kind": notice.kind,
        "origin": notice.origin,
        "rule": notice.rule,
        "template": notice.template,
        "use": notice.use,
    }
