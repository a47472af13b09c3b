"""Machines that write to each other, with a real SMTP server in the middle: they stop.

`pytest tests/end_to_end/test_loops.py -s` prints the table that `loops.txt` holds.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.end_to_end.post import MX, Mail, Post, away, daemon_for, mailing_list, written

from postroom.runtime.settings import folders
from postroom.runtime.start import assemble
from postroom.runtime.supervise import run_once

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDEN = Path(__file__).with_name("loops.txt")
ROUNDS = 6
HEAD = """\
version: 1
tables:
  contact: {{fields: {{email: {{type: email, unique: true}}}}}}
  ticket:
    number: SUP
    fields:
      title: {{type: text, max: 250}}
      notes: {{type: log}}
contacts: {{table: contact, guest: guest@{domain}}}
groups:
  guests: {{ticket: {{create: true, edit: all}}}}
filters:
  reports:
    - {{id: report, when: dsn.present, then: bounce}}
accounts:
"""
ACCOUNT = """\
  {name}:
    table: ticket
    address: {name}@{domain}
    trust_results_from: [{mx}]
    receive: {{use: eml, path: {inbox}}}
    send: {{use: smtp, host: 127.0.0.1, port: {port}, tls: none, from: {name}@{domain}}}
    filters: [{{use: reports}}]
    access:
      create: [{{id: {name}-new, then: {{allow_as: guest}}}}]
      update: [{{id: {name}-more, then: {{allow_as: guest}}}}]
    mapping: {{set: {{title: "${{subject}}"}}}}
    updates: {{append: {{notes: "${{body.reply}}"}}}}
    notify:
      - id: {name}-ack
        after: [created, updated]
        to: "${{from.addr_spec}}"
        template: ack
        allow_unverified: true
{more}"""
TEMPLATES = """\
templates:
  ack: {subject: "We have it", text: "Thank you for your mail."}
  told: {subject: "Look", text: "Something came in."}
