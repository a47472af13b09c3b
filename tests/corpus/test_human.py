"""Ordinary mail of people, in the shapes of their programs: never a bounce, never an answer."""

from __future__ import annotations

from dataclasses import dataclass
from email.header import Header
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from postroom.mail.read import read

HERE = Path(__file__).parent / "human"
QUOTED = "Dear customer,\n\nplease tell us a little more about it.\n\nYour service desk"
DESK = ("Service Desk", "help@desk.example")


@dataclass(frozen=True)
class Letter:
    """One message, and what is the author's own in it."""

    title: str
    raw: bytes
    text: str


def load(name: str) -> list[dict[str, Any]]:
    return list(YAML(typ="safe").load((HERE / name).read_text(encoding="utf-8")))


def in_language(value: Any, language: str) -> Any:
    """Return what a program says in a language; what it says in all of them is no mapping."""
    return value.get(language) if isinstance(value, dict) else value


def quotation(program: dict[str, Any], language: str, subject: str) -> str:
    """Return the quoted mail with what stands above it, or "" if the program lacks the language."""
    name, address = DESK
    quoted = "\n".join(f"{program['mark']}{line}".rstrip() for line in QUOTED.split("\n"))
    above = in_language(program.get("above", {}), language)
    if above:
        gap = "\n\n" if program.get("gap") else "\n"
        return f"{above.format(name=name, address=address)}{gap}{quoted}"
    labels = in_language(program.get("block", {}), language)
    if not labels:
        return ""
    values = iter((f"{name} <{address}>", "customer@customer.example", f"Re: {subject}"))
    block = [label if label[-1].isdigit() or label[-1] != ":" else f"{label} {next(values)}"
             for label in labels]  # fmt: skip
    rule = in_language(program.get("rule", ""), language)
    return "\n".join([*([rule] if rule else []), *block, "", quoted])


def compose(letter: dict[str, Any], program: dict[str, Any], *, answer: bool) -> Letter | None:
    language = letter["lang"]
    quoted = quotation(program, language, letter["subject"]) if answer else ""
    if answer and not quoted:
        return None
    signed = "\n\n".join(
        filter(None, (letter["closing"], in_language(program.get("sign"), language)))
    )
    own = f"{letter['text']}\n\n{signed}" if signed else letter["text"]
    body = f"{quoted}\n\n{own}" if program.get("bottom") and quoted else f"{own}\n\n{quoted}"
    prefix = "Re: " if answer else ""
    address = letter.get("address") or f"{letter['name'].split()[0].lower()}@customer.example"
    fields = {
        "Return-Path": f"<{address}>",
        "From": f"{Header(letter['name'], 'utf-8').encode()} <{address}>",
        "To": f"{DESK[0]} <{DESK[1]}>",
        "Subject": Header(prefix + letter["subject"], "utf-8").encode(),
        "Date": "Mon, 4 Mar 2024 11:00:00 +0100",
        "Message-ID": "<m1@customer.example>",
        **program["header"],
        **letter.get("headers", {}),
        **({"In-Reply-To": "<d1@desk.example>"} if answer else {}),
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    }
    header = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    raw = (header + "\r\n" + body).replace("\r\n", "\n").replace("\n", "\r\n").encode()
    title = f"{program['program']}, {language}, {letter['subject']}{', answer' if answer else ''}"
    return Letter(title, raw, letter["text"])


def letters() -> list[Letter]:
    """Return each letter from every third program, as a new mail and as an answer."""
    programs = load("programs.yaml")
    found = []
    for place, letter in enumerate(load("letters.yaml")):
        for turn, program in enumerate(programs):
            if (place + turn) % 3 == 0 or turn < 4:
                for answer in (False, True):
                    composed = compose(letter, program, answer=answer)
                    if composed is not None and (answer or turn % 2 == place % 2):
                        found.append(composed)
    return found


LETTERS = letters()


def test_there_are_enough_of_them() -> None:
    assert len(LETTERS) >= 150


def test_no_letter_is_a_bounce_or_an_automatic_answer() -> None:
    wrong = [
        each.title
        for each in LETTERS
        if read(each.raw).class_ in ("bounce", "auto_reply", "report")
    ]
    assert wrong == []


def test_hardly_any_letter_is_misjudged_at_all() -> None:
    wrong = [each.title for each in LETTERS if read(each.raw).class_ != "human"]
    assert len(wrong) <= 0.01 * len(LETTERS), wrong


@pytest.mark.parametrize("letter", LETTERS, ids=lambda each: each.title)
def test_the_author_s_own_words_are_the_reply(letter: Letter) -> None:
    assert read(letter.raw).body.reply == letter.text
