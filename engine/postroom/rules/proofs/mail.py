"""An example mail: values of fields, made into a real message with its facts."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from postroom.lang.scope import Scope
from postroom.lang.terms import Read
from postroom.lang.types import Type
from postroom.model.facts import Facts, Scan, Thread, TokenFact
from postroom.model.message import (
    Arf,
    Auth,
    Body,
    Calendar,
    Checked,
    Defect,
    Dsn,
    Forwarded,
    Mailbox,
    Mdn,
    Message,
)
from postroom.model.record import Record, RecordRef
from postroom.rules.proofs.things import NOON, SOMEBODY, thing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from postroom.lang.types import Kind
    from postroom.model.facts import Window
    from postroom.model.record import Table
    from postroom.rules.proofs.solve import Model

_USUAL_SIZE = 2_000
_NAMES = {"from": "from_", "class": "class_"}
_PLAIN = {each.name for each in fields(Message)}


@dataclass(frozen=True, slots=True)
class Desk:
    """Where example mail comes in."""

    account: str
    address: str
    table: Table | None = None
    contacts: Table | None = None
    with_record: bool = False
    """Whether there is a record that the mail is for."""


def scope_of(model: Model, desk: Desk) -> Scope:
    """Return a mail whose fields have these values; what is not given is as in a plain mail."""
    values = _with_items(model.values, desk)
    contact = _contact(values, desk)
    record = _record(values, desk)
    token = bool(values.get("token.valid", bool(values.get("token.table"))))
    named = values.get("token.table") or (desk.table.name if desk.table else "")
    facts = Facts(
        account=values.get("account", desk.account),
        received_at=values.get("received_at", NOON),
        now=values.get("received_at", NOON),
        communication=1,
        next_record=1,
        contact=contact,
        token=TokenFact(valid=True, ref=RecordRef(named, 1)) if token else TokenFact(),
        thread=_thread(values, named),
        record=record,
        participant=values.get("participant.known", False),
        counts={window: values[name] for name, window in _windows(model) if name in values},
        rcpt_to=values.get("envelope.rcpt_to", ()),
        spam_score=values.get("spam.score"),
        scan=_scan(values),
    )
    return Scope(_message(values, desk), facts, record, desk.table, desk.contacts)


def _scan(values: Mapping[str, Any]) -> Scan | None:
    names = values.get("malware.names", ())
    found = "found" if values.get("malware.found", bool(names)) else "none"
    result = values.get("malware.result", found)
    return None if result == "none" else Scan(result, names)


def _with_items(values: Mapping[str, Any], desk: Desk) -> dict[str, Any]:
    """Return the values, and items for lists of which only the values of one part are known."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        of, _, part = name.rpartition(".")
        kind = _ITEMS.get(of) or _kind_in_record(of, desk)
        if kind is not None and isinstance(value, tuple):
            found[of] = tuple(thing(Type(kind), {part: each}) for each in value)
    return {**found, **values}


_ITEMS: dict[str, Kind] = {
    "to": "mailbox", "cc": "mailbox", "reply_to": "mailbox", "attachments": "attachment",
}  # fmt: skip


def _kind_in_record(name: str, desk: Desk) -> Kind | None:
    """Return what a field of a record is a list of, if it is one of logs or files."""
    table = {"record": desk.table, "contact": desk.contacts}.get(name.partition(".")[0])
    field = table.fields.get(name.partition(".")[2]) if table else None
    kinds: dict[str, Kind] = {"log": "log_entry", "files": "file"}
    return kinds.get(field.type) if field else None


def _windows(model: Model) -> Iterator[tuple[str, Window]]:
    for variable in model.asked:
        if isinstance(variable.term, Read) and variable.term.window is not None:
            yield variable.name, variable.term.window


