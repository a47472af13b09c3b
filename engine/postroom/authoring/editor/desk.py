"""A folder of rule files as it stands in an editor: what is on the disk, and what is not yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.rules import keys
from postroom.rules.findings import Findings
from postroom.rules.lint import checked
from postroom.rules.lists import read_lists
from postroom.rules.load import NOT_RULES, read_folder
from postroom.rules.merge import merge
from postroom.rules.people import read_contacts
from postroom.rules.review import review
from postroom.rules.tables import read_tables
from postroom.rules.templates import name_templates
from postroom.rules.waivers import NOT_NEEDED
from postroom.rules.world import World
from postroom.runtime.rulesets.loading import checked_rules
from postroom.source.diagnostic import RuleError
from postroom.source.document import read_document
from postroom.source.text import Source

if TYPE_CHECKING:
    from pathlib import Path

    from postroom.rules.load import Kinds
    from postroom.rules.ruleset import RuleSet
    from postroom.source.diagnostic import Diagnostic
    from postroom.source.document import Document

_SUFFIXES = (".yaml", ".yml")
_NOBODY = ("PR040", "PR041")
"""Codes that say that nothing is on the disk: it may be in the editor."""


class Desk:
    """One folder. Files that did not change are not read again."""

    def __init__(self, folder: Path, kinds: Kinds) -> None:
        self.folder = folder
        self.kinds = kinds
        self.unsaved: dict[str, str] = {}
        """By name within the folder: texts as they stand in the editor."""
        self.documents: dict[str, Document] = {}
        self._good: dict[str, Document] = {}
        """By name: the last text that could be read."""
        self._rules: RuleSet | None = None
        """What was checked last, if it was right."""

    def check(self) -> tuple[Diagnostic, ...]:
        """Read what has changed, and return every finding in the folder, but those of proofs."""
        self._rules = None
        try:
            sources = self._sources()
        except RuleError as error:
            return error.diagnostics
        kept = {source.name: self._read(source) for source in sources}
        self.documents = kept
        readable = {name: each for name, each in kept.items() if each.root is not None}
        self._good = {name: each for name, each in self._good.items() if name in kept} | readable
        try:
            self._rules = checked_rules(sources, self.kinds, self._read)
        except RuleError as error:
            return error.diagnostics
        found = review(self._rules, self._rules.warnings).found
        return tuple(each for each in found if each.code != NOT_NEEDED)  # proofs may need it

    def prove(self) -> tuple[Diagnostic, ...] | None:
        """Return every finding again, with those that are proved; None if there are errors.

        That takes some times as long as checking.
        """
        return None if self._rules is None else checked(self._rules).found

    def world(self) -> World:
        """Return what is declared in the folder; of a file that cannot be read, what was last."""
        findings = Findings()
        sections, world = merge(findings, self._good.values()), World(findings, self.kinds)
        read_lists(world, sections.of("lists"))
        read_tables(world, sections.of("tables"))
        read_contacts(world, sections.contacts)
        name_templates(world, sections.of("templates"))
        return world

    @property
    def readable(self) -> tuple[Document, ...]:
        """The files as they could last be read."""
        return tuple(self._good.values())

    @property
    def broken(self) -> tuple[str, ...]:
        """The names of files that cannot be read as they stand."""
        return tuple(name for name, each in self.documents.items() if each.root is None)

    def name_of(self, path: Path) -> str | None:
        """Return the name of a file within the folder; None if it is no rule file of it."""
        if not path.is_relative_to(self.folder) or path.suffix.lower() not in _SUFFIXES:
            return None
        parts = path.relative_to(self.folder).parts
        hidden = any(part.startswith(".") for part in parts)
        return None if hidden or set(parts) & set(NOT_RULES) else "/".join(parts)

    def _sources(self) -> tuple[Source, ...]:
        try:
            found = {source.name: source for source in read_folder(self.folder)}
        except RuleError as error:
            others = [d for d in error.diagnostics if d.code not in _NOBODY]
            if others or not self.unsaved:
                raise
            found = {}
        found |= {name: Source(name, text) for name, text in self.unsaved.items()}
        return tuple(found[name] for name in sorted(found))

    def _read(self, source: Source) -> Document:
        for known in (self.documents.get(source.name), self._good.get(source.name)):
            if known is not None and known.source == source:
                return known
        return read_document(source)


def folder_of(path: Path, top: Path) -> Path | None:
    """Return the folder whose rule files belong together with a file.

    It is the topmost folder from top on in which a rule file lies; None if there is none.
    """
    if not path.is_relative_to(top):
        return None
    between = [each for each in path.parents if each.is_relative_to(top)]
    return next((folder for folder in reversed(between) if _holds_rules(folder)), None)


def _holds_rules(folder: Path) -> bool:
    files = (p for p in folder.iterdir() if p.suffix.lower() in _SUFFIXES and p.name[0] != ".")
    return any(_is_rule_file(path) for path in files) if folder.is_dir() else False


def _is_rule_file(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return is_rule_text(file.read(65_536))
    except OSError:
        return False


def is_rule_text(text: str) -> bool:
    """Return whether a text starts like a rule file: its first key is one of a rule file's."""
    for line in text.removeprefix("\ufeff").splitlines():
        if line.strip() and line[0] not in "# -":
            return line.partition(":")[0].strip("\"' ") in keys.ROOT.names
    return False
