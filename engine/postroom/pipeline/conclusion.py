"""What came of a message, in a form in which what is logged can be held against what is decided.

The log does not say everything a decision says: of a notice neither text nor token, of a very long
value only what identifies it. So both sides are brought to what the log would say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from postroom.ledger.changes import told
from postroom.model.plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from postroom.model.decision import Decision, Notice, RecordChange
    from postroom.model.plain import Json

Body = dict[str, Any]
"""Of an audit entry, personal values in their places."""
_NOTICE = ("kind", "origin", "rule", "template", "use")


@dataclass(frozen=True, slots=True)
class Written:
    """A record that is created or changed."""

    kind: str
    """`create` or `update`."""
    table: str
    id: int
    values: Mapping[str, Json]
    added: Mapping[str, Json]
    """What was added to the end of fields that hold several values."""
    provenance: Mapping[str, str]
    """Field to rule."""

    @property
    def about(self) -> tuple[str, str, int]:
        """Return which record it is, and whether it is a new one."""
        return self.kind, self.table, self.id


@dataclass(frozen=True, slots=True)
class Conclusion:
    """One decision, as far as the log tells it."""

    outcome: str
    record: Written | None
    notices: tuple[Mapping[str, Json], ...]
    server: Json
    why: Mapping[str, Json] = field(default_factory=dict)
    """Reasons, rules, and what else explains it. Places in files are left out: they move."""

    @property
    def headline(self) -> str:
        """Return it in a few words: `created ticket 12`."""
        record = self.record
        return f"{self.outcome} {record.table} {record.id}" if record else self.outcome


def concluded(decision: Decision) -> Conclusion:
    """Return what a decision comes to."""
    return Conclusion(
        outcome=decision.outcome,
        record=_written(decision, decision.change) if decision.change else None,
        notices=tuple(_notice(each) for each in decision.notices),
        server=[plain(each) for each in decision.after],
        why={
            "reasons": plain(decision.reasons),
            "fired": [[f.id, f.section, f.effect, f.shadow] for f in decision.fired],
            "sender_state": decision.sender_state,
            "principal": plain(decision.principal),
            "suppressed": [plain(each) for each in decision.suppressed],
            "refused_values": plain(decision.refused_values),
        },
    )


def logged(decision: Body, following: Iterable[Body]) -> Conclusion:
    """Return what the log says of a decision: its entry, and those that follow from it."""
    bodies = list(following)
    records = [body for body in bodies if body["kind"].startswith("record_")]
    return Conclusion(
        outcome=decision["outcome"],
        record=_logged_record(records[0]) if records else None,
        notices=tuple(_logged_notice(b) for b in bodies if b["kind"] == "notice_queued"),
        server=decision["effects"]["server"],
        why={
            "reasons": decision["reasons"],
            "fired": [
                [rule[name] for name in ("id", "section", "effect", "shadow")]
                for rule in decision["fired"]
            ],
            "sender_state": decision["sender_state"],
            "principal": decision["principal"],
            "suppressed": decision["effects"]["suppressed"],
            "refused_values": decision["refused_values"],
        },
    )


def _written(decision: Decision, change: RecordChange) -> Written:
    rest, added = told(change)
    return Written(
        kind=change.kind,
        table=change.ref.table,
        id=change.ref.id,
        values={name: plain(value) for name, value in rest.items()},
        added={name: plain(value) for name, value in added.items()},
        provenance={name: given.rule for name, given in decision.provenance.items()},
    )


def _logged_record(body: Body) -> Written:
    return Written(
        kind=body["kind"].removeprefix("record_").removesuffix("d"),
        table=body["ref"]["table"],
        id=body["ref"]["id"],
        values=body["values"],
        added=body["added"],
        provenance={name: given["rule"] for name, given in body["provenance"].items()},
    )


def _notice(notice: Notice) -> Mapping[str, Json]:
    about: dict[str, Json] = {name: plain(getattr(notice, name)) for name in _NOTICE}
    return about | {"to": plain(notice.to), "subject": plain(notice.subject)}


def _logged_notice(body: Body) -> Mapping[str, Json]:
    about = {name: body[name] for name in _NOTICE if name != "kind"}
    return about | {"kind": body["notice"], "to": body["to"], "subject": body["subject"]}
