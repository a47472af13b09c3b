"""The types of the rule language."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal[
    "text", "integer", "decimal", "boolean", "date", "timestamp", "duration",
    "list", "mailbox", "attachment", "record", "file", "log_entry", "map", "nothing",
]  # fmt: skip

_PLURALS: dict[Kind, str] = {
    "text": "texts", "integer": "integers", "decimal": "decimals", "boolean": "booleans",
    "mailbox": "mailboxes", "attachment": "attachments", "file": "files",
    "log_entry": "log entries",
}  # fmt: skip

Form = Literal["", "address", "domain"]
"""What a text is, where that says how it is compared."""


@dataclass(frozen=True, slots=True)
class Type:
    """A type: its kind, whether the value may be missing, and what a list or a record is of."""

    kind: Kind
    optional: bool = False
    of: Type | None = None
    """list: of what."""
    table: str = ""
    """record: of which table."""
    values: tuple[str, ...] = ()
    """text: the only values it can have, if they are known (choice, auth results)."""
    form: Form = ""
    """text: whether it is compared as an address or as a domain."""

    @property
    def required(self) -> Type:
        """The same type, not missing."""
        return replace(self, optional=False)

    def __str__(self) -> str:
        """Return the type as an author reads it."""
        word = {
            "record": f"{self.table or 'a'} record",
            "list": f"list of {self.of}" if self.of else "list",
            "duration": "time span",
        }.get(self.kind, self.kind)
        return word + ("?" if self.optional else "")

    def described(self) -> str:
        """Return the type within a sentence: `an integer`, `text`, `a list of texts`."""
        if self.kind == "list":
            return f"a list of {_PLURALS.get(self.of.kind, self.of.kind)}" if self.of else "a list"
        article = {"text": "", "integer": "an ", "attachment": "an "}.get(self.kind, "a ")
        return f"{article}{self.required}".replace("_", " ")


TEXT = Type("text")
INTEGER = Type("integer")
DECIMAL = Type("decimal")
BOOLEAN = Type("boolean")
DATE = Type("date")
TIMESTAMP = Type("timestamp")
DURATION = Type("duration")
MAILBOX = Type("mailbox")
ATTACHMENT = Type("attachment")
FILE = Type("file")
LOG_ENTRY = Type("log_entry")
NOTHING = Type("nothing")
ADDRESS = Type("text", form="address")
DOMAIN = Type("text", form="domain")


def optional(of: Type) -> Type:
    """Return the same type, possibly missing."""
    return replace(of, optional=True)


def list_of(item: Type) -> Type:
    """Return the type of a list of items."""
    return Type("list", of=item)
