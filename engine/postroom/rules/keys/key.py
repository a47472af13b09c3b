"""How a key of a rule file is declared, and a section of keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import timedelta

Kind = Literal[
    "text", "texts", "name", "address", "addresses", "flag", "integer", "duration", "choice",
    "choices", "condition", "value", "values", "template", "templates", "keys", "items", "any",
]  # fmt: skip
"""What a key holds. `texts`, `addresses`, `choices` and `templates`: one, or a list of them."""

WORDS: dict[Kind, str] = {
    "text": "text",
    "texts": "text, or a list of texts",
    "name": "name",
    "address": "address",
    "addresses": "address, or a list of addresses",
    "flag": "true or false",
    "integer": "whole number",
    "duration": "time span",
    "choice": "choice",
    "choices": "choice, or a list of choices",
    "condition": "condition",
    "value": "value",
    "values": "fields and their values",
    "template": "text with `${ }`",
    "templates": "text with `${ }`, or a list of them",
    "keys": "keys",
    "items": "list",
    "any": "a word, or keys",
}


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a section."""

    name: str
    kind: Kind
    help: str
    required: bool = False
    default: str | bool | int | timedelta | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """What may stand at one place of a rule file."""

    title: str
    """How an author says where it is: `accounts.NAME.receive`."""
    help: str
    keys: tuple[Key, ...]
    others: str = ""
    """What other keys stand for; "" if there can be none."""

    def key(self, name: str) -> Key | None:
        """Return the declaration of a key."""
        return next((key for key in self.keys if key.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its keys."""
        return tuple(key.name for key in self.keys)
