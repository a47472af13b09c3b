"""From a folder of rule files to one checked, frozen rule set."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from postroom.rules.accounts import read_accounts
from postroom.rules.cases import read_cases
from postroom.rules.filters import read_shared_filters
from postroom.rules.findings import Findings
from postroom.rules.lint_names import note_unused
from postroom.rules.lists import read_lists
from postroom.rules.merge import merge
from postroom.rules.people import read_contacts, read_groups
from postroom.rules.places import places_of
from postroom.rules.ruleset import RuleSet
from postroom.rules.shared import note_shared
from postroom.rules.sign_ins import read_providers, read_sign_ins
from postroom.rules.tables import read_tables
from postroom.rules.templates import name_templates, read_templates
from postroom.rules.token_expiry import read_token_expiry
from postroom.rules.waivers import read_waivers
from postroom.rules.watch import read_engine_watch
from postroom.rules.world import Kinds, World
from postroom.source.decode import MAX_BYTES, decode
from postroom.source.diagnostic import Diagnostic, RuleError
from postroom.source.document import read_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from postroom.source.document import Document
    from postroom.source.text import Source

__all__ = ["Kinds", "hash_of", "load", "read_folder"]

NOT_RULES = ("postroom-data", "postroom-keys")
"""Folders that may lie among rule files and hold none."""
_SUFFIXES = (".yaml", ".yml")


def read_folder(folder: Path) -> tuple[Source, ...]:
    """Return the rule files of a folder and of those in it, sorted by their names.

    Names are relative to the folder, with `/` between their parts. Names that start with a dot are
    passed over. Raises RuleError if the folder is not there or holds no rule file, or for every
    file that is not UTF-8 text or cannot be read.
    """
    if not folder.is_dir():
        message = f"there is no folder `{folder}`"
        hint = "name the folder that holds the rule files" if folder.exists() else _start(folder)
        raise RuleError([Diagnostic("PR040", message, help=hint)])
    read = [_read(folder, name) for name in sorted(_names(folder))]
    if not read:
        message = f"the folder `{folder}` holds no rule files"
        raise RuleError([Diagnostic("PR041", message, help=_start(folder))])
    found = [each for each in read if isinstance(each, Diagnostic)]
    if found:
        raise RuleError(found)
    return tuple(each for each in read if not isinstance(each, Diagnostic))


def load(
    sources: Iterable[Source],
    kinds: Kinds,
    read: Callable[[Source], Document] = read_document,
) -> RuleSet:
    """Return the rule set that these files make together, whatever their order.

    `read` may remember files that it has read before; an editor checks at every key.
    Raises RuleError with every finding in every file, sorted by place.
    """
    sources = tuple(sorted(sources, key=lambda source: source.name))
    findings = Findings()
    documents = tuple(read(source) for source in sources)
    rules = _checked(findings, documents, kinds, sources)
    if any(document.root is None for document in documents):
        findings.forget_relations()
    if findings.errors:
        raise RuleError(findings.errors)
    return rules


def hash_of(sources: Iterable[Source]) -> str:
    """Return the hash of a rule set: SHA-256 over the names and texts of its files, in hex."""
    digest = hashlib.sha256()
    for source in sorted(sources, key=lambda source: source.name):
        for part in (source.name.encode(), source.text.encode()):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


def _checked(
    findings: Findings, documents: tuple[Document, ...], kinds: Kinds, sources: tuple[Source, ...]
) -> RuleSet:
    """Check section by section, each against those before it."""
    for document in documents:
        findings.read(document)
    sections, world = merge(findings, documents), World(findings, kinds)
    read_lists(world, sections.of("lists"))
    read_tables(world, sections.of("tables"))
    read_contacts(world, sections.contacts)
    read_groups(world, sections.of("groups"), sections.contacts)
    name_templates(world, sections.of("templates"))
    token_expiry = read_token_expiry(world, sections.of("tables"))
    shared = read_shared_filters(world, sections.of("filters"))
    read_providers(world, sections.of("providers"))
    read_sign_ins(world, sections.of("sign_ins"))
    accounts = read_accounts(world, sections.of("accounts"), shared)
    watch = read_engine_watch(world, sections.single.get("watch"), accounts)
    templates = read_templates(world, sections.of("templates"))
    account_names = [entry.name for entry in sections.of("accounts")]
    cases = read_cases(world, sections.tests, accounts, account_names)
    places = places_of(sections)
    waivers = read_waivers(world, sections.waivers, accounts, places)
    note_unused(world, sections.of("lists"), sections.of("templates"), shared)
    note_shared(world, accounts)
    return RuleSet(
        lists=world.lists,
        tables=world.tables,
        contacts=world.contacts,
        groups=world.groups,
        accounts=accounts,
        templates=templates,
        cases=cases,
        sources=sources,
        hash=hash_of(sources),
        token_expiry=token_expiry,
        watch=watch,
        warnings=findings.warnings,
        waivers=waivers,
        places=places,
    )


def _names(folder: Path) -> Iterator[str]:
    for base, folders, files in os.walk(folder):
        folders[:] = [f for f in folders if not f.startswith(".") and f not in NOT_RULES]
        within = os.path.relpath(base, folder).replace(os.sep, "/")
        for name in files:
            if name.lower().endswith(_SUFFIXES) and not name.startswith("."):
                yield name if within == "." else f"{within}/{name}"


def _read(folder: Path, name: str) -> Source | Diagnostic:
    try:
        with (folder / name).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        hint = "look at its permissions, or move it out of the folder"
        return Diagnostic("PR004", f"the file `{name}` cannot be read: {why}", help=hint)
    return decode(name, data)


def _start(folder: Path) -> str:
    return f"start with working rules: postroom init {folder}"
