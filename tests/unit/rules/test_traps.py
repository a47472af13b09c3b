"""The traps of YAML and of comparing: each is met with exactly this, at this place."""

from __future__ import annotations

import pytest
from tests.unit.rules.kinds import KINDS

from postroom.rules import keys
from postroom.rules.lint import checked
from postroom.rules.load import load
from postroom.source.diagnostic import RuleError
from postroom.source.text import Source

RULES = """\
version: 1
tables: {{ticket: {{fields: {{title: {{type: text, required: true}}}}}}}}
accounts:
  help:
    table: ticket
    address: help@x.example
    filters:
      - id: trap
        {line}
        then: discard
    access:
      create: [{{id: all, then: {{allow_as: sender}}}}]
      update: [{{id: rest, then: deny}}]
    mapping: {{set: {{title: "${{subject}}"}}}}
"""
BLOCK = "put the condition into a block: `when: |`, and go on in the next line, indented"
SHARE = "share what is the same with `lists:`, or with a named list in `filters:` and `use:`"
STAR = f"{SHARE}; a text that starts with `*` stands in quotes"

TRAPS: dict[str, tuple[str, str, str, str]] = {
    "a comment inside a text": (
        'when: subject contains "ticket #5"',
        "PR020 9:40", "` #` starts a comment, which cuts the condition short", BLOCK,
    ),
    "a comment behind a condition": (
        'when: subject contains "a" # or subject contains "b"',
        "PR369 9:36", '`# or subject contains "b"` is a comment, not part of the condition',
        "delete it, or put the condition into a block: `when: |`",
    ),
    "a colon and a blank": (
        'when: subject contains "Re: x"',
        "PR015 9:35", "`: ` ends a key, so it cannot stand inside a value like this", BLOCK,
    ),
    "a quote at the start": (
        'when: "subject" == "x"', "PR017 9:25", 'the value ends at `"`, but more follows', BLOCK,
    ),
    "a bracket at the start": (
        'when: ["a"] == to', "PR017 9:21", "the value ends at `]`, but more follows", BLOCK,
    ),
    "a brace at the start": (
        'when: {a: b} == "x"', "PR017 9:22", "the value ends at `}`, but more follows", BLOCK,
    ),
    "an exclamation mark at the start": (
        "when: !auth.aligned", "PR012 9:15", "`!auth.aligned` is a YAML tag, which is not used",
        "in a condition, write `not`; a text that starts with `!` stands in quotes",
    ),
    "a star at the start": (
        "when: *x", "PR011 9:15", "`*x` is a YAML alias, which is not used", STAR,
    ),
    "a percent sign at the start": (
        "when: %x", "PR016 9:15", "a value cannot start with `%`", BLOCK,
    ),
    "an at sign at the start": (
        "when: @x", "PR016 9:15", "a value cannot start with `@`", BLOCK,
    ),
    "a backtick at the start": (
        'when: `subject` == "x"', "PR016 9:15", "a value cannot start with ```", BLOCK,
    ),
    "yes is a word and no boolean": (
        "when: yes", "PR201 9:15", "unknown field `yes`", 'a text stands in quotes: "yes"',
    ),
    "1:30 is a text and no number": (
        "when: size > 1:30", "PR103 9:23", "`:` does not fit here",
        'a text stands in quotes: "text"',
    ),
    "on is a word and no boolean": (
        'on: subject == "x"', "PR030 9:9", "unknown key `on`",
        "the keys are `id`, `shadow`, `when`, `then`",
    ),
    "a key twice": (
        "when: size > 5\n        when: size > 6",
        "PR010 10:9", "the key `when` stands here a second time", "delete one of them",
    ),
    "an anchor": (
        "when: &a size > 5", "PR011 9:15", "`&a` is a YAML anchor, which is not used", SHARE,
    ),
    "a merge key": (
        "<<: {a: b}", "PR011 9:9", "`<<` is a YAML merge key, which is not used", SHARE,
    ),
    "places in folded text are those of the file": (
        'when: >\n          subject contains "a"\n          and subjct contains "b"',
        "PR201 11:15", "unknown field `subjct`", "did you mean `subject`?",
    ),
    "From compared with an address": (
        'when: from == "a@x.example"',
        "PR206 9:15", "`from` is a mailbox: a name and an address", "write `from.addr_spec`",
    ),
    "the end of a domain": (
        'when: from.domain ends_with "example.com"',
        "PR221 9:15", '`ends_with "example.com"` takes evilexample.com as well',
        'write: in_domain(from.domain, "example.com")',
    ),
}  # fmt: skip


@pytest.mark.parametrize(("line", "where", "message", "hint"), TRAPS.values(), ids=TRAPS)
def test_a_trap_is_met(line: str, where: str, message: str, hint: str) -> None:
    try:
        found = checked(load([Source("r.yaml", RULES.format(line=line))], KINDS)).found
    except RuleError as error:
        found = tuple(error.diagnostics)
    (first,) = found
    assert first.span is not None
    place = first.span.place.removeprefix("r.yaml:")
    assert (f"{first.code} {place}", first.message, first.help) == (where, message, hint)


def test_no_key_of_ours_is_a_boolean_of_yaml_1_1() -> None:
    names = {key.name for section in keys.SECTIONS for key in section.keys}
    assert not names & {"on", "off", "yes", "no", "y", "n", "true", "false"}
