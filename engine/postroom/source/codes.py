"""Every code that a finding can have, with what it means in a few words."""

from __future__ import annotations

CODES: dict[str, str] = {
    "PR001": "the file is not valid YAML",
    "PR101": "a word or a sign does not fit where it stands",
    "PR102": "the expression stops too early",
    "PR103": "this is written in another way here",
    "PR104": "a text is not closed",
    "PR105": "operators are mixed without brackets",
    "PR106": "comparisons are chained",
    "PR107": "`${ }` stands where there is none",
    "PR108": "a `${` is not closed, or is empty",
    "PR109": "an expression is too long, too deep or too large",
    "PR110": "a number, a unit or an escape is not understood",
    "PR111": "a test of a list stands inside another",
    "PR201": "an unknown field",
    "PR202": "an unknown function or filter",
    "PR203": "the types do not fit together",
    "PR204": "a value that may be missing needs a fallback",
    "PR205": "a fallback that is never used",
    "PR206": "a group of fields where one value is needed",
    "PR207": "a function is given the wrong values",
    "PR208": "a pattern that cannot be used",
    "PR209": "a value that must be written out",
    "PR210": "an unknown list",
    "PR211": "a value that a field can never have",
    "PR212": "a condition that is not yes or no",
    "PR213": "a field that cannot be read here",
    "PR214": "a list that mixes types",
    "PR215": "`.name` outside a test of a list",
    "PR216": "a text would be searched once for each item of a list",
    "PR217": "a value that cannot be shown as text",
    "PR218": "an unsafe place in HTML",
    "PR219": "an empty text that fits everything",
    "PR220": "a value that a field of the table does not take",
    "PR221": "`ends_with` on a domain",
}
"""PR0xx file and keys, 1xx syntax, 2xx names and types, 3xx between rules, 4xx settings and
plugins, 5xx at run time. Each has a page in docs/errors/."""
