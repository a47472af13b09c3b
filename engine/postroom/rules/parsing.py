"""`parsing`: blocks of `Label: value` lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from postroom.lang.dates import DateFormat, date_format
from postroom.rules import keys
from postroom.rules.given import Given, entries, listed, shaped
from postroom.rules.ruleset import OnBadLine, ParsePolicy, Parsing
from postroom.source.nodes import Scalar

if TYPE_CHECKING:
    from postroom.model.record import Table
    from postroom.rules.world import World
    from postroom.source.nodes import Entry

_POLICIES = {
    "unknown_label": ("ignore", "reject"),
    "invalid_value": ("ignore", "keep_old", "reject"),
    "not_permitted": ("ignore", "keep_old", "reject"),
}
_LONGEST_SUBTAG = 8


def read_parsing(world: World, account: Given, table: Table) -> Parsing | None:
    """Return what `parsing` says, or None if there is none."""
    span = account.key_span("parsing")
    given = Given.open(world.findings, keys.PARSING, account.keys("parsing"), "`parsing`", span)
    if given is None:
        return None
    languages = {
        entry.name: _labels(world, entry, table)
        for entry in entries(world.findings, given.keys("languages"), "`languages`")
    }
    if given.text("delimiter") and not given.text("delimiter").strip():
        world.findings.error("PR033", "`delimiter` says nothing", given.key_span("delimiter"))
    sources = given.choices("sources") or ("block",)
    if "block" in sources and "delimiter" not in given:
        hint = "add `delimiter: Ticket Details`, or leave `block` out of `sources`"
        world.findings.error("PR031", "`parsing` needs `delimiter`", span, hint)
    return Parsing(
        sources=tuple(dict.fromkeys(sources)),
        delimiter=given.text("delimiter").strip(),
        languages=languages,
        mode=cast("Literal['replace', 'add']", given.choice("mode") or "replace"),
        unknown_label=_policy(world, given, "unknown_label"),
        invalid_value=_policy(world, given, "invalid_value"),
        not_permitted=_policy(world, given, "not_permitted"),
        date_format=_date_format(world, given),
        span=span,
    )


def _labels(world: World, language: Entry, table: Table) -> dict[str, str]:
    if not _is_language(language.name):
        message = f"`{language.name}` is not a language code"
        world.findings.error("PR047", message, language.key.span, "write it like `en` or `pt-BR`")
    found: dict[str, str] = {}
    seen: dict[str, Scalar] = {}
    for entry in entries(world.findings, language.node, f"`{language.name}`"):
        first = seen.setdefault(entry.name.casefold(), entry.key)
        if first is not entry.key:
            message = f"the label `{entry.name}` stands here a second time"
            related = (("first here", first.span),)
            world.findings.error("PR010", message, entry.key.span, "delete one", related)
            continue
        target = shaped(world.findings, entry.node, Scalar, f"`{entry.name}`")
        field = world.field(table, target) if target else None
        if target and field and field.type in ("serial", "files"):
            message = f"`{field.name}` is of type {field.type}, which no line can set"
            world.findings.error("PR254", message, target.span, "delete the label")
        elif field:
            found[entry.name] = field.name
    return found


def _is_language(text: str) -> bool:
    """Return whether a text has the form of a language tag: RFC 5646 2.1."""
    language, *others = text.split("-")
    parts = (language, *others)
    right = all(p.isascii() and p.isalnum() and len(p) <= _LONGEST_SUBTAG for p in parts)
    return right and language.isalpha() and len(language) in (2, 3)


def _policy(world: World, parsing: Given, name: str) -> OnBadLine:
    mapping = parsing.keys(name)
    if mapping is None:
        return OnBadLine()
    given = Given(world.findings, keys.BAD_LINE, mapping, parsing.key_span(name))
    then = given.choice("then") or "ignore"
    if then not in _POLICIES[name]:
        found = given.scalar("then")
        message = f"`{then}` makes no sense for `{name}`"
        hint = f"write one of {listed(_POLICIES[name])}"
        world.findings.error("PR035", message, found.span if found else given.span, hint)
    return OnBadLine(cast("ParsePolicy", then), given.addresses("tell"), given.text("text"))


def _date_format(world: World, given: Given) -> str:
    found = given.scalar("date_format")
    format_ = date_format(found.value) if found else None
    if found and isinstance(format_, str):
        world.findings.error("PR046", format_, found.span, "write it like `DD.MM.YYYY`")
    elif found and isinstance(format_, DateFormat) and not format_.has_day:
        message = "a date has a year, a month and a day: YYYY, MM and DD"
        world.findings.error("PR046", message, found.span, "write it like `DD.MM.YYYY`")
    return given.text("date_format")
