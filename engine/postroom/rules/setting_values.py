"""One setting of a plugin: from what a rule file says to the type that the plugin declares."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union, cast, get_args, get_origin

from postroom.model.settings import ByteSize, Secret, SecretRef
from postroom.rules.given import listed
from postroom.rules.literals import number, size, time_span, whole_number
from postroom.source.near import near
from postroom.source.nodes import Mapping, Scalar, Sequence, described

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.source.nodes import Node

SCHEMES = ("env", "file", "keyring")
T = TypeVar("T")


class Unfit(Exception):  # noqa: N818 - it never leaves the checker
    """A value is not what the setting takes: what it must be, and what to write."""

    def __init__(self, takes: str, write: str, code: str = "PR403") -> None:
        super().__init__(takes)
        self.takes, self.write, self.code = takes, write, code


def value_of(kind: Any, key: str, node: Node) -> object:  # noqa: ANN401 - a type is any object
    """Return what a key says as the type that its setting has; raises Unfit if it is not of it."""
    kind = without_none(kind)
    if kind is Secret:
        return secret_ref(key, node)
    if get_origin(kind) is tuple:
        return _texts(key, node)
    read = _READERS.get(kind)
    if read is None and get_origin(kind) is not Literal:
        hint = "that is a fault of the plugin: tell those who made it"
        raise Unfit("is declared with a type that no setting can have", hint, "PR407")
    if not isinstance(node, Scalar) or node.is_null:
        raise Unfit(f"must be one value, not {described(node)}", f"write `{key}: value`")
    return read(node) if read else _one_of(key, node, get_args(kind))


def secret_ref(key: str, node: Node) -> SecretRef:
    """Return a reference to a secret; raises Unfit, without the secret, if there is none."""
    write = f"write `{key}: {{env: NAME}}`, and set the environment variable NAME"
    if isinstance(node, Scalar):
        raise Unfit("is secret, and must not stand in a rule file", write, "PR404")
    takes = "must be a reference to a secret: one of `env`, `file`, `keyring`"
    entries = {each.name: each.node for each in node.entries} if isinstance(node, Mapping) else {}
    until = _last_day(key, entries.pop("until", None))
    if len(entries) != 1:
        raise Unfit(takes, write, "PR405")
    ((scheme, where),) = entries.items()
    if scheme not in SCHEMES:
        hint = f"write `{key}: {{{near(scheme, SCHEMES) or 'env'}: NAME}}`"
        raise Unfit(takes, hint, "PR405")
    if not isinstance(where, Scalar) or where.is_null or not where.value.strip():
        raise Unfit(f"refers to a secret, but its `{scheme}` names nothing", write, "PR405")
    if scheme == "env" and not (where.value.isascii() and where.value.isidentifier()):
        raise Unfit("refers to a secret by what is no variable's name", write, "PR405")
    return SecretRef(cast("Literal['env', 'file', 'keyring']", scheme), where.value, until)


def _last_day(key: str, node: Node | None) -> date | None:
    """Return the day that a reference names; raises Unfit if it is none."""
    if node is None:
        return None
    try:
        return date.fromisoformat(node.value if isinstance(node, Scalar) else "")
    except ValueError:
        takes, write = (
            "says `until` when it is good, and names no day",
            f"write `{key}: {{env: NAME, until: 2027-03-31}}`",
        )
        raise Unfit(takes, write, "PR405") from None


def without_none(kind: Any) -> Any:  # noqa: ANN401
    """Return a type without the `| None` of a setting that may be left out."""
    if get_origin(kind) not in (Union, UnionType):
        return kind
    arms = [arm for arm in get_args(kind) if arm is not NoneType]
    return arms[0] if len(arms) == 1 else kind


def _texts(key: str, node: Node) -> tuple[str, ...]:
    items = node.items if isinstance(node, Sequence) else (node,)
    if not all(isinstance(item, Scalar) and not item.is_null for item in items):
        raise Unfit("must be a list of texts", f"write `{key}: [a, b]`")
    return tuple(item.value for item in items if isinstance(item, Scalar))


def _one_of(key: str, node: Scalar, choices: tuple[str, ...]) -> str:
    if node.value in choices:
        return node.value
    meant = near(node.value, choices)
    raise Unfit(f"must be one of {listed(choices)}", f"write `{key}: {meant or choices[0]}`")


def _flag(node: Scalar) -> bool:
    if node.style == "plain" and node.value in ("true", "false"):
        return node.value == "true"
    raise Unfit("must be true or false", "write `true` or `false`, without quotes")


def _integer(node: Scalar) -> int:
    return _or_unfit(whole_number(node.value), "must be a whole number", "write digits alone")


def _float(node: Scalar) -> float:
    return float(_or_unfit(number(node.value), "must be a number", "write it like 2.5"))


def _duration(node: Scalar) -> timedelta:
    hint = "write a number and s, m, h, d or w: `30s`, `5m`, `2d`"
    return _or_unfit(time_span(node.value), "must be a time span", hint)


def _size(node: Scalar) -> ByteSize:
    hint = "write a number and KB, MB, GB, KiB, MiB or GiB: `25MB`"
    return _or_unfit(size(node.value), "must be a size", hint)


def _or_unfit(found: T | None, takes: str, write: str) -> T:
    if found is None:
        raise Unfit(takes, write)
    return found


_READERS: dict[object, Callable[[Scalar], object]] = {
    str: lambda node: node.value,
    bool: _flag,
    int: _integer,
    float: _float,
    timedelta: _duration,
    ByteSize: _size,
    Path: lambda node: Path(node.value),
}
