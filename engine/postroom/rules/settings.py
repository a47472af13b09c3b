"""The settings of plugins: what a rule file says, held against what the plugin declares."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from datetime import timedelta
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from postroom.model.settings import ByteSize, Secret, SecretRef
from postroom.rules.given import listed, suggestion
from postroom.rules.literals import number, size, time_span, whole_number
from postroom.source.hiding import secretive
from postroom.source.near import near
from postroom.source.nodes import Mapping, Scalar, Sequence, described

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from postroom.rules.findings import Findings
    from postroom.source.nodes import Entry, Node
    from postroom.source.text import Span

SCHEMES = ("env", "file", "keyring")
LATER = {
    "auth": "in this version mailboxes are opened with `password: {env: NAME}`",
}
"""Keys that a later version will know, and what there is instead."""

T = TypeVar("T")


class _Unfit(Exception):  # noqa: N818 - it never leaves this module
    """The value is not what the setting takes; says what it takes and what to write."""

    def __init__(self, takes: str, write: str, code: str = "PR403") -> None:
        super().__init__(takes)
        self.takes, self.write, self.code = takes, write, code


@dataclass(frozen=True, slots=True)
class _Setting:
    """One setting of a plugin, as declared."""

    field: str
    key: str
    type: Any
    required: bool
    help: str


def read_settings(
    findings: Findings, kind: type, entries: Iterable[Entry], *, what: str, span: Span
) -> Any:  # noqa: ANN401 - the class is the plugin's own
    """Return an instance of a plugin's settings class, or None if it cannot be made.

    `what` names the plugin as findings call it: "the transport `imap`".
    """
    declared = _declared(findings, kind, what, span)
    if declared is None:
        return None
    known = {setting.key: setting for setting in declared}
    values: dict[str, Any] = {}
    fine = True
    for entry in entries:
        setting = known.pop(entry.name, None)
        if setting is None:
            _note_unknown(findings, entry, [s.key for s in declared], what)
            fine = False
            continue
        try:
            values[setting.field] = _value(findings, setting, entry.node)
        except _Unfit as unfit:
            fine = False
            message = f"`{setting.key}` is {unfit.takes}"
            findings.error(unfit.code, message, _place(entry), unfit.write)
    for setting in known.values():
        if setting.required:
            fine = False
            hint = f"add `{setting.key}:`, {setting.help}"
            findings.error("PR402", f"{what} needs `{setting.key}`", span, hint)
    return _made(findings, kind, values, what, span) if fine else None


def hide_secrets(findings: Findings, entries: Iterable[Entry]) -> None:
    """Keep out of excerpts what stands behind keys that may hold a secret."""
    for entry in entries:
        if secretive(entry.name) and isinstance(entry.node, Scalar):
            findings.hide(entry.node.span)


def _place(entry: Entry) -> Span:
    node = entry.node
    return entry.key.span if isinstance(node, Scalar) and node.is_null else node.span


def _declared(findings: Findings, kind: type, what: str, span: Span) -> tuple[_Setting, ...] | None:
    try:
        hints = get_type_hints(kind)
        return tuple(
            _Setting(
                field=each.name,
                key=each.name.rstrip("_"),
                type=hints[each.name],
                required=each.default is MISSING and each.default_factory is MISSING,
                help=str(each.metadata.get("help", "")),
            )
            for each in fields(kind)
        )
    except (TypeError, NameError, KeyError) as error:
        message = f"{what} does not declare its settings as postroom can read them: {error}"
        hint = "that is a fault of the plugin: tell those who made it"
        findings.error("PR407", message, span, hint)
        return None


def _made(findings: Findings, kind: type, values: dict[str, Any], what: str, span: Span) -> Any:  # noqa: ANN401
    try:
        return kind(**values)
    except (ValueError, TypeError) as error:  # what a plugin's own check raises
        findings.error("PR406", f"{what} does not take these settings: {error}", span)
        return None


def _note_unknown(findings: Findings, entry: Entry, known: list[str], what: str) -> None:
    if isinstance(entry.node, Scalar):  # it may be a secret under a misspelt key
        findings.hide(entry.node.span)
    if entry.name in LATER:
        message = f"`{entry.name}` is not supported in this version"
        findings.error("PR045", message, entry.key.span, LATER[entry.name])
        return
    message = f"{what} has no setting `{entry.name}`"
    findings.error("PR401", message, entry.key.span, suggestion(entry.name, known, "it has"))


def _value(findings: Findings, setting: _Setting, node: Node) -> object:
    kind = setting.type
    if get_origin(kind) in (Union, UnionType):
        arms = [arm for arm in get_args(kind) if arm is not NoneType]
        kind = arms[0] if len(arms) == 1 else kind
    if kind is Secret:
        return _secret(findings, setting, node)
    if get_origin(kind) is tuple:
        return _texts(setting, node)
    if not isinstance(node, Scalar) or node.is_null:
        raise _Unfit(f"one value, not {described(node)}", f"write `{setting.key}: value`")
    if get_origin(kind) is Literal:
        return _one_of(setting, node, get_args(kind))
    read = _READERS.get(kind)
    if read is None:
        raise _Unfit(
            "of a type that settings cannot have", "tell those who made the plugin", "PR407"
        )
    return read(node)


def _texts(setting: _Setting, node: Node) -> tuple[str, ...]:
    items = node.items if isinstance(node, Sequence) else (node,)
    if not all(isinstance(item, Scalar) and not item.is_null for item in items):
        raise _Unfit("a list of texts", f"write `{setting.key}: [a, b]`")
    return tuple(item.value for item in items if isinstance(item, Scalar))


def _one_of(setting: _Setting, node: Scalar, choices: tuple[str, ...]) -> str:
    if node.value in choices:
        return node.value
    meant = near(node.value, choices)
    raise _Unfit(f"one of {listed(choices)}", f"write `{setting.key}: {meant or choices[0]}`")


def _secret(findings: Findings, setting: _Setting, node: Node) -> SecretRef:
    """Return a reference to a secret; what stands there in clear is never shown."""
    write = f"write `{setting.key}: {{env: NAME}}`, and set the environment variable NAME"
    if isinstance(node, Scalar):
        findings.hide(node.span)
        raise _Unfit("secret, and does not stand in a rule file", write, "PR404")
    if not isinstance(node, Mapping) or len(node.entries) != 1:
        raise _Unfit("a reference to a secret: one of `env`, `file`, `keyring`", write, "PR405")
    scheme, where = node.entries[0].name, node.entries[0].node
    if isinstance(where, Scalar):
        findings.hide(where.span)
    if scheme not in SCHEMES:
        meant = near(scheme, SCHEMES) or "env"
        hint = f"write `{setting.key}: {{{meant}: NAME}}`"
        raise _Unfit("a reference to a secret: one of `env`, `file`, `keyring`", hint, "PR405")
    if not isinstance(where, Scalar) or where.is_null or not where.value.strip():
        raise _Unfit(f"a reference, and its `{scheme}` names nothing", write, "PR405")
    if scheme == "env" and not (where.value.isascii() and where.value.isidentifier()):
        raise _Unfit("a reference, and this is no name of a variable", write, "PR405")
    return SecretRef(cast("Literal['env', 'file', 'keyring']", scheme), where.value)


def _text(node: Scalar) -> str:
    return node.value


def _flag(node: Scalar) -> bool:
    if node.style == "plain" and node.value in ("true", "false"):
        return node.value == "true"
    raise _Unfit("true or false", "write `true` or `false`, without quotes")


def _integer(node: Scalar) -> int:
    return _or_unfit(whole_number(node.value), "a whole number", "write digits alone")


def _float(node: Scalar) -> float:
    return float(_or_unfit(number(node.value), "a number", "write it like 2.5"))


def _duration(node: Scalar) -> timedelta:
    hint = "write a number and s, m, h, d or w: `30s`, `5m`, `2d`"
    return _or_unfit(time_span(node.value), "a time span", hint)


def _size(node: Scalar) -> ByteSize:
    hint = "write a number and KB, MB, GB, KiB, MiB or GiB: `25MB`"
    return _or_unfit(size(node.value), "a size", hint)


def _or_unfit(found: T | None, takes: str, write: str) -> T:
    if found is None:
        raise _Unfit(takes, write)
    return found


_READERS: dict[object, Callable[[Scalar], object]] = {
    str: _text,
    bool: _flag,
    int: _integer,
    float: _float,
    timedelta: _duration,
    ByteSize: _size,
    Path: lambda node: Path(node.value),
}
