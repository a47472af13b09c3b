"""Say in words what settings a plugin's class takes: for reference pages and for people."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from datetime import timedelta
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

from postroom.model.settings import ByteSize, Secret
from postroom.model.signin import Credential

if TYPE_CHECKING:
    from collections.abc import Iterator
    from dataclasses import Field

_WORDS: dict[object, str] = {
    str: "text",
    int: "whole number",
    bool: "true or false",
    float: "decimal",
    timedelta: "time span",
    ByteSize: "size",
    Path: "path",
    Secret: "reference to a secret",
    tuple[str, ...]: "list of text",
    Credential: "sign-in",
}


@dataclass(frozen=True, slots=True)
class SettingInfo:
    """One setting, in the words of a rule file."""

    name: str
    type: str
    default: str
    """"" if it must be given."""
    help: str


def describe(settings: type) -> Iterator[SettingInfo]:
    """Yield what a settings dataclass declares, in its order.

    Raises KeyError for a type that is not among those of `postroom.model.settings`.
    """
    hints = get_type_hints(settings)
    for each in fields(settings):
        yield SettingInfo(
            each.name, _type(hints[each.name]), _default(each), each.metadata.get("help", "")
        )


def as_table(settings: type) -> str:
    """Return a settings dataclass as a Markdown table."""
    if not fields(settings):
        return "There is nothing to set.\n"
    rows = ["| setting | type | default | what for |", "| --- | --- | --- | --- |"]
    for each in describe(settings):
        default = f"`{each.default}`" if each.default else "required"
        kind = each.type.replace("|", "\\|")
        rows.append(f"| `{each.name}` | {kind} | {default} | {each.help} |")
    return "\n".join(rows) + "\n"


def _type(hint: Any) -> str:  # noqa: ANN401 - a type is any object
    if get_origin(hint) in (Union, UnionType):
        return " or ".join(_type(arm) for arm in get_args(hint) if arm is not NoneType)
    if get_origin(hint) is Literal:
        return " | ".join(f"`{value}`" for value in get_args(hint))
    return _WORDS[hint]


def _default(each: Field[Any]) -> str:
    if each.default_factory is not MISSING:
        return _value(each.default_factory())
    return "" if each.default is MISSING else _value(each.default)


def _value(value: object) -> str:
    match value:
        case None:
            return "none"
        case "":
            return '""'
        case bool():
            return str(value).lower()
        case timedelta():
            return f"{value.total_seconds():g}s"
        case tuple():
            return f"[{', '.join(map(str, value))}]"
        case _:
            return str(value)
