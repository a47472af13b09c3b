"""Whether a class that a plugin brings has what its contract demands."""

from __future__ import annotations

import inspect
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

from postroom.hooks.contracts import (
    Authenticator,
    Function,
    Notifier,
    Receiver,
    Scanner,
    Store,
    Transport,
)
from postroom.hooks.lints import Lint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONTRACTS: dict[str, type] = {
    "transport": Transport,
    "receiver": Receiver,
    "store": Store,
    "notifier": Notifier,
    "authenticator": Authenticator,
    "scanner": Scanner,
    "function": Function,
    "lint": Lint,
}
"""Every kind of thing that a plugin can bring; its hook is `postroom_<kind>s`."""

_INHERITED = ("__init__", "__call__")
"""Dunders that a contract spells out; the others come with every class."""


def shortcomings(kind: str, found: object) -> Iterator[str]:
    """Yield what keeps a plugin's object from being of a kind, in a few words each."""
    if not inspect.isclass(found):
        yield "is not a class"
        return
    contract = CONTRACTS[kind]
    for name in _attributes(contract):
        yield from _attribute(name, getattr(found, name, None))
    for name, wanted in _methods(contract):
        yield from _method(name, wanted, _defined(found, name))


def _attributes(contract: type) -> list[str]:
    return [name for name in vars(contract).get("__annotations__", {}) if name[0] != "_"]


def _methods(contract: type) -> list[tuple[str, Callable[..., object]]]:
    return [
        (name, value)
        for name, value in vars(contract).items()
        if inspect.isfunction(value) and (name[0] != "_" or name in _INHERITED)
        if value.__module__ == contract.__module__
    ]


def _attribute(name: str, value: object) -> Iterator[str]:
    if name == "settings":
        yield from _settings(value)
    elif name == "parameters":
        if not isinstance(value, tuple) or not all(isinstance(each, str) for each in value):
            yield "has no `parameters`, a tuple of type names"
    elif not isinstance(value, str) or not value:
        yield f"has no `{name}`, a text"
    elif name == "name" and not (value.isascii() and value.isidentifier() and value.islower()):
        yield f"has a name, `{value}`, that is not made of small letters, digits and _"


def _settings(value: object) -> Iterator[str]:
    if not (inspect.isclass(value) and is_dataclass(value)):
        yield "has no `settings`, a frozen dataclass"
        return
    if not value.__dataclass_params__.frozen:  # type: ignore[attr-defined]  # undocumented, stable
        yield f"has settings, `{value.__name__}`, that are not frozen"
    for each in fields(value):
        if not each.metadata.get("help"):
            yield f"has a setting, `{each.name}`, without help: declare it with `setting()`"


def _method(name: str, wanted: Callable[..., object], found: object) -> Iterator[str]:
    if not callable(found):
        yield f"has no method `{name}`"
        return
    parameters = inspect.signature(wanted).parameters.values()
    if any(each.kind is each.VAR_POSITIONAL for each in parameters):
        return  # a Function takes as many values as it says itself
    try:
        inspect.signature(found).bind(
            *(each.name for each in parameters if each.kind is not each.KEYWORD_ONLY),
            **{each.name: each for each in parameters if each.kind is each.KEYWORD_ONLY},
        )
    except TypeError:
        names = ", ".join(each.name for each in parameters)
        yield f"has a method `{name}` that does not take ({names})"
    except ValueError:
        return  # written in C: no signature to hold it against


def _defined(found: type, name: str) -> object:
    """Return what the class itself or a base says, not what every class inherits."""
    for base in found.__mro__[:-1]:
        if name in vars(base):
            value = vars(base)[name]
            return value.__func__ if isinstance(value, (staticmethod, classmethod)) else value
    return None
