"""Put the files of a folder together: one rule set, whatever the order of the files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from postroom.rules import keys
from postroom.rules.given import Given, entries, shaped
from postroom.source.nodes import Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postroom.rules.findings import Findings
    from postroom.source.document import Document
    from postroom.source.nodes import Entry, Mapping, Node

VERSION = 1
TEST_FILE = (".test.yaml", ".test.yml")
_NAMED = (
    "lists", "tables", "groups", "filters", "providers", "sign_ins", "accounts", "templates",
)  # fmt: skip
_SINGLE = ("contacts", "watch")
WAIVER_FILE = ("waivers.yaml", "waivers.yml")
_IN_TESTS = ("version", "tests")
_IN_WAIVERS = ("version", "waivers")


@dataclass
class Sections:
    """The sections of all files together."""

    named: dict[str, dict[str, Entry]] = field(
        default_factory=lambda: {name: {} for name in _NAMED}
    )
    single: dict[str, Entry] = field(default_factory=dict)
    """Those that hold no names, and so can stand but once."""
    tests: list[Node] = field(default_factory=list)
    waivers: list[Node] = field(default_factory=list)

    @property
    def contacts(self) -> Entry | None:
        """The section `contacts`."""
        return self.single.get("contacts")

    def of(self, name: str) -> tuple[Entry, ...]:
        """Return the entries of a section, by the order of their names."""
        found = self.named[name]
        return tuple(found[key] for key in sorted(found))


def merge(findings: Findings, documents: Iterable[Document]) -> Sections:
    """Return the sections of all files, the same name twice noted."""
    sections = Sections()
    for document in documents:
        if document.root is not None:
            _add(findings, sections, document.root, document.source.name)
    return sections


def _add(findings: Findings, sections: Sections, root: Mapping, name: str) -> None:
    given = Given(findings, keys.ROOT, root, root.span)
    _check_version(findings, given)
    is_test = name.endswith(TEST_FILE)
    is_waivers = name.rpartition("/")[2] in WAIVER_FILE
    for entry in root.entries:
        if is_test and entry.name not in _IN_TESTS and entry.name in keys.ROOT.names:
            message = f"`{entry.name}` stands in a test file, where only tests belong"
            hint = "move it into a file that is not called `.test.yaml`"
            findings.error("PR043", message, entry.key.span, hint)
        elif entry.name not in _IN_WAIVERS if is_waivers else entry.name == "waivers":
            _misplaced(findings, entry, is_waivers=is_waivers)
        elif entry.name in _NAMED:
            _add_names(findings, sections.named[entry.name], entry)
        elif entry.name in _SINGLE:
            _add_once(findings, sections, entry)
        elif entry.name == "tests":
            found = shaped(findings, entry.node, Sequence, "`tests`")
            sections.tests += found.items if found else ()
        elif entry.name == "waivers":
            found = shaped(findings, entry.node, Sequence, "`waivers`")
            sections.waivers += found.items if found else ()


def _misplaced(findings: Findings, entry: Entry, *, is_waivers: bool) -> None:
    """Note waivers outside their file, or something else in it: it is reviewed as a whole."""
    if entry.name not in keys.ROOT.names:
        return
    message = "waivers stand in a file of their own"
    hint = "move them into `waivers.yaml`"
    if is_waivers:
        message = f"`{entry.name}` stands in the file of waivers, where only waivers belong"
        hint = "move it into another file"
    findings.error("PR048", message, entry.key.span, hint)


def _check_version(findings: Findings, given: Given) -> None:
    found = given.scalar("version")
    if found and found.value != str(VERSION):
        message = f"these rules are of version {found.value}, and this is postroom for version 1"
        findings.error("PR042", message, found.span, "write `version: 1`")


def _add_names(findings: Findings, known: dict[str, Entry], section: Entry) -> None:
    for entry in entries(findings, section.node, f"`{section.name}`"):
        first = known.setdefault(entry.name, entry)
        if first is not entry:
            message = f"`{entry.name}` stands in `{section.name}` a second time"
            related = (("first here", first.key.span),)
            findings.error(
                "PR010", message, entry.key.span, "call one of them something else", related
            )


def _add_once(findings: Findings, sections: Sections, entry: Entry) -> None:
    first = sections.single.setdefault(entry.name, entry)
    if first is entry:
        return
    related = (("first here", first.key.span),)
    message = f"`{entry.name}` stands in these rules a second time"
    findings.error("PR010", message, entry.key.span, "put both into one", related)
