"""The store that records and the audit log are kept in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.hooks.manager import find_plugins
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from pathlib import Path

    from postroom.hooks.contracts import Archive, Store
    from postroom.hooks.manager import Plugins
    from postroom.rules.ruleset import RuleSet

STORE = "duckdb"
"""The store of the embedded default."""


def store_kind(plugins: Plugins) -> type[Store]:
    """Return the store that records and the audit log are kept in. Raises Problem PR431."""
    found = plugins.stores().get(STORE)
    if found is None:
        words = f"the store `{STORE}` is not installed"
        raise Problem(Diagnostic("PR431", words, help="pip install --force-reinstall postroom"))
    return found


def open_store(plugins: Plugins, data: Path, rules: RuleSet) -> Store:
    """Return the store of a data folder, opened, with the tables that the rules declare.

    Raises Problem PR520, PR521, PR522, PR523; PR431.
    """
    kind = store_kind(plugins)
    store = kind(kind.settings(), data)
    store.open(rules.tables)
    return store


def archive(data: Path, plugins: Plugins | None = None) -> Archive:
    """Return what was published in a data folder, whether an engine runs or not."""
    return store_kind(plugins or find_plugins()).archive(data)
