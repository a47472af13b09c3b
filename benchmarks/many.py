"""Rule files with as many rules as wanted, the same for the same number; used by benchmarks.

The kinds of conditions are those that people write: words in a subject or a body, senders,
domains, patterns, lists, headers. The first ten fire now and then on the mail of `mix`; of the
rest each wants a word of its own, as ten thousand rules of one desk would.

    python benchmarks/many.py COUNT     prints such a file
"""

from __future__ import annotations

import random
import sys

from mix import WORDS

COMMON = (
    'subject contains "printer"',
    'body.text contains "password reset"',
    'subject matches r"\\b(outage|down)\\b"',
    'from.domain == "supplier.example"',
    "auth.aligned and not contact.known",
    'subject starts_with "Re:"',
    'any(attachments, .filename ends_with ".pdf")',
    'body.text contains_any ["invoices", "contract"]',
    "from.addr_spec in lists.known",
    "size > 25KB",
)
"""The first ten."""


_TENTH = 10
"""One rule in so many is a filter."""


def condition(number: int) -> str:
    """Return the condition of a rule."""
    if number < len(COMMON):
        return COMMON[number]
    chance = random.Random(number)
    one, two = (f"{chance.choice(WORDS).lower()}{chance.randrange(10**6)}" for _ in range(2))
    word = chance.choice(WORDS)
    return (
        f'subject contains "{one}"',
        f'body.text contains "{word} {one}"',
        f'subject matches r"\\b{one}-\\d+\\b"',
        f'from.domain == "{one}.example"',
        f'body.text contains "{one}" and auth.aligned',
        f'from.addr_spec in ["{one}@partner.example", "{two}@customer.example"]',
        f'body.text matches r"(?i){word} (no|nr)\\.? ?{one}"',
        f'subject starts_with "[{one}]" or subject starts_with "{two}:"',
        f'in_domain(from.domain, "{one}.example") and body.text contains_any ["{one}", "{two}"]',
        f'headers["X-Project"] == "{one}"',
        f'subject contains "{one}" and not contact.known',
        f'extract(body.text, r"{one}-(\\d{{4,}})") is not empty',
        f'"{one}@mail.example" in to.addr_spec',
        f'subject like "*{one}*{two}*"',
        f'contact.known and (subject contains "{one}" or body.text contains "{two}")',
        f'any(attachments, .filename contains "{one}")',
    )[number % 16]


def rule_file(count: int, receive: str = "{use: eml, path: inbox}") -> str:
    """Return a rule file: a tenth of the rules are filters, the others map."""
    numbers = range(count)
    filters = [_rule(n, "then: no_answer") for n in numbers if n % _TENTH == 0]
    mapping = [_rule(n, "set: {kind: Special}") for n in numbers if n % _TENTH != 0]
    return f"""\
version: 1
lists:
  known: [ann@partner.example, bob@customer.example]
tables:
  contact:
    fields:
      name: {{type: text}}
      email: {{type: email, unique: true}}
  ticket:
    number: SUP
    fields:
      title: {{type: text, max: 250}}
      details: {{type: text}}
      requester: {{type: reference, table: contact}}
      kind: {{type: choice, values: [General, Special], default: General}}
      files: {{type: files}}
contacts: {{table: contact, guest: guest@xyz.example}}
accounts:
  support:
    table: ticket
    address: support@xyz.example
    receive: {receive}
    trust_results_from: [mx.mail.example]
    filters:
{"".join(filters)}\
    access:
      create:
        - {{id: known, when: contact.known and auth.aligned, then: {{allow_as: sender}}}}
        - {{id: anybody, then: {{allow_as: guest}}}}
      update:
        - {{id: copied, then: {{allow_as: guest}}}}
    mapping:
      set:
        title: ${{subject}}
        details: ${{body.text}}
        requester: ${{contact}}
        files: ${{attachments}}
      rules:
{"".join(mapping)}"""


def _rule(number: int, does: str) -> str:
    when = condition(number)
    shown = f"'{when}'" if when.startswith('"') else when
    return f"        - id: rule-{number}\n          when: {shown}\n          {does}\n"


if __name__ == "__main__":
    print(rule_file(int(sys.argv[1])), end="")
