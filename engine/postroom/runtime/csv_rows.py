"""Read a CSV file as records of a table: every cell checked, every mistake at its line."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from postroom.lang.coerce import coerce
from postroom.source.diagnostic import Diagnostic, RuleError
from postroom.source.near import did_you_mean
from postroom.source.text import Source, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from postroom.model.record import Field, Table, Value

_NOT_IN_CSV = ("files", "log", "serial")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file: the fields it sets, checked, and where it stands."""

    key: str
    """By which the record is found: the value of the unique field, lower case."""
    values: Mapping[str, Value]
    line: Span


@dataclass(frozen=True, slots=True)
class Rows:
    """A file, read for a table."""

    unique: str
    """The field that rows are found by."""
    rows: tuple[Row, ...]


def read_file(path: Path) -> Source:
    """Return a CSV file as text. Raises RuleError PR443 if it cannot be read or is not UTF-8."""
    try:
        return Source(str(path), path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        why = (error.strerror or "").lower()
    except UnicodeDecodeError as error:
        why = f"it is not UTF-8 text (byte {error.start})"
    hint = "save it as CSV in UTF-8"
    raise RuleError([Diagnostic("PR443", f"`{path}` cannot be read: {why}", help=hint)])


def read_rows(source: Source, table: Table) -> Rows:
    """Return what the file says of a table; its first line names the fields.

    Raises RuleError with every mistake: PR443 for the file as a whole, PR250 for a cell.
    """
    lines = _lines(source)
    try:
        header, span = next(lines)
        fields = [_field(name.strip(), table, span) for name in header]
        unique = _unique(fields, table, span)
        return Rows(unique.name, _rows(lines, fields, unique))
    except StopIteration:
        words = "the file is empty; its first line names the fields of the table"
        raise RuleError([_wrong(words, Span(source, 0, 1), _expected(table))]) from None
    except csv.Error as error:
        raise RuleError([_wrong(f"the file is not CSV: {error}", Span(source, 0, 1), "")]) from None


def _lines(source: Source) -> Iterator[tuple[list[str], Span]]:
    """Yield the cells of each line that is not empty, and the line."""
    texts = source.text.split("\n")
    reader = csv.reader((f"{text}\n" for text in texts), strict=True)
    start = read = 0
    for cells in reader:
        end = start + sum(len(text) + 1 for text in texts[read : reader.line_num])
        if any(cell.strip() for cell in cells):
            yield cells, Span(source, start, max(start + 1, start + len(texts[read].rstrip())))
        start, read = end, reader.line_num


def _field(name: str, table: Table, line: Span) -> Field:
    found = table.fields.get(name)
    if found is None:
        words = f"the table `{table.name}` has no field `{name}`"
        hint = did_you_mean(name, table.fields) or _expected(table)
        raise RuleError([_wrong(words, line, hint)])
    if found.type in _NOT_IN_CSV:
        words = f"`{name}` is of type {found.type}, which a CSV file cannot hold"
        raise RuleError([_wrong(words, line, "leave the column out")])
    return found


def _unique(fields: list[Field], table: Table, line: Span) -> Field:
    """Return the field by which a row is known again when the file is imported twice."""
    for each in fields:
        if each.unique and each.type in ("text", "email", "choice"):
            return each
    names = [name for name, each in table.fields.items() if each.unique]
    words = f"no column is a unique field of `{table.name}`: importing twice would double it"
    hint = f"add the column {' or '.join(names)}" if names else "give a field `unique: true`"
    raise RuleError([_wrong(words, line, hint)])


def _rows(
    lines: Iterator[tuple[list[str], Span]], fields: list[Field], unique: Field
) -> tuple[Row, ...]:
    rows: dict[str, Row] = {}
    found: list[Diagnostic] = []
    for cells, line in lines:
        values, mistakes = _values(cells, fields, line)
        key = str(values.get(unique.name) or "").lower()
        if not mistakes and not key:
            mistakes = [_wrong(f"`{unique.name}` is empty", line, "each line needs it")]
        if not mistakes and key in rows:
            words = f"`{unique.name}` stands in the file twice: {key}"
            related = (("first", rows[key].line),)
            mistakes = [Diagnostic("PR443", words, line, related=related)]
        found += mistakes
        if not mistakes:
            rows[key] = Row(key, values, line)
    if found:
        raise RuleError(found)
    return tuple(rows.values())


def _values(
    cells: list[str], fields: list[Field], line: Span
) -> tuple[dict[str, Value], list[Diagnostic]]:
    if len(cells) != len(fields):
        words = f"the line has {len(cells)} cells, and there are {len(fields)} columns"
        return {}, [_wrong(words, line, 'put quotes around a cell with a comma: "a, b"')]
    values: dict[str, Value] = {}
    mistakes: list[Diagnostic] = []
    for field, cell in zip(fields, cells, strict=True):
        value, why = coerce(field, _meant(field, cell))
        values[field.name] = value
        if why is not None:
            words = f"`{field.name}` does not take this: {why}"
            mistakes.append(Diagnostic("PR250", words, line))
    return values, mistakes


def _meant(field: Field, cell: str) -> object:
    """Return what a cell stands for: a reference is the number of a record."""
    text = cell.strip()
    return int(text) if field.type == "reference" and text.isdecimal() else cell


def _expected(table: Table) -> str:
    names = [name for name, each in table.fields.items() if each.type not in _NOT_IN_CSV]
    return f"the fields are: {', '.join(names)}"


def _wrong(words: str, where: Span, hint: str) -> Diagnostic:
    return Diagnostic("PR443", words, where, help=hint or None)
