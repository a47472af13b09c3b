"""Put an engine together: plugins, rules, store, keys, in the order in which each can fail."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING

from postroom.hooks.manager import find_plugins
from postroom.identity.check import permission_findings
from postroom.identity.token import Tokens
from postroom.ledger import events as entries
from postroom.model.batch import Batch
from postroom.rules.load import Kinds, hash_of, load, read_folder
from postroom.rules.matching import Matching
from postroom.runtime.clock import SYSTEM, Clock
from postroom.runtime.engine import Engine
from postroom.runtime.events import Started, nobody
from postroom.runtime.keeping import Keeping
from postroom.runtime.kept_rules import KeptRules
from postroom.runtime.keys import open_keys
from postroom.runtime.reading import Isolated
from postroom.runtime.secrets import Secrets
from postroom.runtime.signin.credential import Credentials
from postroom.runtime.signin.kept import Keeper
from postroom.runtime.speed import searching
from postroom.source.diagnostic import Diagnostic, Problem, RuleError
from postroom.source.document import read_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from postroom.hooks.contracts import Archive, Store
    from postroom.hooks.manager import Plugins
    from postroom.rules.ruleset import RuleSet
    from postroom.runtime.events import Listener
    from postroom.runtime.settings import Folders
    from postroom.source.document import Document
    from postroom.source.text import Source

STORE = "duckdb"
"""The store of the embedded default."""
CACHE = "cache"
"""The folder, among the data, of what can be worked out again."""
_YOUNG = 20_000
"""Objects made between two looks for garbage. An engine makes little of it, and most of what it
makes lasts as long as a batch: looking as often as Python does takes a fourteenth of its time.
"""


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
    with no_collecting():
        rules = checked_rules(sources, kinds_of(plugins))
    return rules if data is None else _prepared(rules, Keeping(data / CACHE))


def _prepared(rules: RuleSet, keeping: Keeping) -> RuleSet:
    """Return rules whose long lists are ready to be asked."""
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
        functions=plugins.functions(),
        receivers={name: kind.settings for name, kind in plugins.receivers().items()},
    )


def assemble(
    folders: Folders,
    *,
    clock: Clock = SYSTEM,
    tell: Listener = nobody,
    plugins: Plugins | None = None,
) -> Engine:
    """Return an engine that is ready to run; it holds the data folder until it is closed.

    Raises RuleError for the rules and for plugins that cannot be used; Problem PR412, PR520, PR521,
    PR522 for keys and data.
    """
    gc.set_threshold(_YOUNG)
    plugins = plugins or find_plugins()
    if plugins.problems:
        raise RuleError(plugins.problems)
    keeping = Keeping(folders.data / CACHE)
    kept = KeptRules(keeping, plugins, kinds_of(plugins))
    rules = load_rules(folders.rules, plugins, kept)
    store = open_store(plugins, folders.data, rules)
    reader = Isolated()
    try:
        keys = open_keys(folders.keys)
        kept.keep(rules)
        rules = _prepared(rules, keeping)
        engine = Engine(
            rules=rules,
            store=store,
            tokens=Tokens(keys.ring, store.table_ids(), keys.generations),
            plugins=plugins,
            secrets=open_secrets(folders, plugins, clock),
            clock=clock,
            listener=tell,
            reader=reader,
            folders=folders,
        )
        _note_the_start(engine)
    except BaseException:
        reader.close()
        store.close()
        raise
    accounts = tuple(account.name for account, _ in engine.receiving)
    engine.tell(Started(accounts, str(folders.data), rules.hash))
    return engine


def open_secrets(folders: Folders, plugins: Plugins, clock: Clock = SYSTEM) -> Secrets:
    """Return what turns references into secrets, and sign-ins into live credentials."""
    sign_in = open_credentials(folders, plugins, clock).of
    return Secrets(folders.rules, plugins.secret, sign_in)


def open_credentials(folders: Folders, plugins: Plugins, clock: Clock = SYSTEM) -> Credentials:
    """Return what makes credentials of sign-ins, and keeps their tokens."""
    resolve = Secrets(folders.rules, plugins.secret).resolve
    return Credentials(Keeper(folders.data, folders.keys), clock, resolve)


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


def _note_the_start(engine: Engine) -> None:
    """Put into the audit log who decides from now on, by which rules, with which plugins."""
    rules, now = engine.rules, engine.clock.now()
    sources = {source.name: source.text for source in rules.sources}
    engine.store.remember_rules(rules.hash, sources)
    accounts = [account.name for account, _ in engine.receiving]
    loaded = [
        entries.plugin_loaded(each.name, each.distribution, each.version, now)
        for each in engine.plugins.known
    ]
    started = entries.engine_started(version("postroom"), rules.hash, accounts, now)
    numbers = entries.Activation(tables=engine.store.table_ids())
    activated = entries.rules_activated(rules.hash, sources, now, numbers)
    engine.store.commit(Batch(entries=[started, activated, *loaded]))
