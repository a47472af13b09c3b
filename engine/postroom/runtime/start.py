"""Put an engine together: plugins, rules, store, keys, in the order in which each can fail."""

from __future__ import annotations

import gc
from importlib.metadata import version
from typing import TYPE_CHECKING

from postroom.hooks.manager import find_plugins
from postroom.identity.token import Tokens
from postroom.ledger import events as entries
from postroom.model.batch import Batch
from postroom.runtime.clock import SYSTEM, Clock
from postroom.runtime.engine import Engine
from postroom.runtime.events import Started, nobody
from postroom.runtime.keeping import Keeping
from postroom.runtime.keys import open_keys
from postroom.runtime.reading.reader import Isolated
from postroom.runtime.rulesets.kept_rules import KeptRules
from postroom.runtime.rulesets.loading import CACHE, kinds_of, load_rules, prepared
from postroom.runtime.secrets import Secrets
from postroom.runtime.signin.credential import Credentials
from postroom.runtime.signin.kept import Keeper
from postroom.runtime.stores import open_store
from postroom.source.diagnostic import RuleError

if TYPE_CHECKING:
    from postroom.hooks.manager import Plugins
    from postroom.runtime.events import Listener
    from postroom.runtime.settings import Folders

_YOUNG = 20_000
"""Objects made between two looks for garbage. An engine makes little of it, and most of what it
makes lasts as long as a batch: looking as often as Python does takes a fourteenth of its time.
"""


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
        rules = prepared(rules, keeping)
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
    return Secrets(folders.rules, plugins.secret, sign_in=sign_in)


def open_credentials(folders: Folders, plugins: Plugins, clock: Clock = SYSTEM) -> Credentials:
    """Return what makes credentials of sign-ins, and keeps their tokens."""
    resolve = Secrets(folders.rules, plugins.secret).resolve
    return Credentials(Keeper(folders.data, folders.keys, resolve=resolve), clock, resolve)


def _note_the_start(engine: Engine) -> None:
    """Put into the audit log who decides from now on, by which rules, with which plugins."""
    rules, now = engine.rules, engine.clock.now()
    sources = {source.name: source.text for source in rules.sources}
    engine.store.remember_rules(rules.hash, sources)
    accounts = [account.name for account, _ in engine.receiving]
    loaded = [
        entries.plugin_loaded(each.name, each.distribution, each.version, each.sha256(), now)
        for each in engine.plugins.known
    ]
    started = entries.engine_started(version("postroom"), rules.hash, accounts, now)
    numbers = entries.Activation(tables=engine.store.table_ids())
    activated = entries.rules_activated(rules.hash, sources, now, numbers)
    engine.store.commit(Batch(entries=[started, activated, *loaded]))
