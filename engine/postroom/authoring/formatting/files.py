"""Format the files of a folder, or single files: which can be, and what would come out."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from difflib import unified_diff
from typing import TYPE_CHECKING

from postroom.authoring.formatting.format import Changed, formatted
from postroom.rules.load import load, read_folder
from postroom.source.decode import MAX_BYTES, decode
from postroom.source.diagnostic import Diagnostic, Problem, RuleError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postroom.rules.load import Kinds
    from postroom.source.text import Source

_OF_OTHERS = ("PR2", "PR3")
"""Codes about names and relations, of which a file that is read alone knows nothing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What formatting makes of one file."""

    path: Path
    before: str
    after: str
    """The same as before where nothing is to be changed, and where findings say why not."""
    findings: tuple[Diagnostic, ...] = ()
    """The errors for which the file is left as it is."""

    @property
    def changes(self) -> bool:
        """Whether the file is to be written."""
        return self.after != self.before

    def diff(self) -> str:
        """Return the changes as a unified diff; "" if there are none."""
        before, after = (text.splitlines(keepends=True) for text in (self.before, self.after))
        name = self.path.as_posix()
        return "".join(map(_whole, unified_diff(before, after, fromfile=name, tofile=name)))

    def write(self) -> None:
        """Put the new text in the place of the old one, as a whole or not at all.

        Raises Problem PR448.
        """
        target = self.path.resolve()
        beside = target.with_name(f".{target.name}.fmt")
        try:
            beside.write_bytes(self.after.encode())
            shutil.copymode(target, beside)
            beside.replace(target)
        except OSError as error:
            beside.unlink(missing_ok=True)
            why = (error.strerror or type(error).__name__).lower()
            words = f"the file `{self.path}` cannot be written: {why}"
            raise Problem(Diagnostic("PR448", words, help="look at its permissions")) from None


def _whole(line: str) -> str:
    """Return a line of a diff with its end, which the last line of a file need not have."""
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def outcomes(path: Path, kinds: Kinds) -> Iterator[Outcome]:
    """Yield what becomes of each file of a folder, or of a single file.

    A folder is checked as the rule set that it is. A file is checked alone: what it names may stand
    in others. Raises RuleError for what cannot be read at all.
    """
    if path.is_dir():
        sources = read_folder(path)
        errors = _errors(sources, kinds)
        for source in sources:
            found = tuple(e for e in errors if e.span and e.span.source.name == source.name)
            yield _outcome(path / source.name, source, found)
    else:
        source = _read(path)
        found = tuple(e for e in _errors((source,), kinds) if e.code[:3] not in _OF_OTHERS)
        yield _outcome(path, source, found)


def _errors(sources: tuple[Source, ...], kinds: Kinds) -> list[Diagnostic]:
    try:
        load(sources, kinds)
    except RuleError as error:
        return [each for each in error.diagnostics if each.severity == "error"]
    return []


def _read(path: Path) -> Source:
    try:
        with path.open("rb") as file:
            found = decode(path.as_posix(), file.read(MAX_BYTES + 1))
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        found = Diagnostic("PR004", f"the file `{path}` cannot be read: {why}")
    if isinstance(found, Diagnostic):
        raise RuleError([found])
    return found


def _outcome(path: Path, source: Source, found: tuple[Diagnostic, ...]) -> Outcome:
    if found:
        return Outcome(path, source.text, source.text, found)
    try:
        return Outcome(path, source.text, formatted(source.text))
    except Changed:
        words = f"formatting `{path}` would change what it says: a fault of postroom"
        fault = Diagnostic("PR531", words, help="format it by hand, and tell us")
        return Outcome(path, source.text, source.text, (fault,))