"""
ALERT = "      - {{id: {name}-told, after: created, to: {to}, template: told}}\n"


class World:
    """Two engines, alpha and beta, each with an account for every pair that is tried."""

    def __init__(self, folder: Path, post: Post) -> None:
        self.folder, self.post = folder, post
        self.accounts: dict[str, str] = {"alpha.example": "", "beta.example": ""}

    def account(self, name: str, domain: str = "alpha.example", alert_to: str = "") -> str:
        address = f"{name}@{domain}"
        inbox = self.folder / "mail" / address
        inbox.mkdir(parents=True)
        self.post.folders[address] = inbox
        self.accounts[domain] += ACCOUNT.format(
            name=name, domain=domain, inbox=inbox, port=self.post.port, mx=MX,
            more=ALERT.format(name=name, to=alert_to) if alert_to else "",
        )  # fmt: skip
        return address

    def run(self) -> int:
        """Let both engines work until nothing moves; return in how many rounds."""
        for domain, accounts in self.accounts.items():
            (self.folder / domain).mkdir()
            rules = HEAD.format(domain=domain) + accounts + TEMPLATES
            (self.folder / domain / "rules.yaml").write_text(rules, "utf-8")
        for round_ in range(1, ROUNDS + 1):
            before = self.post.sent.total()
            for domain in self.accounts:
                assert run_once(assemble(folders(self.folder / domain)))
            if self.post.sent.total() == before:
                return round_
        return ROUNDS + 1


def engines(world: World) -> tuple[Mail, str, str]:
    first, second = world.account("pair"), world.account("pair", "beta.example")
    return written(second, first, "engine to engine"), first, second


def unsure_engines(world: World) -> tuple[Mail, str, str]:
    first, second = world.account("unsure"), world.account("unsure", "beta.example")
    plain = written(second, first, "engine to engine, nobody authenticated")
    return plain, first, second


def absent(
    name: str, *fields: str, envelope: str | None = None
) -> Callable[[World], tuple[Mail, str, str]]:
    def made(world: World) -> tuple[Mail, str, str]:
        first, second = world.account(name), f"{name}@people.example"
        world.post.machines[second] = away(*fields, envelope=envelope)
        return written(second, first, f"{name} writes"), first, second

    return made


def listed(name: str, *fields: str) -> Callable[[World], tuple[Mail, str, str]]:
    def made(world: World) -> tuple[Mail, str, str]:
        first, second = world.account(name), f"{name}@lists.example"
        world.post.machines[second] = mailing_list(first, *fields)
        # whoever writes to the list is answered at the list, if at all
        return written(second, second, f"{name} is written to"), first, second

    return made


def itself(world: World) -> tuple[Mail, str, str]:
    first = world.account("itself", alert_to="itself@alpha.example")
    world.post.people.add("ann@people.example")
    return written("ann@people.example", first, "it tells itself"), first, "ann@people.example"


def forged_self(world: World) -> tuple[Mail, str, str]:
    first = world.account("mirror")
    return written(first, first, "it seems to come from ourselves"), first, "nobody"


def nowhere(world: World) -> tuple[Mail, str, str]:
    first = world.account("nowhere", alert_to="gone@people.example")
    return written("lost@people.example", first, "answers come back"), first, daemon_for(first)


def bounced_bounce(world: World) -> tuple[Mail, str, str]:
    first = world.account("bounces")
    # somebody sends a report in our name to an address that is gone; the report of that is for us
    forged = written(daemon_for("other@x"), "gone@people.example", "a report", envelope=first)
    return forged, first, daemon_for(first)


def receipt(world: World) -> tuple[Mail, str, str]:
    first = world.account("receipt")
    kind = "multipart/report; report-type=disposition-notification; boundary=b"
    mail = written("reader@people.example", first, "Read: Light", f"Content-Type: {kind}")
    body = (
        b"--b\r\n\r\nIt was read.\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\n"
        b"Final-Recipient: rfc822; reader@people.example\r\n"
        b"Disposition: manual-action/MDN-sent-manually; displayed\r\n--b--\r\n"
    )
    head = mail.content.partition(b"\r\n\r\n")[0]
    return Mail(mail.sender, mail.to, head + b"\r\n\r\n" + body), first, "reader@people.example"


PAIRS: dict[str, Callable[[World], tuple[Mail, str, str]]] = {
    "engine, engine": engines,
    "engine, engine, nobody authenticated": unsure_engines,
    "engine, out of office with Auto-Submitted": absent("polite", "Auto-Submitted: auto-replied"),
    "engine, out of office without it": absent("rude"),
    "engine, out of office with a null sender": absent("quiet", envelope=""),
    "engine, mailing list with List-Id": listed("list", "List-Id: <list.lists.example>"),
    "engine, mailing list with Precedence": listed("old", "Precedence: list"),
    "engine, itself by an alert": itself,
    "engine, its own address forged": forged_self,
    "engine, an address that is gone": nowhere,
    "engine, the report of a report": bounced_bounce,
    "engine, read receipt": receipt,
}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, int]]:
    """Each pair: how many messages our side sent, and how many the other, after the first."""
    with Post(strangers={"beta.example"}) as post:
        world = World(tmp_path_factory.mktemp("loops"), post)
        begun = {}
        for name, pair in PAIRS.items():
            mail, ours, theirs = pair(world)
            begun[name] = ours, theirs
            post.carry(mail)
            post.sent[mail.author] -= 1
        assert world.run() <= ROUNDS
    return {name: (post.sent[ours], post.sent[theirs]) for name, (ours, theirs) in begun.items()}


def test_the_table_is_what_it_was(table: dict[str, tuple[int, int]]) -> None:
    lines = [f"{'who writes to whom':<42} {'we':>3} {'they':>5}"]
    lines += [f"{name:<42} {we:>3} {they:>5}" for name, (we, they) in table.items()]
    text = "\n".join(lines) + "\n"
    print(f"\n{text}")  # noqa: T201 - for whoever asks to see it
    if os.environ.get("POSTROOM_UPDATE_GOLDEN"):
        GOLDEN.write_text(text, "utf-8")
    assert text == GOLDEN.read_text("utf-8")


@pytest.mark.parametrize("name", PAIRS)
def test_nobody_hears_from_us_more_than_once(name: str, table: dict[str, tuple[int, int]]) -> None:
    """An alert to our own people is a message besides the answer."""
    alerts = name in ("engine, itself by an alert", "engine, an address that is gone")
    assert table[name][0] <= (2 if alerts else 1)


def test_the_docs_show_the_table() -> None:
    page = Path(__file__).parents[2] / "docs" / "explanation" / "answers.md"
    assert f"```text\n{GOLDEN.read_text('utf-8')}```" in page.read_text("utf-8")
