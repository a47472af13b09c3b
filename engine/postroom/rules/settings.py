"""The settings of plugins: what a rule file says, held against what the plugin declares."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any, get_type_hints

from postroom.model.signin import Credential
from postroom.rules.given import suggestion
from postroom.rules.setting_values import Unfit, value_of, without_none
from postroom.source.hiding import secretive
from postroom.source.nodes import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from postroom.model.signin import SignIn
    from postroom.rules.findings import Findings
    from postroom.source.nodes import Entry, Node
    from postroom.source.text import Span


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a plugin, as declared."""

    field: str
    key: str
    type: Any
    required: bool
    help: str


def read_settings(
    findings: Findings,
    kind: type,
    entries: Iterable[Entry],
    *,
    what: str,
    span: Span,
    sign_in: Callable[[Entry], SignIn | None],
) -> Any:  # noqa: ANN401 - the class is the plugin's own
    """Return an instance of a plugin's settings class, or None if it cannot be made.

    `what` names the plugin as findings call it: "the transport `imap`". `sign_in` reads a setting
    of the type `Credential`, and notes what is wrong with it.
    """
    found = _declared(findings, kind, what, span)
    if found is None:
        return None
    missing = {setting.key: setting for setting in found}
    values: dict[str, Any] = {}
    fine = True
    for entry in entries:
        setting = missing.pop(entry.name, None)
        if setting is None:
            _note_unknown(findings, entry, [s.key for s in found], what)
            fine = False
            continue
        if without_none(setting.type) is Credential:
            values[setting.field] = sign_in(entry)
            fine = fine and values[setting.field] is not None
            continue
        try:
            values[setting.field] = value_of(setting.type, setting.key, entry.node)
        except Unfit as unfit:
            _note_unfit(findings, entry, unfit)
            fine = False
    for setting in missing.values():
        if setting.required:
            hint = f"add `{setting.key}:`, {setting.help}"
            findings.error("PR402", f"{what} needs `{setting.key}`", span, hint)
            fine = False
    return _made(findings, kind, values, what, span) if fine else None


def declared(kind: type) -> tuple[Setting, ...]:
    """Return the settings that a plugin's class declares.

    Raises TypeError, NameError or KeyError if it does not declare them properly.
    """
    hints = get_type_hints(kind)
    return tuple(
        Setting(
            field=each.name,
            key=each.name.rstrip("_"),
            type=hints[each.name],
            required=each.default is MISSING and each.default_factory is MISSING,
            help=str(each.metadata.get("help", "")),
        )
        for each in fields(kind)
    )


def hide_secrets(findings: Findings, entries: Iterable[Entry]) -> None:
    """Keep out of excerpts what stands behind keys that may hold a secret."""
    for entry in entries:
        if secretive(entry.name) and isinstance(entry.node, Scalar):
            findings.hide(entry.node.span)


def hide_all(findings: Findings, node: Node) -> None:
    """Keep everything that a node says out of excerpts: it may be a secret."""
    match node:
        case Mapping():
            for entry in node.entries:
                hide_all(findings, entry.node)
        case Sequence():
            for item in node.items:
                hide_all(findings, item)
        case Scalar():
            if not node.is_null:
                findings.hide(node.span)


def _declared(findings: Findings, kind: type, what: str, span: Span) -> tuple[Setting, ...] | None:
    try:
        return declared(kind)
    except (TypeError, NameError, KeyError) as error:
        message = f"{what} does not declare its settings as postroom can read them: {error}"
        hint = "that is a fault of the plugin: tell those who made it"
        findings.error("PR407", message, span, hint)
        return None


def _made(findings: Findings, kind: type, values: dict[str, Any], what: str, span: Span) -> Any:  # noqa: ANN401
    try:
        made = kind(**values)
    except (ValueError, TypeError) as error:  # what a plugin's own check raises
        findings.error("PR406", f"{what} does not take these settings: {error}", span)
        return None
    for caution in getattr(made, "cautions", tuple)():
        findings.warn(caution.code, caution.message, span, caution.hint)
    return made


def _note_unfit(findings: Findings, entry: Entry, unfit: Unfit) -> None:
    if unfit.code in ("PR404", "PR405"):
        hide_all(findings, entry.node)
    findings.error(unfit.code, f"`{entry.name}` {unfit.takes}", entry.node.span, unfit.write)


def _note_unknown(findings: Findings, entry: Entry, known: list[str], what: str) -> None:
    hide_all(findings, entry.node)  # the key of a secret may be misspelt
    message = f"{what} has no setting `{entry.name}`"
    findings.error("PR401", message, entry.key.span, suggestion(entry.name, known, "it has"))