def _message(values: Mapping[str, Any], desk: Desk) -> Message:
    sender = values.get("from", Mailbox(None, SOMEBODY))
    usual = {
        "size": _USUAL_SIZE,
        "from": sender,
        "sender": sender,
        "to": (Mailbox(None, desk.address),),
        "return_path": sender.addr_spec,
    }
    plain = {**usual, **{name: value for name, value in values.items() if _is_plain(name)}}
    return Message(
        sha256="0" * 64,
        headers=_headers(values),
        body=_parts(Body, "body", values),
        dsn=_parts(Dsn, "dsn", values),
        mdn=_parts(Mdn, "mdn", values),
        arf=_parts(Arf, "arf", values),
        auth=_auth(values),
        calendar=_calendar(values),
        forwarded=_forwarded(values),
        defects=tuple(map(Defect, values.get("defects", ()))),
        **{_NAMES.get(name, name): value for name, value in plain.items()},
    )


def _is_plain(name: str) -> bool:
    return _NAMES.get(name, name) in _PLAIN and name != "defects"


def _parts(kind: type[Any], prefix: str, values: Mapping[str, Any]) -> Any:  # noqa: ANN401
    paths = {each.name: f"{prefix}.{each.name}" for each in fields(kind)}
    return kind(**{name: values[path] for name, path in paths.items() if path in values})


def _auth(values: Mapping[str, Any]) -> Auth:
    spf, dkim, dmarc, arc = (
        Checked(
            values.get(f"auth.{method}.result", "none"), values.get(f"auth.{method}.domains", ())
        )
        for method in ("spf", "dkim", "dmarc", "arc")
    )
    aligned, vouched = (values.get(f"auth.{name}", False) for name in ("aligned", "vouched"))
    return Auth(spf, dkim, dmarc, arc, aligned=aligned, vouched=vouched)


def _headers(values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for name, value in values.items():
        if name.startswith("headers["):
            found.append((name[9:-2], value))
        elif name.startswith("headers_all("):
            found.extend((name[13:-2], each) for each in value)
    return tuple(found)


def _calendar(values: Mapping[str, Any]) -> Calendar | None:
    if not _says(values, "calendar"):
        return None
    method, summary = (values.get(f"calendar.{part}", "") for part in ("method", "summary"))
    return Calendar(method, "", summary, None, None, "")


def _forwarded(values: Mapping[str, Any]) -> Forwarded | None:
    sender = values.get("forwarded.from")
    if not _says(values, "forwarded") and sender is None:
        return None
    subject, text = (values.get(f"forwarded.{part}", "") for part in ("subject", "text"))
    made = sender if isinstance(sender, Mailbox) else Mailbox(None, SOMEBODY)
    return Forwarded(made, subject, "", text)


def _says(values: Mapping[str, Any], group: str) -> bool:
    return any(value for name, value in values.items() if name.startswith(f"{group}."))


def _thread(values: Mapping[str, Any], table: str) -> Thread | None:
    if not _says(values, "thread"):
        return None
    return Thread(RecordRef(table, 1), 1, bool(values.get("thread.participant")))


def _contact(values: Mapping[str, Any], desk: Desk) -> Record | None:
    held = _held(values, "contact.")
    known = held.pop("known", None)
    if desk.contacts is None or not (known or (known is None and any(held.values()))):
        return None
    sender = values.get("from", Mailbox(None, SOMEBODY)).addr_spec
    emails = (each.name for each in desk.contacts.fields.values() if each.type == "email")
    addresses = dict.fromkeys(emails, sender)
    return Record(RecordRef(desk.contacts.name, 1), {**addresses, **held})


def _record(values: Mapping[str, Any], desk: Desk) -> Record | None:
    if desk.table is None or not desk.with_record:
        return None
    defaults = {each.name: each.default for each in desk.table.fields.values()}
    held = _held(values, "record.")
    return Record(RecordRef(desk.table.name, held.pop("id", 1)), {**defaults, **held})


def _held(values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {n.removeprefix(prefix): v for n, v in values.items() if n.startswith(prefix)}
