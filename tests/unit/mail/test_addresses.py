"""Address fields, and the form in which addresses are compared."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from postroom.mail.addresses import canonical, read_addresses
from postroom.mail.defects import Defects
from postroom.mail.header.address_scanner import cut_comments
from postroom.mail.limits import LIMITS
from postroom.mail.read import read

CASES = YAML(typ="safe").load((Path(__file__).parent / "addresses.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["raw"] for case in CASES])
def test_a_field_is_read(case: dict[str, Any]) -> None:
    found = read_addresses(case["raw"], LIMITS, Defects())
    assert [[m.display_name, m.addr_spec] for m in found.mailboxes] == case["addresses"]
    odd = [what for what in found.oddities if what not in ("a group", "no address")]
    assert bool(odd) is case.get("odd", False), odd


def test_two_fields_of_recipients_make_one_list() -> None:
    message = read(b"To: a@b.example\nTo: c@d.example\n\n")
    assert [mailbox.addr_spec for mailbox in message.to] == ["a@b.example", "c@d.example"]
    assert ("duplicate_field", "to") in {(d.code, d.detail) for d in message.defects}


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Ann@Good.Example", "ann@good.example"),
        ("ann@grün.example", "ann@xn--grn-ioa.example"),
        ("ANN@GRÜN.EXAMPLE", "ann@xn--grn-ioa.example"),
        ("ann@xn--grn-ioa.example", "ann@xn--grn-ioa.example"),
        ("ann@straße.example", "ann@xn--strae-oqa.example"),
        ("ann@例え\u3002テスト", "ann@xn--r8jz45g.xn--zckzah"),
        ("\uff21nn@good.example", "ann@good.example"),
        ("ann@good\uff0eexample", "ann@good.example"),
        ("a+b@good.example", "a+b@good.example"),
        ("a.b@good.example", "a.b@good.example"),
        ("ü@good.example", "ü@good.example"),
        ("u\u0308@good.example", "ü@good.example"),
        ("ann", "ann"),
        ("", ""),
    ],
)
def test_addresses_are_compared_in_one_form(written: str, compared: str) -> None:
    assert canonical(written) == compared


def test_sharp_s_is_not_two_letters() -> None:
    assert canonical("a@straße.example") != canonical("a@strasse.example")


@given(st.text(max_size=100))
def test_the_form_is_its_own_form(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


@given(st.text(alphabet='ab@.<>()",;:\\ =?utf-8q\xe9\x00\v', max_size=200))
def test_no_value_breaks_the_reader(value: str) -> None:
    read_addresses(value, LIMITS, Defects())


def test_comments_are_cut() -> None:
    assert cut_comments("no (not (even) this); x") == "no ; x"


@pytest.mark.parametrize("piece", ["(", "<", '"', ",", ":", ";", "a@b,", "(a)", "=?", '"a" ', "\\"])
def test_the_cost_grows_with_the_length_alone(piece: str) -> None:
    def cost(size: int) -> float:
        value = piece * (size // len(piece))
        started = time.process_time()
        read_addresses(value, LIMITS, Defects())
        return time.process_time() - started

    small, large = min(cost(16_000) for _ in range(3)), min(cost(64_000) for _ in range(3))
    assert large < 12 * small + 0.01
