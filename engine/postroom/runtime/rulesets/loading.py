"""The rules of a folder, checked against the plugins that are installed."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from postroom.hooks.manager import find_plugins
from postroom.identity.check import permission_findings
from postroom.rules.load import Kinds, hash_of, load, read_folder
from postroom.rules.matching import Matching
from postroom.source.diagnostic import RuleError
from postroom.source.document import read_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from postroom.hooks.manager import Plugins
    from postroom.rules.ruleset import RuleSet
    from postroom.runtime.keeping import Keeping
    from postroom.runtime.rulesets.kept_rules import KeptRules
    from postroom.source.document import Document
    from postroom.source.text import Source

CACHE = "cache"
"""The folder, among the data, of what can be worked out again."""


def load_rules(
    folder: Path, plugins: Plugins | None = None, kept: KeptRules | None = None
) -> RuleSet:
    """Return the rule set of a folder, checked against the plugins that are installed.

    If the same was checked before and kept, it is not checked again. Raises RuleError with every
    mistake.
    """
    with no_collecting():
        sources = read_folder(folder)
        rules = kept.find(hash_of(sources), sources) if kept else None
        return rules or checked_rules(sources, kinds_of(plugins or find_plugins()))


def checked_rules(
    sources: tuple[Source, ...],
    kinds: Kinds,
    read: Callable[[Source], Document] = read_document,
) -> RuleSet:
    """Return the rule set of some files, checked in full but for what is proved.

    `read` may remember files that it has read before. Raises RuleError with every mistake.
    """
    rules = load(sources, kinds, read)
    found = list(permission_findings(rules))
    errors = [each for each in found if each.severity == "error"]
    if errors:
        raise RuleError(errors)
    warnings = (*rules.warnings, *found)
    return replace(rules, warnings=tuple(sorted(warnings, key=lambda found: found.order)))


def ready(sources: tuple[Source, ...], plugins: Plugins, data: Path | None) -> RuleSet:
    """Return the rule set of some files, checked and ready to decide. Raises RuleError."""
    from postroom.runtime.keeping import Keeping

    with no_collecting():
        rules = checked_rules(sources, kinds_of(plugins))
    return rules if data is None else prepared(rules, Keeping(data / CACHE))


def prepared(rules: RuleSet, keeping: Keeping) -> RuleSet:
    """Return rules whose long lists are ready to be asked."""
    from postroom.runtime.rulesets.speed import searching

    matching = Matching(searching(keeping))
    with no_collecting():
        for account in rules.accounts.values():
            for asked in (account.filters, account.create, account.update):
                matching.prepare(asked)
            for shape in (account.mapping, account.updates):
                matching.prepare(shape.rules)
    return replace(rules, matching=matching)


@contextmanager
def no_collecting() -> Iterator[None]:
    """Keep Python from looking for garbage: of many rules nearly all stays, and looking takes long.

    A third of the time, with ten thousand of them. What was made meanwhile counts as old at once.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.freeze()
            gc.unfreeze()  # into the oldest generation, unseen
            gc.enable()


def kinds_of(plugins: Plugins) -> Kinds:
    """Return what rule files may name."""
    return Kinds(
        transports={name: kind.settings for name, kind in plugins.transports().items()},
        notifiers={name: kind.settings for name, kind in plugins.notifiers().items()},
        authenticators={n: kind.settings for n, kind in plugins.authenticators().items()},
        scanners={n: kind.settings for n, kind in plugins.scanners().items()},
        functions=plugins.functions(),
        receivers={name: kind.settings for name, kind in plugins.receivers().items()},
    )
