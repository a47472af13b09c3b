"""The JSON Schema of rule files (draft 2020-12), made from the table of keys and from plugins.

It is for editors that know YAML and not postroom. What it refuses, `postroom check` refuses too;
the reverse is not so: expressions, names and rights are beyond a schema.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from postroom.authoring.layout import (
    AT_LEAST_ONE,
    EITHER,
    EXACTLY_ONE,
    ROOT,
    Items,
    Keys,
    Named,
    One,
    below,
)
from postroom.authoring.schema_values import IDENTIFIER, NAME, Schema, one, setting
from postroom.rules import keys
from postroom.rules.literals import span_text
from postroom.rules.merge import VERSION
from postroom.rules.settings import declared
from postroom.rules.tables import FITS, NEEDED, RESERVED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from postroom.authoring.layout import Noun, Shape
    from postroom.rules.keys import Key, Section
    from postroom.rules.load import Kinds

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_NAMES: dict[Noun, Schema] = {
    "list": {"pattern": IDENTIFIER},
    "table": {"pattern": IDENTIFIER},
    "field": {"pattern": IDENTIFIER},
    "account": {"pattern": NAME},
    "filters": {"pattern": NAME},
    "template": {"pattern": NAME},
    "language": {"pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$"},
}


def as_schema(kinds: Kinds) -> Schema:
    """Return the schema of one rule file, as plain data."""
    maker = _Maker(kinds)
    maker.shape(ROOT)
    root = maker.defined.pop(_name(keys.ROOT))
    defined = dict(sorted(maker.defined.items()))
    return {"$schema": DRAFT, "title": "postroom rule file", **root, "$defs": defined}


class _Maker:
    """Makes a definition of each section that it meets."""

    def __init__(self, kinds: Kinds) -> None:
        self.defined: dict[str, Schema] = {}
        self._plugins = {
            keys.RECEIVE.title: kinds.receive,
            keys.SEND.title: kinds.notifiers,
            keys.CHECK_SENDERS.title: kinds.authenticators,
            keys.SCAN.title: kinds.scanners,
            keys.NOTIFY.title: kinds.notifiers,
        }

    def shape(self, shape: Shape) -> Schema:
        match shape:
            case One():
                return one(shape)
            case Items():
                return {"type": "array", "items": self.shape(shape.of)}
            case Named():
                names = {"propertyNames": _NAMES[shape.noun]} if shape.noun in _NAMES else {}
                return {"type": "object", **names, "additionalProperties": self.shape(shape.of)}
            case Keys():
                return self._keys(shape)

    def _keys(self, shape: Keys) -> Schema:
        arms = [one(shape.word)] if shape.word else []
        arms += [self._section(section) for section in (shape.use, shape.section) if section]
        if (
            shape.use is not None
        ):  # told apart by the key, so that mistakes are shown in one of them
            has = {"required": [shape.use.names[0]]}
            return {"if": has, "then": arms[0], "else": arms[1]}
        return arms[0] if len(arms) == 1 else {"anyOf": arms}

    def _section(self, section: Section) -> Schema:
        name = _name(section)
        if name not in self.defined:
            self.defined[name] = {}  # it may lead back to itself
            self.defined[name] = self._made(section)
        return {"$ref": f"#/$defs/{name}"}

    def _made(self, section: Section) -> Schema:
        properties = {key.name: self._key(section, key) for key in section.keys}
        schema: Schema = {
            "type": "object",
            "description": section.help,
            "properties": properties,
            "additionalProperties": bool(section.others),
            **_required(section),
        }
        if section is keys.ROOT:
            properties["version"] = {
                "enum": [VERSION, str(VERSION)],
                "description": keys.ROOT.keys[0].help,
            }
        if section is keys.FIELD:
            schema["allOf"] = list(_options())
        if section is keys.TABLE:
            properties["fields"]["propertyNames"] = _NAMES["field"] | {"not": {"enum": [*RESERVED]}}
        if section.title in self._plugins:
            plugins = self._plugins[section.title]
            properties["use"] |= {"enum": sorted(plugins)}
            schema["allOf"] = list(_plugins(section, plugins))
        return schema

    def _key(self, section: Section, key: Key) -> Schema:
        shape = below(section, key.name)
        told: Schema = {"description": key.help}
        if key.default is not None:
            told["default"] = _plain(key.default)
        return {**self.shape(shape), **told} if shape else told


def _name(section: Section) -> str:
    """Return a name for a section that stands in a JSON pointer as it is."""
    letters = "".join(c if c.isascii() and c.isalnum() else " " for c in section.title)
    return "-".join(letters.split())


def _plain(default: str | bool | int | timedelta) -> str | bool | int:  # noqa: FBT001 - a value
    return span_text(default) if isinstance(default, timedelta) else default


def _required(section: Section) -> Schema:
    """Return which keys a section must have, and how many."""
    if section in EXACTLY_ONE:
        return {"minProperties": 1, "maxProperties": 1}
    found: Schema = {}
    if names := [key.name for key in section.keys if key.required]:
        found["required"] = names
    for word, several in (("anyOf", AT_LEAST_ONE), ("oneOf", EITHER)):
        for some, of_them in several:
            if some is section:
                found[word] = [{"required": [name]} for name in of_them]
    return found


def _options() -> Iterator[Schema]:
    """Yield which options of a field go with which of its types."""
    for option, types in FITS.items():
        others = [kind for kind in keys.FIELD_TYPES if kind not in types]
        yield _where("type", {"enum": others}, {"properties": {option: False}})
    for kind, option in NEEDED.items():
        yield _where("type", {"const": kind}, {"required": [option]})


def _plugins(section: Section, plugins: Mapping[str, type]) -> Iterator[Schema]:
    """Yield what may stand beside `use`, for each plugin and for none."""
    own = dict.fromkeys(section.names, True)
    for name, kind in sorted(plugins.items()):
        try:
            settings = declared(kind)
        except (TypeError, NameError, KeyError):  # check says so, as PR407
            continue
        found = {each.key: setting(each.type) | {"description": each.help} for each in settings}
        then: Schema = {"properties": found | own, "additionalProperties": False}
        # A notify rule may leave all settings out: it then has those of the account's `send`.
        if section is not keys.NOTIFY:
            then["required"] = [each.key for each in settings if each.required]
        yield _where("use", {"const": name}, then)
    yield {"if": {"not": {"required": ["use"]}},
           "then": {"properties": own, "additionalProperties": False}}  # fmt: skip


def _where(key: str, value: Schema, then: Schema) -> Schema:
    return {"if": {"properties": {key: value}, "required": [key]}, "then": then}
