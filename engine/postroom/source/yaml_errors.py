"""Say what the YAML parser stumbled over in words that an author of rules can use.

The parser's own sentences speak of tokens and blocks. Each is translated from what it says and
from what stands in the line; what is not known is passed on as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from postroom.source.diagnostic import Diagnostic
from postroom.source.text import Span

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.source.text import Source

_BLOCK = "put it into a block: `|` behind the colon, and the text on the next line, indented"
_CONDITION_KEYS = ("when",)
_CLOSERS = {"[": "]", "{": "}", '"': '"', "'": "'"}


def explain(source: Source, error: Exception, bracket: int | None = None) -> Diagnostic:
    """Return what is wrong in the file, at its exact place.

    `bracket` is where the innermost `[` or `{` stands that is still open.
    """
    problem = str(getattr(error, "problem", None) or error).strip()
    trouble = _Trouble(
        source,
        problem,
        _index(source, getattr(error, "problem_mark", None)),
        _index(source, getattr(error, "context_mark", None)),
        str(getattr(error, "context", None) or ""),
    )
    if bracket is not None and "<stream end>" in problem:
        return _never_closed(replace(trouble, opened=bracket))
    for begins, tell in _PROBLEMS:
        if problem.startswith(begins):
            return tell(trouble)
    return trouble.says("PR001", f"this is not YAML: {problem}", trouble.at)


def wrong_code_point(source: Source, reached: int) -> Diagnostic:
    """Return what is wrong with an escape beyond the last character that there is."""
    at = max(source.text.find("\\U", reached), 0)
    words = "the escape names a character that does not exist"
    return Diagnostic("PR021", words, Span(source, at, at + 10), help="the last one is \\U0010FFFF")


def _index(source: Source, mark: object) -> int:
    return min(cast("int", getattr(mark, "index", 0)), len(source.text))


@dataclass(frozen=True)
class _Trouble:
    """Where the parser stopped, and what it said."""

    source: Source
    problem: str
    at: int
    opened: int
    """Where that began in which it stopped: an opening bracket or quote, a block."""
    context: str

    def says(
        self, code: str, words: str, start: int, end: int = 0, hint: str | None = None
    ) -> Diagnostic:
        """Return the finding; it never repeats a value, which may be a secret."""
        return Diagnostic(code, words, Span(self.source, start, max(end, start + 1)), help=hint)

    @property
    def letter(self) -> str:
        return self.source.text[self.at : self.at + 1]

    def line_start(self, at: int) -> int:
        return self.source.text.rfind("\n", 0, at) + 1

    def line_end(self, at: int) -> int:
        end = self.source.text.find("\n", at)
        return len(self.source.text) if end < 0 else end

    def before(self, at: int) -> str:
        """Return what stands before it on its line."""
        return self.source.text[self.line_start(at) : at]

    def quoted_hint(self, at: int) -> str:
        """Say how to write the value whose text holds that place."""
        key = self.before(at).strip().lstrip("-{ ").partition(":")[0].strip()
        if key in _CONDITION_KEYS:
            return (
                f"put the condition into a block: `{key}: |`, and go on in the next line, indented"
            )
        return "put the whole value into single quotes"


def _cannot_start(trouble: _Trouble) -> Diagnostic:
    letter = trouble.letter
    if letter == "\t":
        words = "a tab stands where YAML wants spaces"
        hint = "indent with spaces; a text that holds a tab stands in quotes"
        return trouble.says("PR014", words, trouble.at, hint=hint)
    words = f"a value cannot start with `{letter}`"
    return trouble.says("PR016", words, trouble.at, hint=trouble.quoted_hint(trouble.at))


def _alias(trouble: _Trouble) -> Diagnostic:
    at = trouble.opened
    words = f"a value cannot start with `{trouble.source.text[at : at + 1]}`"
    return trouble.says("PR016", words, at, hint=trouble.quoted_hint(at))


def _second_colon(trouble: _Trouble) -> Diagnostic:
    before = trouble.before(trouble.at)
    if ": " in before:
        words = "`: ` ends a key, so it cannot stand inside a value like this"
        hint = trouble.quoted_hint(trouble.at)
        return trouble.says("PR015", words, trouble.at, trouble.at + 2, hint)
    start = trouble.line_start(trouble.at)
    above = trouble.before(max(start - 1, 0)).strip()
    here = start + len(before) - len(before.lstrip(" "))
    name, colon, rest = above.partition(":")
    if colon and rest and not rest.startswith((" ", "\t")):
        words = "the line above this one is not `key: value`"
        return trouble.says("PR023", words, here, trouble.at, _space_hint(name))
    if above and not colon and not above.startswith(("#", "- ")):
        words = "the line above this one is not `key: value`"
        return trouble.says("PR023", words, here, trouble.at, "put a colon at its end")
    words = f"`{before.strip()}` does not stand where a key can stand"
    hint = "indent it like the keys it belongs to; the line above already has its value"
    return trouble.says("PR019", words, here, trouble.at, hint)


def _block_ends(trouble: _Trouble) -> Diagnostic:
    before = trouble.before(trouble.at)
    if before.strip(" ") and "<scalar>" in trouble.problem:
        return _goes_on(trouble)
    if trouble.letter and trouble.letter in "]}":
        words = f"this `{trouble.letter}` closes nothing"
        return trouble.says("PR025", words, trouble.at, hint="delete it")
    end = trouble.line_end(trouble.at)
    if "found '-'" in trouble.problem:
        words, hint = (
            "a list item stands where a key is expected",
            "write `key: value`, or indent the list below its key",
        )
    elif "found '?'" in trouble.problem and "collection" in trouble.context:
        words, hint = (
            "a key stands where a list item is expected",
            "indent it below its item, or start it with `- `",
        )
    else:
        words, hint = (
            "this line is indented like none of those above it",
            "indent it like the lines it belongs to",
        )
    return trouble.says("PR019", words, trouble.at, end, hint)


def _goes_on(trouble: _Trouble) -> Diagnostic:
    """Say that text follows a closing quote or bracket."""
    before = trouble.before(trouble.at).rstrip()
    closer = before[-1:]
    if closer not in ("]", "}", '"', "'"):
        return trouble.says("PR019", "this does not belong to the value above it", trouble.at,
                            trouble.line_end(trouble.at), _BLOCK)  # fmt: skip
    words = f"the value ends at `{closer}`, but more follows"
    return trouble.says("PR017", words, trouble.at, trouble.line_end(trouble.at),
                        trouble.quoted_hint(trouble.at))  # fmt: skip


def _list_goes_on(trouble: _Trouble) -> Diagnostic:
    """Say why a `[` or a `{` does not come to its end."""
    text, at = trouble.source.text, trouble.at
    opener = text[trouble.opened : trouble.opened + 1]
    behind = text[trouble.opened : at].rstrip()
    same_line = bool(trouble.before(at).strip()) and trouble.line_start(at) <= trouble.opened
    if trouble.letter == ":" and same_line:
        words = "`: ` ends a key, so it cannot stand inside a value like this"
        return trouble.says("PR015", words, at, hint="put the whole value into single quotes")
    if trouble.letter in "[{" and behind.endswith("$"):
        words = f"`${{` inside `{opener} {_CLOSERS[opener]}` needs quotes"
        return trouble.says("PR024", words, at - 1, at + 1, 'put the value into quotes: "${...}"')
    comment = _comment(text, trouble.opened, at)
    if comment is not None:
        words = f"` #` starts a comment, so the `{opener}` before it is never closed"
        hint = "put a text with ` #` into quotes"
        return trouble.says("PR020", words, comment, trouble.line_end(comment), hint)
    if trouble.letter in "[{" and same_line:
        words = f"`{trouble.letter}` cannot stand like this inside `{opener} {_CLOSERS[opener]}`"
        return trouble.says("PR024", words, at, hint="put the whole value into single quotes")
    if behind.endswith(("'", '"')) and "<scalar>" in trouble.problem and same_line:
        words = "the value ends at its closing quote, but more follows"
        hint = "put the whole value into single quotes; inside `{ }` a comma ends a value"
        return trouble.says("PR017", words, at, _piece(text, at), hint)
    return _never_closed(trouble)


def _piece(text: str, at: int) -> int:
    """Return where a piece of a list or of `{ }` ends."""
    ends = [found for c in ",]}\n" if (found := text.find(c, at)) >= 0]
    return min(ends, default=len(text))


def _comment(text: str, start: int, end: int) -> int | None:
    """Return where a comment starts that stands between two places."""
    for sign in (" #", "\n#"):
        at = text.find(sign, start, end)
        if at >= 0:
            return at + 1
    return None


def _never_closed(trouble: _Trouble) -> Diagnostic:
    opener = trouble.source.text[trouble.opened : trouble.opened + 1]
    words = f"this `{opener}` is never closed"
    return trouble.says(
        "PR018", words, trouble.opened, hint=f"close it with `{_CLOSERS.get(opener, opener)}`"
    )


def _no_colon(trouble: _Trouble) -> Diagnostic:
    start, end = trouble.opened, trouble.line_end(trouble.opened)
    line = trouble.source.text[start:end].strip()
    name, colon, _ = line.partition(":")
    hint = _space_hint(name) if colon else "write `key: value`"
    words = "this line is not `key: value`"
    return trouble.says("PR023", words, start, start + len(line), hint)


def _space_hint(name: str) -> str:
    return f"put a space behind the colon: `{name}: ...`"


def _escape(trouble: _Trouble) -> Diagnostic:
    at = trouble.source.text.rfind("\\", 0, trouble.at + 1)
    words = f"`{trouble.source.text[at : at + 2]}` is no escape that YAML knows"
    hint = "put the text into single quotes, where a backslash is a backslash"
    return trouble.says("PR021", words, at, at + 2, hint)


def _too_many(trouble: _Trouble) -> Diagnostic:
    if trouble.letter and trouble.letter in ",]}":
        words = f"a value is missing before this `{trouble.letter}`"
        return trouble.says(
            "PR025", words, trouble.at, hint="delete it, or put the text into quotes"
        )
    return trouble.says(
        "PR025", "a value is missing here", trouble.at, hint="write one, or delete the key"
    )


def _list_in_line(trouble: _Trouble) -> Diagnostic:
    words = "a list cannot start on the line of its key with `-`"
    hint = "put the items on lines of their own, or write `[a, b]`"
    return trouble.says("PR019", words, trouble.at, hint=hint)


def _key_in_line(trouble: _Trouble) -> Diagnostic:
    words = f"a value cannot start with `{trouble.letter}`"
    return trouble.says("PR016", words, trouble.at, hint=trouble.quoted_hint(trouble.at))


def _block_header(trouble: _Trouble) -> Diagnostic:
    sign = trouble.source.text[trouble.opened : trouble.opened + 1]
    words = f"behind `{sign}` the line must end"
    return trouble.says("PR026", words, trouble.at, trouble.line_end(trouble.at),
                        "start the text on the next line, indented")  # fmt: skip


def _block_indent(trouble: _Trouble) -> Diagnostic:
    words = "a blank line at the top of this block is indented further than its text"
    return trouble.says("PR019", words, trouble.opened, hint="delete the blank lines at its top")


def _no_document(trouble: _Trouble) -> Diagnostic:
    at = trouble.source.text.find("%")
    if at < 0:
        return trouble.says("PR001", "this does not belong to what stands above it", trouble.at)
    words = "a line that starts with `%` is a YAML directive, which is not used"
    return trouble.says("PR013", words, at, trouble.line_end(at), "delete the line")


def _tag(trouble: _Trouble) -> Diagnostic:
    words = "`!` starts a YAML tag, which is not used"
    hint = "in a condition, write `not`; a text that starts with `!` stands in quotes"
    return trouble.says("PR012", words, trouble.opened, hint=hint)


_PROBLEMS: tuple[tuple[str, Callable[[_Trouble], Diagnostic]], ...] = (
    ("found character", _cannot_start),
    ("expected alphabetic or numeric character", _alias),
    ("mapping values are not allowed", _second_colon),
    ("expected <block end>", _block_ends),
    ("expected ',' or", _list_goes_on),
    ("found unexpected end of stream", _never_closed),
    ("found unexpected document separator", _never_closed),
    ("could not find expected ':'", _no_colon),
    ("found unknown escape character", _escape),
    ("expected escape sequence", _escape),
    ("expected the node content", _too_many),
    ("sequence entries are not allowed", _list_in_line),
    ("mapping keys are not allowed", _key_in_line),
    ("expected chomping or indentation", _block_header),
    ("expected indentation indicator", _block_header),
    ("expected a comment or a line break", _block_header),
    ("more indented follow up line", _block_indent),
    ("expected '<document start>'", _no_document),
    ("expected '!'", _tag),
    ("expected URI", _tag),
    ("expected ' '", _tag),
)
