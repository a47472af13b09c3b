"""What an explanation shows of what was read."""

from __future__ import annotations

from typing import Any

import pytest
from tests.language.desk import SCHEME, scope, words

from postroom.lang.compile import compile_condition
from postroom.source.text import Source
from postroom.source.words import Words


def _operands(text: str, mail: dict[str, Any]) -> dict[str, Any]:
    [found] = compile_condition(words(text), SCHEME).explain(scope(mail))
    return dict(found.operands)


@pytest.mark.parametrize(
    ("text", "mail", "operands"),
    [
        ('subject == "a"', {"subject": "B"}, {"subject": "B"}),
        ('headers["X-A"] == "a"', {"headers": {"x-a": "B"}}, {'headers["X-A"]': "B"}),
        ("size > 1", {"size": 5}, {"size": 5}),
        ("contact.known", {}, {"contact.known": False}),
        ("(spam.score ?? 0) > 1", {"spam": 1.5}, {"spam.score": "1.5"}),
        ("spam.score is empty", {}, {"spam.score": None}),
        ("received_at + 1d > received_at", {}, {"received_at": "2026-01-31 12:00 UTC"}),
        ('date(received_at) == date("2026-01-31")', {}, {"received_at": "2026-01-31 12:00 UTC"}),
        ("count_from_sender(1h) > 3", {"count_from": {"1h": 4}}, {"count_from_sender(1h)": 4}),
        ("from.domain in lists.partner_domains", {}, {"from.domain": "partner.example"}),
        ("from.domain == sender.domain", {"sender": "a@b.example"},
         {"from.domain": "partner.example", "sender.domain": "b.example"}),
        ("record.requester == contact", {"contact": {"id": 7}, "record": {"requester": 7}},
         {"record.requester": 7, "contact": 7}),
        ("any(attachments, .size > 10)", {"attachments": [{"size": 1}, {"size": 11}]},
         {"attachments": ["a.pdf", "a.pdf"], ".size": 11}),
        ("any(attachments, .size > 10)", {"attachments": [{"size": 1}]},
         {"attachments": ["a.pdf"]}),
        ("all(attachments, .size > 10)", {"attachments": [{"size": 1}, {"size": 11}]},
         {"attachments": ["a.pdf", "a.pdf"], ".size": 1}),
        ('any(to, .domain == "x")', {"to": ["A <a@x>", "b@y"]},
         {"to": ["A <a@x>", "b@y"], ".domain": "x"}),
        ('any(references, . contains "b")', {"references": ["a", "b"]},
         {"references": ["a", "b"], ".": "b"}),
        ("length(record.notes) > 0", {"record": {"notes": ["n"]}}, {"record.notes": ["n"]}),
        ("record.files is not empty", {"record": {"files": ["f"]}}, {"record.files": ["f"]}),
        ("references is empty", {"references": [str(i) for i in range(25)]},
         {"references": [*map(str, range(10)), "and 15 more"]}),
        ('body.text contains "x"', {"body": {"text": "y" * 500}}, {"body.text": "y" * 199 + "…"}),
    ],
)  # fmt: skip
def test_what_was_read_is_shown_plainly(
    text: str, mail: dict[str, Any], operands: dict[str, Any]
) -> None:
    assert _operands(text, mail) == operands


def test_the_place_is_that_of_the_comparison_in_its_file() -> None:
    text = "rules:\n  when: contact.known or\n    size > 1\n"
    start = text.index("contact")
    source = Source("billing.yaml", text)
    asked = Words.plain(source, start, len(text) - 1)
    [found] = compile_condition(asked, SCHEME).explain(scope())
    assert (found.text, found.place, found.held) == ("size > 1", "billing.yaml:3:5", True)


def test_lists_that_are_read_are_named() -> None:
    condition = compile_condition(words("subject contains_any lists.junk_phrases"), SCHEME)
    assert condition.reads == {"subject", "lists.junk_phrases"}


def test_a_domain_compared_by_its_end_is_warned_of() -> None:
    [warning] = compile_condition(words('from.domain ends_with "x.example"'), SCHEME).warnings
    assert (warning.code, warning.severity) == ("PR221", "warning")
    assert compile_condition(words('from.domain ends_with ".x.example"'), SCHEME).warnings == ()
    assert compile_condition(words('subject ends_with "x.example"'), SCHEME).warnings == ()
