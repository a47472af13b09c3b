"""An example mail in the words of the rules."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from postroom.lang.explain import plain
from postroom.lang.terms import Read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.rules.proofs.solve import Model

_LONGEST = 60


def example(model: Model, without: str = "") -> str:
    """Return the fields that matter, with their values: `subject "you have won", size 2000`.

    Those whose name starts with `without` go without saying.
    """
    parts = [
        f"{name} {_value(value)}"
        for name, value in _fields(model)
        if not without or not name.startswith(without)
    ]
    return ", ".join(parts) or "any mail"


def _fields(model: Model) -> Iterator[tuple[str, Any]]:
    asked = {(v if v.base is None else v.base) for v in model.asked}
    for variable in sorted(asked, key=lambda each: each.name):
        if isinstance(variable.term, Read) and variable.name in model.values:
            yield variable.name, model.values[variable.name]


def _value(value: Any) -> str:  # noqa: ANN401 - of any type
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_item, value))}]"
    if isinstance(value, str):
        cut = value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
        return json.dumps(cut, ensure_ascii=False)
    return str(plain(value))


def _item(value: Any) -> str:  # noqa: ANN401 - of any type
    size = getattr(value, "size", None)
    shown = _value(value) if isinstance(value, str) else str(plain(value))
    return shown if size is None else f"{shown} of {size} bytes"
