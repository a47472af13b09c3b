"""Whether a value can go into a field of a record, and how it becomes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from postroom.lang.types import Type
    from postroom.model.record import Field, Value

DATE_FORMAT = "YYYY-MM-DD"


def assignable(value: Type, field: Field) -> str | None:
    """Return why a value of this type can never go into the field; None if it can."""
    raise NotImplementedError(value, field)


def coerce(
    field: Field, value: object, date_format: str = DATE_FORMAT
) -> tuple[Value, str | None]:
    """Return the value as the field holds it, and None; or None, and why it is refused.

    Takes what YAML or an expression gives, and text for every type: `yes`, `31.01.2026` by the
    declared format, a choice in any case of letters, items between commas. Total.
    """
    raise NotImplementedError(field, value, date_format)
