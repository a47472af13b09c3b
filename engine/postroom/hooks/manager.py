"""Find plugins, ask them what they bring, and say which of them cannot be used, and why.

The rest of the code asks a `Plugins` typed questions and never sees pluggy. Nothing is global:
each call of `find_plugins` looks again.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from importlib.metadata import entry_points
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pluggy

from postroom.hooks import spec
from postroom.hooks.allowed import allowed, fingerprint, may_load
from postroom.hooks.shape import CONTRACTS, shortcomings
from postroom.model.settings import Secret, SecretRef
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from importlib.metadata import EntryPoint

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


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin, and the distribution it came in."""

    name: str
    distribution: str
    version: str
    brings: tuple[tuple[str, str], ...] = ()
    """Kind and name of each thing: `("transport", "imap")`."""
    module: str = field(default="", compare=False)
    """Its entry point."""

    @property
    def title(self) -> str:
        """Return it as findings name it."""
        return f"plugin `{self.name}` of {self.distribution} {self.version}"

    def sha256(self) -> str:
        """Return what its files amount to, in hex; they are read anew each time."""
        return fingerprint(self.module)


@dataclass(frozen=True, slots=True)
class _Brought:
    kind: str
    name: str
    thing: type
    plugin: Plugin


@dataclass(frozen=True)
class Plugins:
    """Every plugin that is installed and allowed."""

    known: tuple[Plugin, ...]
    """Those that can be used, by name."""
    problems: tuple[Diagnostic, ...]
    """What is wrong with the others: PR421 to PR425. An engine that finds any does not start."""
    _things: Mapping[str, Mapping[str, Any]]
    _manager: pluggy.PluginManager
    not_allowed: tuple[Plugin, ...] = ()
    """Those that nobody has allowed: they were not imported."""

    @property
    def warnings(self) -> Iterator[Diagnostic]:
        """PR427 for each plugin that is not allowed."""
        for each in self.not_allowed:
            words = f"{each.title} is not allowed, and was not loaded"
            hint = f"postroom plugins --allow {each.distribution}"
            yield Diagnostic("PR427", words, help=hint, severity="warning")

    def transports(self) -> Mapping[str, type[Transport]]:
        """Return the transports by name."""
        return self._things["transport"]

    def receivers(self) -> Mapping[str, type[Receiver]]:
        """Return the receivers by name."""
        return self._things["receiver"]

    def stores(self) -> Mapping[str, type[Store]]:
        """Return the stores by name."""
        return self._things["store"]

    def notifiers(self) -> Mapping[str, type[Notifier]]:
        """Return the notifiers by name."""
        return self._things["notifier"]

    def authenticators(self) -> Mapping[str, type[Authenticator]]:
        """Return what checks who sent a message, by name."""
        return self._things["authenticator"]

    def scanners(self) -> Mapping[str, type[Scanner]]:
        """Return what looks for malware, by name."""
        return self._things["scanner"]

    def functions(self) -> Mapping[str, type[Function]]:
        """Return the functions of the rule language by name."""
        return self._things["function"]

    def lints(self) -> Mapping[str, type[Lint]]:
        """Return the lints by name."""
        return self._things["lint"]

    def secret(self, reference: SecretRef) -> Secret | None:
        """Return the secret that a reference stands for, or None if no plugin knows it.

        Raises Problem PR426 if a plugin fails; what it says is left out, for it may be the secret.
        """
        try:
            found = self._manager.hook.postroom_secret(reference=reference)
        except Problem:
            raise
        except Exception as error:  # noqa: BLE001 - a plugin raises what it likes
            raise _no_secret(reference, f"{type(error).__name__} was raised") from None
        if found is not None and not isinstance(found, Secret):
            raise _no_secret(reference, "it did not return a Secret")
        return found


def find_plugins(*, without: Collection[str] = ()) -> Plugins:
    """Load every plugin that is installed and allowed, but those named in without.

    A plugin that cannot be used becomes a finding in `Plugins.problems` and does not keep the
    others from being loaded. Our own loop, because pluggy's passes over the second of two plugins
    with one name in silence, and lets whatever a plugin raises out bare.
    """
    manager = pluggy.PluginManager(spec.NAME)
    manager.add_hookspecs(spec)
    problems: list[Diagnostic] = []
    brought: list[_Brought] = []
    known: list[Plugin] = []
    installed, not_allowed = _installed(without)
    for name, group in groupby(installed, key=lambda entry: entry.name):
        entries = list(group)
        if len(entries) > 1:
            problems.append(_doubled(name, entries))
            continue
        plugin = _describe(entries[0])
        found, wrong = _load(manager, entries[0], plugin)
        if wrong:
            problems += wrong
            continue
        plugin = replace(plugin, brings=tuple((each.kind, each.name) for each in found))
        known.append(plugin)
        brought += [replace(each, plugin=plugin) for each in found]
    things, clashes = _sort_out(brought)
    return Plugins(tuple(known), (*problems, *clashes), things, manager, tuple(not_allowed))


def _installed(without: Collection[str]) -> tuple[list[EntryPoint], list[Plugin]]:
    """Return the plugins that may be imported, and those that may not."""
    names = allowed()
    found = (each for each in entry_points(group=spec.NAME) if each.name not in without)
    entries = sorted(found, key=lambda entry: (entry.name, _describe(entry).distribution))
    may = [entry for entry in entries if may_load(entry, names)]
    return may, [_describe(entry) for entry in entries if entry not in may]


def _describe(entry: EntryPoint) -> Plugin:
    if entry.dist is None:
        return Plugin(entry.name, "an unknown distribution", "?", module=entry.module)
    return Plugin(entry.name, entry.dist.name, entry.dist.version, module=entry.module)


