"""Checked rules, kept from one start of an engine to the next.

What is kept is what a rule set says, as data; conditions, values and templates as their words, to
be compiled when they are first asked, and what each condition needs. It is kept for the very text
of the rules, this version of postroom and of Python, and these plugins. Reading makes values of the
types that rules are made of, and nothing else, whatever stands in the file.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import pickle
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postroom.lang import later
from postroom.lang.expression import Condition, Template, Value
from postroom.lang.scheme import Scheme
from postroom.rules.ruleset import RuleSet
from postroom.rules.world import scheme_of
from postroom.source.text import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postroom.hooks.manager import Plugins
    from postroom.rules.world import Kinds
    from postroom.runtime.keeping import Keeping

_LEFT_OUT = ("sources", "matching")
"""Fields of a rule set that are not kept: the files are there, and matchers are made anew."""
_FIRST = ("lists", "tables", "contacts")
"""What conditions are compiled against, and so is kept before them."""
_KEPT: dict[type, tuple[Callable[..., Any], Callable[..., Any]]] = {
    Condition: (later.condition, later.kept_condition),
    Value: (later.value, later.kept_value),
    Template: (later.template, later.kept_template),
}
"""What makes it again, and what that takes."""
_MAKERS = {f"{make.__module__}.{make.__qualname__}": make for make, _ in _KEPT.values()}
_PLAIN = {
    "builtins": ("range", "frozenset", "set"),
    "datetime": ("date", "datetime", "timedelta", "timezone"),
    "decimal": ("Decimal",),
    "pathlib": ("PosixPath", "WindowsPath", "PurePosixPath"),
}
_OURS = ("postroom.model.", "postroom.source.", "postroom.rules.", "postroom.lang.")


class KeptRules:
    """Where checked rules are kept, for one set of plugins."""

    def __init__(self, keeping: Keeping, plugins: Plugins, kinds: Kinds) -> None:
        self._keeping = keeping
        self._kinds = kinds
        self._about = _about(plugins, kinds)
        self._found = ""

    def find(self, rules_hash: str, sources: tuple[Source, ...]) -> RuleSet | None:
        """Return the rule set of these files if it was kept."""
        data = self._keeping.read(self._name(rules_hash))
        rules = None if data is None else thawed(data, sources, self._kinds)
        self._found = rules_hash if rules else ""
        return rules

    def keep(self, rules: RuleSet) -> None:
        """Keep a rule set, if that can be done and was not done."""
        data = None if rules.hash == self._found else frozen(rules)
        if data is not None and thawed(data, rules.sources, self._kinds) is not None:
            self._keeping.write(self._name(rules.hash), data)

    def _name(self, rules_hash: str) -> str:
        return hashlib.sha256(f"{rules_hash} {self._about}".encode()).hexdigest() + ".rules"


def frozen(rules: RuleSet) -> bytes | None:
    """Return a rule set as bytes; None if a plugin's settings hold what cannot be kept."""
    file = io.BytesIO()
    pickler = _Pickler(file, rules.sources)
    kept = {each.name: getattr(rules, each.name) for each in dataclasses.fields(rules)}
    try:
        pickler.dump({name: kept.pop(name) for name in _FIRST})
        pickler.dump({name: value for name, value in kept.items() if name not in _LEFT_OUT})
    except (pickle.PicklingError, TypeError, AttributeError):  # so pickle says that it cannot
        return None
    return file.getvalue()


def thawed(data: bytes, sources: tuple[Source, ...], kinds: Kinds) -> RuleSet | None:
    """Return the rule set that bytes hold; None if they hold anything else."""
    unpickler = _Unpickler(io.BytesIO(data), sources, kinds)
    try:
        unpickler.first = unpickler.load()
        return RuleSet(**unpickler.first, **unpickler.load(), sources=sources)
    except Exception:  # noqa: BLE001 - what damaged bytes raise is not foreseeable
        return None


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, sources: tuple[Source, ...]) -> None:
        super().__init__(file, protocol=5)
        self._sources = {id(source): number for number, source in enumerate(sources)}

    def persistent_id(self, value: Any) -> object:  # noqa: ANN401 - as pickle has it
        """Return a name for what is not written down, because it is there at the next start."""
        if isinstance(value, Source) and id(value) in self._sources:
            return "source", self._sources[id(value)]
        if isinstance(value, Scheme):
            return "scheme", value.record_table.name if value.record_table else ""
        return None

    def reducer_override(self, value: Any) -> Any:  # noqa: ANN401 - as pickle has it
        """Return how something is made again that functions are part of."""
        known = _KEPT.get(type(value))
        if known is None:
            return NotImplemented
        make, kept = known
        return make, kept(value)


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, sources: tuple[Source, ...], kinds: Kinds) -> None:
        super().__init__(file)
        self._sources = sources
        self._kinds = kinds
        self._settings = {_named(kind): kind for kind in _settings(kinds)}
        self._schemes: dict[str, Scheme] = {}
        self.first: dict[str, Any] = {}

    def persistent_load(self, name: Any) -> object:  # noqa: ANN401 - as pickle has it
        """Return what stands under a name."""
        what, which = name
        if what == "source":
            return self._sources[which]
        if which not in self._schemes:
            table = self.first["tables"][which] if which else None
            self._schemes[which] = scheme_of(**self.first, kinds=self._kinds, table=table)
        return self._schemes[which]

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - as pickle has it
        """Return a type that rules are made of, or a function that makes one; no other."""
        whole = f"{module}.{name}"
        if whole in _MAKERS:
            return _MAKERS[whole]
        if whole in self._settings:
            return self._settings[whole]
        if name in _PLAIN.get(module, ()):
            return getattr(import_module(module), name)
        found = getattr(import_module(module), name) if module.startswith(_OURS) else None
        if isinstance(found, type) and _is_plain(found):
            return found
        raise pickle.UnpicklingError(f"{whole} is no part of rules")


def _is_plain(kind: type) -> bool:
    """Return whether a type has fields, and does nothing when it is made but to fill them."""
    return dataclasses.is_dataclass(kind) or (issubclass(kind, tuple) and hasattr(kind, "_fields"))


def _about(plugins: Plugins, kinds: Kinds) -> str:
    """Return what else the meaning of rules depends on."""
    known = [f"{each.name} {each.distribution} {each.version}" for each in plugins.known]
    modules = {kind.__module__ for kind in (*_settings(kinds), *kinds.functions.values())}
    ours = sorted(Path(__file__).parents[1].rglob("*.py"))
    theirs = [Path(file) for name in sorted(modules) if (file := _file_of(name))]
    files = [_stamp(file) for file in (*ours, *theirs)]
    return "\n".join((version("postroom"), sys.version, *known, *files))


def _file_of(module: str) -> str | None:
    return getattr(sys.modules.get(module), "__file__", None)


def _stamp(file: Path) -> str:
    """Return what changes with a file: an engine that is worked on keeps its version."""
    found = file.stat()
    return f"{file} {found.st_size} {found.st_mtime_ns}"


def _settings(kinds: Kinds) -> Iterator[type]:
    """Yield the settings class of every plugin that rules may name."""
    for each in dataclasses.fields(kinds):
        if each.name != "functions":
            yield from getattr(kinds, each.name).values()


def _named(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
