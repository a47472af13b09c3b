"""What is wrong with a text that the grammar refuses, and what to write instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from lark import UnexpectedToken

from postroom.lang import units
from postroom.source.diagnostic import Diagnostic
from postroom.source.near import near

if TYPE_CHECKING:
    from lark import UnexpectedInput

    from postroom.source.words import Words

KEYWORDS = (
    "and", "or", "not", "in", "is", "empty", "contains", "contains_any", "contains_all",
    "starts_with", "ends_with", "like", "matches", "true", "false",
)  # fmt: skip

_COMPARING = frozenset(
    {
        "EQUAL", "UNEQUAL", "AT_MOST", "AT_LEAST", "LESS", "MORE", "CONTAINS", "CONTAINS_ANY",
        "CONTAINS_ALL", "STARTS_WITH", "ENDS_WITH", "LIKE", "MATCHES", "IN", "IS",
    }
)  # fmt: skip

_SIGNS = {
    "===": ("`===` is not known here", "write `==`"),
    "=~": ("`=~` is not known here", 'write: matches r"pattern"'),
    "!~": ("`!~` is not known here", 'write: not field matches r"pattern"'),
    "=<": ("`=<` is not known here", "write `<=`"),
    "=>": ("`=>` is not known here", "write `>=`"),
    "<>": ("`<>` is not known here", "write `!=`"),
    "&&": ("`&&` is not known here", "write `and`"),
    "||": ("`||` is not known here", "write `or`"),
    "**": ("`**` is not known here", "there is no multiplication"),
    "=": ("`=` does not compare", "write `==`"),
    "&": ("`&` is not known here", "write `and`"),
    "!": ("`!` is not known here", "write `not`, or `!=` to compare"),
    "~": ("`~` is not known here", 'write: matches r"pattern"'),
    "*": ("`*` is not known here", 'there is no multiplication; any text is: like "*text*"'),
    "/": ("`/` is not known here", 'there is no division; a pattern is: matches r"pattern"'),
    "%": ("`%` is not known here", 'any text is: like "*text*"'),
    "^": ("`^` is not known here", None),
    "?": ("`?` is not known here", "a fallback is written `??`"),
    "@": ("`@` does not fit here", "an address is a text and stands in quotes"),
    "`": ("a text does not stand in backticks", 'write "text"'),
    "“": ("these quotes are not straight", 'write "text"'),
    "”": ("these quotes are not straight", 'write "text"'),
    "„": ("these quotes are not straight", 'write "text"'),
    "\N{LEFT SINGLE QUOTATION MARK}": ("these quotes are not straight", 'write "text"'),
    "\N{RIGHT SINGLE QUOTATION MARK}": ("these quotes are not straight", 'write "text"'),
    "«": ("these quotes are not known here", 'write "text"'),
    "»": ("these quotes are not known here", 'write "text"'),
    "#": ("there are no comments inside an expression", "write the comment above the rule"),
    ";": ("`;` does not fit here", "write `and`, or make two rules of it"),
    ":": ("`:` does not fit here", 'a text stands in quotes: "text"'),
    "{": ("`{` does not fit here", 'a list is written ["a", "b"]'),
    "}": ("`}` does not fit here", None),
    "|": ("`|` does not fit here", "write `or`; filters stand in `${ }` only"),
}
"""Signs of other languages, longer ones first: what to say, what to write."""

_WORDS = {
    "equals": "==", "equal": "==", "eq": "==", "ne": "!=", "gt": ">", "lt": "<", "ge": ">=",
    "le": "<=", "includes": "contains", "include": "contains", "has": "contains",
    "contain": "contains", "containing": "contains", "startswith": "starts_with",
    "begins_with": "starts_with", "beginswith": "starts_with", "begins": "starts_with",
    "starts": "starts_with", "endswith": "ends_with", "ends": "ends_with", "regex": "matches",
    "regexp": "matches", "match": "matches", "isnt": "!=", "notin": "not in", "then": "and",
    "xor": "or", "isempty": "is empty", "exists": "is not empty", "containsany": "contains_any",
    "containsall": "contains_all", "one_of": "in", "within": "in",
}  # fmt: skip
"""Words of other languages, and ours for them."""

_READS = 'a comparison reads: field == "text"'


def in_template(problem: UnexpectedInput, words: Words) -> Diagnostic:
    """Say what is wrong with a text with holes: a hole is not closed."""
    start = cast("int", problem.pos_in_stream)
    line_end = words.value.find("\n", start)
    end = line_end if line_end != -1 else len(words.value)
    return Diagnostic(
        "PR108",
        "this `${` is not closed",
        words.span_of(start, min(end, start + 2)),
        "close it with `}`; a dollar sign before a bracket is written `$$`",
    )


def in_expression(problem: UnexpectedInput, words: Words, kind: str) -> Diagnostic:
    """Say what is wrong with a condition or with what stands in a hole."""
    text = words.value
    if not text.strip():
        return _empty(words, kind)
    if isinstance(problem, UnexpectedToken):
        if problem.token.type == "$END":
            return _ends(problem, words, kind)
        at = _Place(words, cast("int", problem.token.start_pos), len(problem.token))
        return _sign(at) or _token(problem, at)
    at = _Place(words, cast("int", problem.pos_in_stream), 1)
    return _sign(at) or _letter(at)


class _Place(NamedTuple):
    """Where the parser stopped."""

    words: Words
    start: int
    length: int

    @property
    def text(self) -> str:
        """What stands there."""
        return self.words.value[self.start : self.start + self.length]

    @property
    def before(self) -> str:
        """All that stands before it, without blanks at its end."""
        return self.words.value[: self.start].rstrip()

    def finding(self, code: str, message: str, hint: str | None, longer: int = 0) -> Diagnostic:
        """Return a finding at this place, or reaching so many letters further back."""
        end = self.start + self.length
        return Diagnostic(code, message, self.words.span_of(self.start - longer, end), hint)


def _empty(words: Words, kind: str) -> Diagnostic:
    if kind == "hole":
        hint = "write what goes there: ${subject}; a dollar sign is written `$$`"
        return Diagnostic("PR108", "this `${ }` is empty", words.span, hint)
    return Diagnostic("PR102", "the condition is empty", words.span, _READS)


def _ends(problem: UnexpectedToken, words: Words, kind: str) -> Diagnostic:
    end = len(words.value.rstrip())
    name = "condition" if kind == "condition" else "expression"
    accepts = problem.accepts or set()
    if "NAME" in accepts:
        last = words.value[:end].split()[-1]
        message, hint = f"the {name} stops too early", f"a value is missing after `{last}`"
    elif "RPAR" in accepts:
        message, hint = "a bracket is not closed", "close it with `)`"
    elif "RSQB" in accepts:
        message, hint = "a bracket is not closed", "close it with `]`"
    else:
        message, hint = f"the {name} stops too early", _expected(accepts)
    return Diagnostic("PR102", message, words.span_of(end, end), hint)


def _expected(accepts: set[str]) -> str:
    return "write `is empty` or `is not empty`" if "EMPTY" in accepts else _READS


def _sign(at: _Place) -> Diagnostic | None:
    """Say what to write for a sign that other languages have."""
    rest, before = at.words.value[at.start :], at.words.value[: at.start]
    if rest.startswith("${"):
        return at._replace(length=2).finding(
            "PR107",
            "there is no `${ }` here: all of it is an expression",
            "write the field alone: subject, not ${subject}",
        )
    if before[-1:] in ("<", "=", "!", "|") and rest[:1] in (">", "=", "<", "|"):
        for longer in (2, 1):
            sign = before[-longer:] + rest[0]
            if sign in _SIGNS:
                return at._replace(length=1).finding("PR103", *_SIGNS[sign], longer=longer)
    sign = next((sign for sign in _SIGNS if rest.startswith(sign)), "")
    if len(sign) == 1 and rest[:2] in ("==", "!=", "??"):  # known here, but out of place
        return None
    return at._replace(length=len(sign)).finding("PR103", *_SIGNS[sign]) if sign else None


def _letter(at: _Place) -> Diagnostic:
    if at.text in ('"', "'"):
        line_end = at.words.value.find("\n", at.start)
        stop = line_end if line_end != -1 else len(at.words.value)
        return at._replace(length=stop - at.start).finding(
            "PR104",
            "the text that starts here is not closed",
            f"close it with `{at.text}` on the same line; where it holds ` #` or `: `, "
            "write the condition in a block, below `when: |`",
        )
    if at.text.isalpha():
        word = _whole_word(at)
        hint = f'names have letters from a to z; a text stands in quotes: "{word.text}"'
        return word.finding("PR101", f"`{word.text}` does not fit here", hint)
    return at.finding("PR101", f"`{at.text}` does not fit here", _READS)


def _whole_word(at: _Place) -> _Place:
    """Return the word around a letter that no name can have."""
    text = at.words.value
    start, end = at.start, at.start + 1
    while start and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum():
        end += 1
    return at._replace(start=start, length=end - start)


def _token(problem: UnexpectedToken, at: _Place) -> Diagnostic:
    kind, accepts = problem.token.type, problem.accepts or set()
    return _by_state(kind, accepts, at) or (
        _after_value(kind, at) if "_AND" in accepts else _out_of_place(accepts, at)
    )


def _by_state(  # noqa: PLR0911 - one return for each state
    kind: str, accepts: set[str], at: _Place
) -> Diagnostic | None:
    """Say what is wrong where little else than one thing can follow."""
    if accepts <= {"EMPTY", "NOT"}:
        hint = "write `is empty`, `is not empty`, or `==` and `!=` to compare"
        return at.finding("PR103", "`is` only asks whether something is empty", hint)
    if kind in _COMPARING and "_AND" in accepts:
        hint = "write each comparison in full: a < b and b < c"
        return at.finding("PR106", f"`{at.text}` compares a second time", hint)
    if kind == "_COMMA" and at.before[-1:].isdigit():
        hint = "large numbers are written without separators: 1000"
        return at.finding("PR101", "`,` does not fit here", hint)
    if accepts == {"STRING"}:
        hint = f'the name stands in quotes: headers["{at.text}"]'
        return at.finding("PR101", f"`{at.text}` does not fit here", hint)
    if accepts == {"IN"}:
        hint = f"`not` stands before the comparison: not field {at.text} ..."
        return at.finding("PR103", f"`not {at.text}` is not known here", hint)
    if accepts == {"$END"}:  # the parser took it for the end of something, but nothing was open
        hint = 'a list is written ["a", "b"]' if kind == "_COMMA" else f"take `{at.text}` away"
        return at.finding("PR101", f"`{at.text}` does not fit here: no bracket is open", hint)
    return None


def _out_of_place(accepts: set[str], at: _Place) -> Diagnostic:
    if "NAME" in accepts:
        return at.finding("PR101", f"a value is missing before `{at.text}`", _READS)
    closing = {"RPAR": ")", "RSQB": "]"}
    for kind in accepts & closing.keys():
        words = f"`{at.text}` does not fit here: `{closing[kind]}` is missing before it"
        return at.finding("PR101", words, f"write `{closing[kind]}` where the bracket ends")
    return at.finding("PR101", f"`{at.text}` does not fit here", _READS)


def _after_value(kind: str, at: _Place) -> Diagnostic:
    """Something stands where only an operator, `and`, `or` or the end can follow."""
    before = at.before.split()[-1] if at.before else ""
    if before.lower() in KEYWORDS and before not in KEYWORDS:
        at = at._replace(start=at.before.rindex(before), length=len(before))
        hint = f"write `{before.lower()}` in small letters"
        return at.finding("PR103", f"`{before}` is not known here", hint)
    if kind == "NAME":
        return _unknown_word(at)
    if kind in ("STRING", "RAW", "NUMBER", "QUANTITY"):
        hint = "an operator is missing before it: `==`, `contains`, `in`, `and`"
        return at.finding("PR101", f"`{at.text}` does not fit here", hint)
    return at.finding("PR101", f"`{at.text}` does not fit here", _READS)


def _unknown_word(at: _Place) -> Diagnostic:
    word = at.text.casefold()
    number = at.before[-1:].isdigit() and at.before.split()[-1]
    unit = units.MEANT.get(word, at.text if at.text in {**units.SIZES, **units.SPANS} else None)
    if number and unit is not None:
        hint = f"write `{number}{unit}`"
        return at.finding("PR110", "a unit stands right behind its number", hint)
    if word in KEYWORDS:
        hint = f"write `{word}` in small letters"
        return at.finding("PR103", f"`{at.text}` is not known here", hint)
    ours = _WORDS.get(word) or near(word, KEYWORDS)
    if ours:
        return at.finding("PR103", f"`{at.text}` is not known here", f"write `{ours}`")
    hint = 'a text stands in quotes: "text"; conditions are joined by `and` or `or`'
    return at.finding("PR101", f"`{at.text}` does not fit here", hint)
