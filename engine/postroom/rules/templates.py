"""`templates`: what notices and answers say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.lang.records import type_of
from postroom.rules import keys
from postroom.rules.expressions import template
from postroom.rules.given import Given
from postroom.rules.names import check_name
from postroom.rules.ruleset import MailTemplate
from postroom.rules.world import TemplateUse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postroom.lang.expression import Encoding, Template
    from postroom.rules.world import World
    from postroom.source.nodes import Entry

_PARTS: tuple[tuple[str, Encoding], ...] = (
    ("subject", "header"), ("text", "plain"), ("html", "html"),
)  # fmt: skip


def name_templates(world: World, sections: Iterable[Entry]) -> None:
    """Note which templates there are, for those who name them."""
    for entry in sections:
        check_name(world.findings, entry.key, what="template")
        world.template_names[entry.name] = entry.key


def read_templates(world: World, sections: Iterable[Entry]) -> dict[str, MailTemplate]:
    """Return the templates, each checked for every place that names it.

    What a template may read depends on who names it: the record of that account's table, or none.
    """
    found = {}
    for entry in sections:
        given = Given.open(
            world.findings, keys.TEMPLATE, entry.node, f"`{entry.name}`", entry.key.span
        )
        if given is None:
            continue
        if "text" not in given and "html" not in given:
            message = f"the template `{entry.name}` has no text"
            world.findings.error("PR305", message, entry.key.span, "add `text:`, `html:` or both")
        found[entry.name] = _compiled(world, entry, given)
    return found


def _compiled(world: World, entry: Entry, given: Given) -> MailTemplate:
    parts: dict[str, Template | None] = {}
    for use in _different_uses(world, entry):
        table = world.tables.get(use.table) if use.with_record else None
        for name, encoding in _PARTS:
            if name in given:
                parts[name] = template(
                    world, given.node(name), world.scheme(table), encoding, f"`{name}`",
                    () if use.with_record else (("it is used here, without a record", use.span),),
                )  # fmt: skip
    found = MailTemplate(
        name=entry.name,
        span=entry.key.span,
        subject=parts.get("subject"),
        text=parts.get("text"),
        html=parts.get("html"),
    )
    _check_same_types(world, entry, found)
    return found


def _different_uses(world: World, entry: Entry) -> list[TemplateUse]:
    """Return one use for each way in which the template is used, the one that reads most last."""
    uses = world.template_uses.get(entry.name, [])
    different = {(use.with_record, use.table if use.with_record else ""): use for use in uses}
    some = min(world.account_tables, default="")
    return [different[key] for key in sorted(different)] or [
        TemplateUse(entry.key.span, some, with_record=True)
    ]


def _check_same_types(world: World, entry: Entry, found: MailTemplate) -> None:
    """Note a field that has another type in another table that the template is used for."""
    uses = [use for use in _different_uses(world, entry) if use.with_record]
    compiled = [part for part in (found.subject, found.text, found.html) if part]
    names = {
        path.split(".")[1] for part in compiled for path in part.reads if path[:7] == "record."
    }
    for name in sorted(names):
        types = {use.table: _type_in(world, use, name) for use in uses}
        if len(set(types.values())) > 1:
            said = " and ".join(f"{kind} in `{table}`" for table, kind in types.items())
            message = f"`record.{name}` is {said}"
            hint = "write a template for each table"
            world.findings.error("PR255", message, entry.key.span, hint)


def _type_in(world: World, use: TemplateUse, name: str) -> str:
    table = world.tables.get(use.table)
    field = table.fields.get(name) if table else None
    return str(type_of(field)) if field else ""
