"""What the rules read: each field once for the whole decision, however many rules read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.model.plain import Json, plain, well_formed
from postroom.model.sealing import pointer

if TYPE_CHECKING:
    from postroom.model.decision import Comparison, Fired
    from postroom.model.sealing import Hidden

LONGEST_TEXT = 500
"""Characters of a text that are kept; a rule may have read all of a body."""
LONGEST_LIST = 50

_OPEN = (
    "account", "arf.", "auto_submitted", "class", "contact.known", "count_", "dsn.action",
    "dsn.present", "dsn.status", "malware.", "mdn.", "precedence", "received_at", "size", "spam.",
    "token.",
)  # fmt: skip
"""Fields that say nothing about a person, by the start of their names."""


class Reading:
    """Collects operands under their names in the rules."""

    def __init__(self) -> None:
        self._values: dict[str, Json] = {}

    def of(self, fired: Fired) -> dict[str, Json]:
        """Return a rule that fired as JSON, with the names of what it read."""
        return {
            "id": fired.id,
            "section": fired.section,
            "place": fired.place,
            "effect": well_formed(fired.effect),
            "shadow": fired.shadow,
            "because": [self._comparison(each) for each in fired.because],
        }

    def values(self, hidden: Hidden) -> dict[str, Json]:
        """Return what was read by name; what may be personal stands as a commitment."""
        return {
            name: value if _is_open(name, value) else hidden.hide(pointer("read", name), value)
            for name, value in self._values.items()
        }

    def _comparison(self, comparison: Comparison) -> dict[str, Json]:
        return {
            "text": well_formed(comparison.text),
            "place": comparison.place,
            "held": comparison.held,
            "read": [self._name(name, _short(plain(v))) for name, v in comparison.operands],
        }

    def _name(self, name: str, value: Json) -> str:
        """Return the name under which a value is kept: `name#2` where the name has another one.

        A field of the record may change while the message is decided.
        """
        key, number = name, 1
        while key in self._values and self._values[key] != value:
            number += 1
            key = f"{name}#{number}"
        self._values[key] = value
        return key


def _is_open(name: str, value: Json) -> bool:
    if name.startswith("auth."):
        return name.endswith((".result", ".aligned"))
    if name.startswith(_OPEN):
        return True
    return isinstance(value, bool) and not name.startswith(("record.", "contact."))


def _short(value: Json) -> Json:
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"{value[:LONGEST_TEXT]}… ({len(value)} characters)"
    if isinstance(value, list):
        more = [f"… ({len(value)} items)"] if len(value) > LONGEST_LIST else []
        return [*map(_short, value[:LONGEST_LIST]), *more]
    if isinstance(value, dict):
        return {key: _short(each) for key, each in value.items()}
    return value
