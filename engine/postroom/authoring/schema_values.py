"""What a single value of a rule file may be, in the words of JSON Schema.

A rule file's values are what their keys hold: `title: 5` is the text `5`, and `keep: "1"` is a
number. A validator sees it the other way round, so texts take every scalar and numbers take digits.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from postroom.lang.units import SIZES, SPANS
from postroom.model.settings import ByteSize, Secret
from postroom.model.signin import Credential
from postroom.rules.setting_values import SCHEMES

if TYPE_CHECKING:
    from postroom.authoring.layout import One
    from postroom.rules.keys import Kind

Schema = dict[str, Any]
"""A schema, or a part of one, as plain data."""

SCALAR: Schema = {"type": ["string", "number", "boolean"]}
IDENTIFIER = "^[a-z][a-z0-9_]{0,62}$"
NAME = "^[a-z][a-z0-9_-]{0,62}$"
_ADDRESS: Schema = {"type": "string", "pattern": r"^[^@\s]+@[^@\s]+$"}
_FLAG: Schema = {"type": "boolean"}
_INTEGER: Schema = {"type": ["integer", "string"], "pattern": "^-?[0-9]+$"}
_DURATION: Schema = {"type": "string", "pattern": f"^[0-9]+[{''.join(SPANS)}]$"}
_SIZE: Schema = {"type": ["integer", "string"], "pattern": f"^[0-9]+({'|'.join(SIZES)})?$"}
_KINDS: dict[Kind, Schema] = {
    "name": {"type": ["string", "boolean"], "pattern": NAME},
    "address": _ADDRESS,
    "addresses": _ADDRESS,
    "flag": _FLAG,
    "integer": _INTEGER,
    "duration": _DURATION,
    "any": {},
}
_SEVERAL = ("texts", "addresses", "choices", "templates", "value")
_SETTINGS: dict[object, Schema] = {
    str: SCALAR,
    bool: _FLAG,
    int: _INTEGER,
    float: {"type": ["number", "string"], "pattern": r"^-?[0-9]+(\.[0-9]+)?$"},
    timedelta: _DURATION,
    ByteSize: _SIZE,
    Path: SCALAR,
    Credential: {"type": ["string", "object"]},
    Secret: {
        "type": "object",
        "properties": {name: {"type": "string", "minLength": 1} for name in (*SCHEMES, "until")},
        "additionalProperties": False,
        "oneOf": [{"required": [scheme]} for scheme in SCHEMES],
    },
}


def one(shape: One) -> Schema:
    """Return the schema of a value, or of several where its kind allows them."""
    closed = bool(shape.choices) and shape.kind in ("choice", "choices")
    schema = {"enum": list(shape.choices)} if closed else _KINDS.get(shape.kind, SCALAR)
    if shape.choices and not closed:
        schema = schema | {"examples": list(shape.choices)}
    return several(schema) if shape.kind in _SEVERAL else schema


def several(schema: Schema) -> Schema:
    """Return the schema of one value, or of a list of them."""
    return {"anyOf": [schema, {"type": "array", "items": schema}]}


def setting(kind: Any) -> Schema:  # noqa: ANN401 - a type is any object
    """Return the schema of a plugin's setting, given its type; any value for a type unknown."""
    if get_origin(kind) in (Union, UnionType):
        arms = [arm for arm in get_args(kind) if arm is not NoneType]
        return setting(arms[0]) if len(arms) == 1 else {}
    if get_origin(kind) is Literal:
        return {"enum": list(get_args(kind))}
    if get_origin(kind) is tuple:
        return several(SCALAR)
    return _SETTINGS.get(kind, {})
