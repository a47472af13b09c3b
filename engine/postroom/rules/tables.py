"""`tables`: record types and their fields."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from postroom.lang.coerce import coerce
from postroom.model.record import Field, Table
from postroom.rules import keys
from postroom.rules.given import Given, entries, listed, suggestion
from postroom.rules.literals import number
from postroom.rules.names import check_name
from postroom.source.nodes import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from postroom.model.record import FieldType
    from postroom.rules.findings import Findings
    from postroom.rules.world import World
    from postroom.source.nodes import Entry

RESERVED = ("id", "number", "revision", "created_at", "updated_at")
"""Every record has these of its own."""

_LONGEST_PREFIX = 12
_NUMBERS: tuple[FieldType, ...] = ("integer", "decimal")
_WITH_DEFAULT: tuple[FieldType, ...] = (
    *_NUMBERS, "text", "email", "boolean", "date", "timestamp", "choice", "multi_choice", "list",
)  # fmt: skip
FITS: dict[str, tuple[FieldType, ...]] = {
    "min": _NUMBERS,
    "max": (*_NUMBERS, "text", "email"),
    "values": ("choice", "multi_choice"),
    "of": ("list",),
    "table": ("reference",),
    "unique": ("text", "email", "integer"),
    "default": _WITH_DEFAULT,
    "required": (*_WITH_DEFAULT, "reference", "files", "log"),
}
"""Which types an option belongs to."""
_EXAMPLES: dict[FieldType, str] = {
    "text": "it takes text: `${subject}`",
    "log": "it takes text: `${body.text}`",
    "integer": "write a whole number",
    "decimal": "write a number",
    "boolean": "write `true` or `false`",
    "date": "write it like `2026-12-31`, or compute it: `${received_at + 2d}`",
    "timestamp": "write it like `2026-12-31T10:00:00Z`, or `${received_at}`",
    "email": "write an address, or `${from.addr_spec}`",
    "list": "write a list: `[a, b]`",
    "reference": "write `${contact}`",
    "files": "write `${attachments}`",
    "serial": "delete it: the store counts",
}
NEEDED: dict[FieldType, str] = {"choice": "values", "multi_choice": "values", "reference": "table"}
"""The option without which a type means nothing."""


def read_tables(world: World, sections: Iterable[Entry]) -> None:
    """Add the tables to the world."""
    references: list[tuple[Field, Scalar]] = []
    for entry in sections:
        check_name(world.findings, entry.key, what="table", hyphens=False)
        table = _table(world.findings, entry, references)
        if table:
            world.tables[table.name] = table
    for field, found in references:
        if field.table not in world.tables:
            hint = suggestion(field.table, world.tables, "the tables are")
            message = f"there is no table `{field.table}`"
            world.findings.error("PR240", message, found.span, hint)


def _table(
    findings: Findings, entry: Entry, references: list[tuple[Field, Scalar]]
) -> Table | None:
    given = Given.open(findings, keys.TABLE, entry.node, f"`{entry.name}`", entry.key.span)
    if given is None:
        return None
    fields = {}
    for each in entries(findings, given.keys("fields"), "`fields`"):
        field = _field(findings, each, references)
        if field:
            fields[field.name] = field
    return Table(entry.name, fields, _prefix(findings, given))


def _prefix(findings: Findings, given: Given) -> str:
    """Return what stands before the number that people see."""
    found = given.scalar("number")
    if found is None:
        return ""
    text = found.value
    if not (text.isascii() and text.isalnum() and len(text) <= _LONGEST_PREFIX):
        message = f"what stands before a number is at most {_LONGEST_PREFIX} letters and digits"
        findings.error("PR036", message, found.span, "write `number: SUP`")
    return text


def _field(
    findings: Findings, entry: Entry, references: list[tuple[Field, Scalar]]
) -> Field | None:
    _check_field_name(findings, entry.key)
    given = Given.open(findings, keys.FIELD, entry.node, f"`{entry.name}`", entry.key.span)
    if given is None:
        return None
    kind: FieldType = given.choice("type") or "text"  # type: ignore[assignment]  # of the choices
    _check_options(findings, given, kind)
    field = Field(
        name=entry.name,
        type=kind,
        required=given.flag("required"),
        unique=given.flag("unique"),
        min=_limit(findings, given, "min", kind) if kind in _NUMBERS else None,
        max=_limit(findings, given, "max", kind) if kind in FITS["max"] else None,
        values=_values(findings, given) if kind in FITS["values"] else (),
        of=given.choice("of") or None if kind == "list" else None,  # type: ignore[arg-type]
        table=given.text("table") if kind == "reference" else "",
    )
    target = given.scalar("table")
    if field.table and target:
        references.append((field, target))
    if field.min is not None and field.max is not None and field.min > field.max:
        message = f"`min` is {field.min} and `max` is {field.max}, so no value fits"
        findings.error("PR253", message, given.key_span("min"), "change one of them")
        return replace(field, min=None, max=None)
    return _with_default(findings, given, field)


def _check_field_name(findings: Findings, key: Scalar) -> None:
    check_name(findings, key, what="field", hyphens=False)
    if key.value in RESERVED:
        message = f"every record has a field `{key.value}` of its own"
        findings.error("PR036", message, key.span, "call it something else")


def _check_options(findings: Findings, given: Given, kind: FieldType) -> None:
    for option, types in FITS.items():
        if option in given and kind not in types:
            message = f"a field of type {kind} has no `{option}`"
            hint = f"delete it; `{option}` is for {listed(types)}"
            findings.error("PR252", message, given.key_span(option), hint)
    needed = NEEDED.get(kind)
    if needed and needed not in given:
        example = "[low, high]" if needed == "values" else "contact"
        message = f"a field of type {kind} needs `{needed}`"
        findings.error("PR031", message, given.span, f"add `{needed}: {example}`")


def _limit(findings: Findings, given: Given, name: str, kind: FieldType) -> int | Decimal | None:
    node = given.node(name)
    if node is None:
        return None
    limit = number(node.value) if isinstance(node, Scalar) else None
    if limit is None:
        findings.error("PR037", f"`{name}` must be a number", node.span, f"write `{name}: 10`")
        return None
    if kind != "decimal" and limit != limit.to_integral_value():
        findings.error("PR037", f"`{name}` must be a whole number here", node.span, None)
        return None
    if kind not in _NUMBERS and limit < 1:
        findings.error("PR253", f"no text has at most {limit} characters", node.span, None)
        return None
    return limit if kind == "decimal" else int(limit)


def _values(findings: Findings, given: Given) -> tuple[str, ...]:
    """Return the values of a choice, each once whatever the case of its letters."""
    seen: dict[str, Scalar] = {}
    for each in given.texts("values"):
        folded = each.value.casefold()
        if folded in seen:
            first = (("first here", seen[folded].span),)
            message = f"the value `{each.value}` stands here a second time"
            findings.error("PR010", message, each.span, "delete one", first)
        elif not folded.strip():
            findings.error("PR033", "a value is empty", each.span, "delete it")
        else:
            seen[folded] = each
    if "values" in given and not seen:
        message = "`values` names no value"
        findings.error("PR033", message, given.key_span("values"), "write `values: [low, high]`")
    return tuple(each.value for each in seen.values())


def taken_by(field: Field) -> str:
    """Return a hint that says what can go into a field."""
    match field.type:
        case "choice" | "multi_choice":
            return f"its values are {listed(field.values)}"
        case "integer" | "decimal" if field.min is not None or field.max is not None:
            low = "" if field.min is None else f" from {field.min}"
            high = "" if field.max is None else f" to {field.max}"
            return f"write a number{low}{high}"
        case "text" | "email" if field.max is not None:
            return f"it takes at most {field.max} characters"
        case _:
            return _EXAMPLES[field.type]


def _with_default(findings: Findings, given: Given, field: Field) -> Field:
    node = given.node("default")
    if node is None or field.type not in FITS["default"]:
        return field
    if isinstance(node, Scalar):
        wanted: object = node.value
    else:
        wanted = tuple(s.value for s in given.scalars(node, "`default`"))
    held, problem = coerce(field, wanted)
    if problem is None:
        return replace(field, default=held)
    message = f"`{field.name}` does not take its own default: {problem}"
    findings.error("PR250", message, node.span, taken_by(field))
    return field
