"""Rule sets of any size in which nothing is wrong, and one fault of each kind to plant in them."""

from __future__ import annotations

HEAD = """\
version: 1
lists: {partners: [a.example, b.example]}
tables:
  contact: {fields: {email: {type: email}, groups: {type: multi_choice, values: [staff, guests]}}}
  ticket:
    fields:
      title: {type: text, required: true}
      kind:  {type: choice, values: [a, b, c]}
contacts: {table: contact, groups: groups, guest: guest@x.example}
groups: {guests: {ticket: {create: true}}}
templates:
  ack: {subject: "Received: ${record.title}", text: Thanks}
accounts:
  help:
    table: ticket
    address: help@x.example
    send: {use: console}
    trust_results_from: [mx.x.example]
    filters:
      - {id: talkative, when: count_from_sender(1h) > 20, then: no_answer}
      - {id: forged, when: auth.dmarc.result == "fail", then: {quarantine: forged}}
      - id: partner-junk
        when: from.domain in lists.partners and subject contains "lottery"
        then: discard
"""
MIDDLE = """\
    access:
      create:
        - {id: known, when: contact.known and auth.aligned, then: {allow_as: sender}}
        - {id: rest, then: {allow_as: guest}}
      update:
        - {id: token, when: token.valid, then: {allow_as: guest}}
    mapping:
      set: {title: "${subject}"}
      rules:
"""
TAIL = """\
    notify:
      - {id: ack, after: created, to: "${from.addr_spec}", template: ack}
"""


def condition(number: int) -> str:
    """Return a condition that no other one has."""
    n = number
    return (
        f'from.domain == "d{n}.example"',
        f'subject contains "word{n}x" and auth.aligned',
        f'from.addr_spec in ["a{n}@p.example", "b{n}@p.example"] or subject starts_with "tag{n}x:"',
        f'(body.text contains "phrase {n}x" or subject contains "phrase {n}x") and size < {n}KB',
        f'subject matches r"\\bINC-{n}-\\d+\\b" and not contact.known',
        f'in_domain(from.domain, "s{n}.example") and any(attachments, .size > {n}KB)',
    )[n % 6]


def rules(size: int, **planted: str) -> str:
    """Return a rule file with so many rules.

    A fault goes in the middle of the `filters`, the `mapping` or the `access` rules, or to the end
    of the file (`more`); with `head`, another head takes the place of ours.
    """
    filters = [_filter(n) for n in range(1, size // 2 + 1)]
    mapping = [_mapping(n) for n in range(1, size - size // 2 + 1)]
    for lines, name in ((filters, "filters"), (mapping, "mapping")):
        if name in planted:
            lines.insert(len(lines) // 2, planted[name])
    middle = MIDDLE.replace(
        "        - {id: rest", planted.get("access", "") + "        - {id: rest"
    )
    text = "".join((planted.get("head", HEAD), *filters, middle, *mapping))
    return text + planted.get("notify", TAIL) + planted.get("more", "")


def _filter(number: int) -> str:
    then = ("discard", "no_answer", "{quarantine: odd}")[number % 3]
    when = f"        when: |\n          {condition(number)}\n"
    return f"      - id: f{number}\n{when}        then: {then}\n"


def _mapping(number: int) -> str:
    """Return a rule that excludes all others: each is about one sender."""
    when = f'from.addr_spec == "m{number}@m.example" and subject contains "w{number}"'
    return f"        - {{id: m{number}, when: '{when}', set: {{kind: {'abc'[number % 3]}}}}}\n"