def _load(
    manager: pluggy.PluginManager, entry: EntryPoint, plugin: Plugin
) -> tuple[list[_Brought], list[Diagnostic]]:
    """Import a plugin and ask it what it brings; registered only if nothing is wrong with it."""
    try:
        module = entry.load()
        manager.register(module, name=plugin.name)
    except pluggy.PluginValidationError as error:
        words = f"{plugin.title} does not fit its hook: {_last_line(error)}"
        return [], [Diagnostic("PR424", words, help=_HOOKS)]
    except (Exception, SystemExit) as error:  # noqa: BLE001 - importing it runs code of others
        words = f"{plugin.title} cannot be loaded: {type(error).__name__}: {_last_line(error)}"
        return [], [Diagnostic("PR421", words, help=_remove(plugin))]
    wrong = list(_unknown_hooks(manager, module, plugin))
    found: list[_Brought] = []
    if not wrong:
        for kind in CONTRACTS:
            things, faults = _ask(manager, plugin, kind)
            found += things
            wrong += faults
    if wrong:
        manager.unregister(module)
        return [], wrong
    return found, []


def _unknown_hooks(
    manager: pluggy.PluginManager, module: object, plugin: Plugin
) -> Iterator[Diagnostic]:
    for hook in manager.get_hookcallers(module) or ():
        if not hook.has_spec():
            words = f"{plugin.title} implements `{hook.name}`, and there is no such hook"
            yield Diagnostic("PR424", words, help=_near(hook.name))
        elif any(impl.wrapper or impl.hookwrapper for impl in _impls(hook, plugin)):
            words = f"{plugin.title} wraps `{hook.name}`: a plugin answers for itself alone"
            yield Diagnostic("PR424", words, help="return a list instead of yielding")


def _impls(hook: pluggy.HookCaller, plugin: Plugin) -> list[pluggy.HookImpl]:
    return [impl for impl in hook.get_hookimpls() if impl.plugin_name == plugin.name]


def _ask(
    manager: pluggy.PluginManager, plugin: Plugin, kind: str
) -> tuple[list[_Brought], list[Diagnostic]]:
    hook = getattr(manager.hook, f"postroom_{kind}s")
    found: list[_Brought] = []
    wrong: list[Diagnostic] = []
    for impl in _impls(hook, plugin):
        try:
            things = impl.function()
        except Exception as error:  # noqa: BLE001 - it is code of others
            said = f"{type(error).__name__}: {_last_line(error)}"
            words = f"{plugin.title} fails in `{hook.name}`: {said}"
            return [], [Diagnostic("PR421", words, help=_remove(plugin))]
        if not isinstance(things, list | tuple):
            words = f"{plugin.title} returns no list of classes from `{hook.name}`"
            return [], [Diagnostic("PR425", words, help=f"return [Your{kind.title()}]")]
        for thing in things:
            faults = list(_faults(plugin, kind, thing))
            wrong += faults
            if not faults:
                found.append(_Brought(kind, thing.name, thing, plugin))
    return found, wrong


def _faults(plugin: Plugin, kind: str, thing: object) -> Iterator[Diagnostic]:
    called = thing.__name__ if inspect.isclass(thing) else repr(thing)[:60]
    for fault in shortcomings(kind, thing):
        words = f"{plugin.title} brings a {kind}, `{called}`, that {fault}"
        door = CONTRACTS[kind].__module__.removesuffix(f".{kind}")
        yield Diagnostic("PR425", words, help=f"see `{door}.{kind.title()}`")


def _sort_out(brought: Iterable[_Brought]) -> tuple[dict[str, dict[str, type]], list[Diagnostic]]:
    """Return things by kind and name; two of one kind and name clash, and neither is used."""
    things: dict[str, dict[str, type]] = {kind: {} for kind in CONTRACTS}
    clashes: list[Diagnostic] = []
    ordered = sorted(brought, key=lambda each: (each.kind, each.name))
    for (kind, name), group in groupby(ordered, key=lambda each: (each.kind, each.name)):
        same = list(group)
        if len(same) == 1:
            things[kind][name] = same[0].thing
            continue
        owners = " and by ".join(each.plugin.title for each in same)
        words = f"the {kind} `{name}` is brought twice: by {owners}"
        clashes.append(Diagnostic("PR423", words, help=_uninstall(same[-1].plugin)))
    return things, clashes


def _doubled(name: str, entries: list[EntryPoint]) -> Diagnostic:
    plugins = [_describe(entry) for entry in entries]
    owners = " and ".join(f"{each.distribution} {each.version}" for each in plugins)
    words = f"two plugins are called `{name}`: of {owners}"
    return Diagnostic("PR422", words, help=_uninstall(plugins[-1]))


def _no_secret(reference: SecretRef, why: str) -> Problem:
    words = f"a plugin failed to look up {{{reference.scheme}: {reference.name}}}: {why}"
    return Problem(Diagnostic("PR426", words, help="postroom plugins"))


def _remove(plugin: Plugin) -> str:
    return f"pip install -U {plugin.distribution}, or {_uninstall(plugin)}"


def _uninstall(plugin: Plugin) -> str:
    return f"pip uninstall {plugin.distribution}"


def _near(name: str) -> str:
    hooks = [each for each in vars(spec) if each.startswith("postroom_")]
    close = get_close_matches(name, hooks, n=1)
    return f"did you mean `{close[0]}`?" if close else _HOOKS


def _last_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[-1].strip()[:300] if lines else "no reason given"


_HOOKS = "see docs/reference/plugins.md for the hooks there are"
