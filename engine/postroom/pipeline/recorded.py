"""The facts of a decision, brought back from the log, and fitted to what other rules ask for.

Facts that the rules of that day asked for are recorded with the decision: they are taken as they
are. Of facts that they did not ask for, the past may still know how things stood at that moment;
what it does not know is named, so that whoever counts can say so.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from postroom.mail.addresses import canonical
from postroom.model.facts import AnswerCounts, Facts, Scan, Thread, TokenFact, Window
from postroom.model.record import RecordRef
from postroom.pipeline.differences import erased
from postroom.pipeline.lookup import named_by_mail, named_by_rules, sender_of
from postroom.pipeline.parsing import key_of
from postroom.pipeline.spam import spam_score
from postroom.pipeline.windows import windows_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from postroom.model.message import Message
    from postroom.model.record import Record
    from postroom.rules.ruleset import Account, RuleSet


_NAMES = tuple(each.name for each in fields(Facts) if each.name not in ("now", "spam_score"))


class Asking:
    """What the rules of an account ask for, whatever the message; worked out once."""

    def __init__(self, rules: RuleSet, account: Account) -> None:
        """Look through the rules."""
        self.rules, self.account = rules, account
        self.windows = windows_of(account, rules)
        self.names = tuple(named_by_rules(account, rules))


class Past(Protocol):
    """How things stood when a message was decided. What is not known is noted in `unknown`."""

    unknown: list[str]

    def version(self, ref: RecordRef, revision: int) -> Record | None:
        """Return a record at one of its revisions."""
        ...

    def record(self, ref: RecordRef) -> Record | None:
        """Return a record as it stood; None if there was none."""
        ...

    def contact(self, address: str) -> Record | None:
        """Return the contact of an address as it stood; None if there was none."""
        ...

    def count(self, window: Window, sender: str, facts: Facts) -> int:
        """Return how many messages there were in a window before this one."""
        ...


def recorded(told: Mapping[str, Any], communication: int, past: Past) -> Facts:
    """Return the facts that the body of a decision's entry tells."""
    facts = told["facts"]
    thread, token, answers = facts.get("thread"), facts.get("token"), facts.get("answers")
    return Facts(
        **_as_told(facts),
        account=told["account"],
        received_at=_time(told["message"]["received_at"]),
        now=_time(facts["now"]),
        communication=communication,
        contact=_version(facts.get("contact"), past),
        guest=_version(facts.get("guest"), past),
        others=_others(facts.get("others", {}), past),
        token=TokenFact() if token is None else _token(token),
        thread=None if thread is None else _thread(thread),
        record=_version(facts.get("record"), past),
        counts={_window(name): count for name, count in facts.get("counts", {}).items()},
        answers=None if answers is None else _answers(answers),
        rcpt_to=_texts(facts.get("rcpt_to", []), past),
        scan=None if facts.get("scan") is None else _scan(facts["scan"]),
        primary=_ref(facts.get("primary")),
    )


def asked_by(asking: Asking, message: Message, facts: Facts, past: Past) -> Facts:
    """Return the facts that rules ask for, from those that others asked for and the past."""
    rules, account, sender = asking.rules, asking.account, sender_of(message)
    counts = {
        window: facts.counts[window] if window in facts.counts else past.count(
            window, sender, facts
        )
        for window in asking.windows
    }  # fmt: skip
    fitted = replace(facts, counts=counts, spam_score=spam_score(message, account.spam_score_from))
    if account.scan is None:
        fitted = replace(fitted, scan=None)
    elif facts.scan is None:
        past.unknown.append("scan")
    if facts.thread and facts.thread.ref.table != account.table:
        by_token = facts.record if facts.token.valid else None
        fitted = replace(fitted, thread=None, record=by_token)
    contacts = rules.contacts
    if contacts is None:
        return replace(fitted, contact=None, guest=None, others={})
    guest = canonical(contacts.guest)
    return replace(
        fitted,
        contact=_still(facts.contact, contacts.table) or past.contact(sender),
        guest=_named(facts.guest, guest) or (past.contact(guest) if guest else None),
        others=_asked((*asking.names, *named_by_mail(message, account, rules)), facts, past),
    )


def _asked(names: Iterable[str | RecordRef], facts: Facts, past: Past) -> dict[str, Record]:
    found = {}
    for name in names:
        key = key_of(name)
        known = facts.others.get(key)
        if known is None:
            known = past.contact(name) if isinstance(name, str) else past.record(name)
        if known is not None:
            found[key] = known
    return found


def _still(contact: Record | None, table: str) -> Record | None:
    return contact if contact and contact.ref.table == table else None


def _named(contact: Record | None, address: str) -> Record | None:
    """Return the contact if one of its values is the address."""
    values = contact.values.values() if contact else ()
    texts = (t for v in values for t in (v if isinstance(v, tuple) else (v,)))
    named = any(isinstance(text, str) and canonical(text) == address for text in texts)
    return contact if named else None


def _version(told: Mapping[str, Any] | None, past: Past) -> Record | None:
    return None if told is None else past.version(_ref_of(told), told["revision"])


def _others(told: Mapping[str, Any], past: Past) -> dict[str, Record]:
    if erased(told):
        past.unknown.append("others")
        return {}
    found = {key: _version(each, past) for key, each in told.items()}
    return {key: record for key, record in found.items() if record is not None}


def _texts(told: Any, past: Past) -> tuple[str, ...]:  # noqa: ANN401 - JSON
    if erased(told):
        past.unknown.append("rcpt_to")
        return ()
    return tuple(told)


def _token(told: Mapping[str, Any]) -> TokenFact:
    return TokenFact(**{**told, "ref": _ref(told["ref"])})


def _as_told(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts that are numbers, words, yes or no, but for those that are built anew."""
    return {name: facts[name] for name in _NAMES if isinstance(facts.get(name), str | int)}


def _scan(told: Mapping[str, Any]) -> Scan:
    return Scan(told["result"], tuple(told["names"]), told["detail"])


def _answers(told: Mapping[str, Any]) -> AnswerCounts:
    paused = told.get("paused_until")
    return AnswerCounts(**{**told, "paused_until": None if paused is None else _time(paused)})


def _thread(told: Mapping[str, Any]) -> Thread:
    return Thread(_ref_of(told["ref"]), told["communication"], told["participant"])


def _ref(told: Mapping[str, Any] | None) -> RecordRef | None:
    return None if told is None else _ref_of(told)


def _ref_of(told: Mapping[str, Any]) -> RecordRef:
    return RecordRef(told["table"], told["id"])


def _window(told: str) -> Window:
    direction, _, span = told.partition(" ")
    seconds = timedelta(microseconds=int(Decimal(span.removesuffix("s")) * 1_000_000))
    return Window("to" if direction == "to" else "from", seconds)


def _time(told: str) -> datetime:
    return datetime.fromisoformat(told)
