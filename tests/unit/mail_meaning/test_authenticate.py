"""Whose word on the sender counts (SECURITY.md: forged Authentication-Results, no results)."""

from __future__ import annotations

import time

import pytest

from postroom.mail.authenticate import authenticate
from postroom.mail.read import read
from postroom.model.message import Auth

TRUSTED = ("mx.desk.example",)
PASS = (
    "mx.desk.example; spf=pass smtp.mailfrom=x.example; dkim=pass header.d=x.example;"
    " dmarc=pass header.from=x.example"
)
INSIDE = "from mx.desk.example (mx.desk.example [192.0.2.9]) by box.desk.example with LMTP; Mon"
BORDER = "from mail.x.example (mail.x.example [198.51.100.7]) by mx.desk.example with ESMTPS; Mon"
FOREIGN = "from pc.x.example (pc.x.example [198.51.100.8]) by mail.x.example with ESMTPSA; Mon"


def auth(
    *fields: tuple[str, str],
    sender: str = "Ann <ann@x.example>",
    trusted: tuple[str, ...] = TRUSTED,
) -> Auth:
    lines = [*fields, ("From", sender), ("To", "desk@desk.example"), ("Subject", "Hello")]
    raw = "".join(f"{name}: {value}\r\n" for name, value in lines) + "\r\nHello\r\n"
    return authenticate(read(raw.encode()), trusted)


def results(value: str) -> tuple[str, str]:
    return "Authentication-Results", value


def received(value: str) -> tuple[str, str]:
    return "Received", value


def test_a_trusted_field_is_believed() -> None:
    found = auth(results(PASS), received(BORDER))
    assert found.aligned
    assert (found.spf.result, found.dkim.result, found.dmarc.result) == ("pass", "pass", "pass")
    assert found.dkim.domains == ("x.example",)
    assert found.evidence.startswith("Authentication-Results: mx.desk.example")


def test_steps_inside_our_walls_may_stand_above_it() -> None:
    assert auth(received(INSIDE), results(PASS), received(BORDER)).aligned


@pytest.mark.parametrize(
    "spelled", ["MX.Desk.Example", '"mx.desk.example"', "(c) mx.desk.example (d) 1"]
)
def test_the_name_may_be_spelled_in_any_way(spelled: str) -> None:
    assert auth(results(PASS.replace("mx.desk.example", spelled)), received(BORDER)).aligned


def test_our_own_id_forged_below_the_border_is_ignored() -> None:
    found = auth(received(BORDER), results(PASS), received(FOREIGN))
    assert not found.aligned
    assert found.dmarc.result == "none"
    assert "stands below" in found.evidence


def test_our_own_id_forged_twice_is_ignored() -> None:
    fail = PASS.replace("dmarc=pass", "dmarc=fail")
    found = auth(results(fail), received(BORDER), results(PASS), received(FOREIGN), results(PASS))
    assert found.dmarc.result == "fail"
    assert not found.aligned


def test_only_the_topmost_counts() -> None:
    fail = PASS.replace("dmarc=pass", "dmarc=fail")
    assert auth(results(fail), results(PASS), received(BORDER)).dmarc.result == "fail"


def test_other_servers_are_ignored() -> None:
    found = auth(results(PASS.replace("mx.desk", "mx.evil")), received(BORDER))
    assert found.dmarc.result == "none"
    assert not found.aligned


@pytest.mark.parametrize(
    "forged",
    [
        'mx.desk.example; spf=fail reason="; dmarc=pass header.from=x.example"',
        "mx.desk.example; spf=fail (; dmarc=pass header.from=x.example)",
        "mx.desk.example; dmarc=none (dmarc=pass) header.from=x.example",
        'mx.desk.example; spf=fail smtp.mailfrom="; dmarc=pass header.from=x.example"@y.example',
        "mx.desk.example; spf=fail smtp.mailfrom==?utf-8?q?=3B_dmarc=3Dpass_header.from=3Dx?=",
    ],
)
def test_results_in_comments_quotes_and_encoded_words_never_count(forged: str) -> None:
    found = auth(results(forged), received(BORDER))
    assert not found.aligned
    assert found.dmarc.result in ("none", "fail")


@pytest.mark.parametrize(
    ("sender", "field"),
    [
        ("Ann <ann@evil.example>", PASS),
        ("Ann <ann@sub.x.example>", PASS),
        ("a@x.example <b@evil.example>", PASS),
        ("a@x.example, b@x.example", PASS),
        ("Ann <ann@x.example>", PASS.replace(" header.from=x.example", "")),
        ("Ann <ann@x.example>", PASS + "; dmarc=fail header.from=x.example"),
    ],
)
def test_not_aligned_unless_dmarc_passed_for_the_one_clean_from(sender: str, field: str) -> None:
    assert not auth(results(field), received(BORDER), sender=sender).aligned


def test_domains_compare_in_their_ascii_form() -> None:
    field = PASS.replace("header.from=x.example", "header.from=xn--bcher-kva.example")
    assert auth(results(field), received(BORDER), sender="Ann <ann@bücher.example>").aligned


def test_two_from_fields_are_never_aligned() -> None:
    assert not auth(results(PASS), received(BORDER), ("From", "Bob <bob@x.example>")).aligned


def test_no_results_are_none_and_never_pass() -> None:
    found = auth(received(BORDER))
    assert found == Auth(evidence=found.evidence)
    assert "no Authentication-Results field" in found.evidence


def test_nobody_trusted_means_nobody_believed() -> None:
    found = auth(results(PASS), received(BORDER), trusted=())
    assert found.dmarc.result == "none"
    assert "trust_results_from" in found.evidence


@pytest.mark.parametrize(
    "border",
    [
        "from mx.desk.example (unknown [198.51.100.7]) by mx.desk.example with ESMTP; Mon",
        "from mx.desk.example ([198.51.100.7]) by mx.desk.example (8.15.2)",
        "from [198.51.100.7] (helo=mx.desk.example) by mx.desk.example with esmtp",
        "from mail.x.example ([198.51.100.7] helo=mx.desk.example) by mx.desk.example",
        "from unknown (HELO mx.desk.example) (198.51.100.7) by mx.desk.example with SMTP; Mon",
        "from mx.desk.example (mail.x.example [198.51.100.7]) by mx.desk.example (Postfix)",
        "from evil.example (198.51.100.7) by mx.desk.example",
    ],
    ids=["postfix unknown", "sendmail", "exim no name", "exim", "qmail", "postfix", "plain"],
)
def test_a_client_that_calls_itself_one_of_us_is_still_outside(border: str) -> None:
    assert not auth(received(border), results(PASS)).aligned


@pytest.mark.parametrize(
    "step",
    [
        "from localhost (localhost [127.0.0.1]) by mx.desk.example (Postfix) with ESMTP id 1; Mon",
        "from relay (unknown [10.0.0.5]) by mx.desk.example (Postfix) with ESMTP id 1; Mon",
        "by 2002:a05:6000:18c1:0:0:0:0 with SMTP id 1; Mon",
        "from mx.desk.example by box.desk.example with LMTP id 1; Mon",
    ],
    ids=["localhost", "private address", "no client", "lmtp"],
)
def test_steps_that_are_inside(step: str) -> None:
    assert auth(received(step), results(PASS), received(BORDER)).aligned


def test_gmail_is_believed_by_the_copy_that_it_writes_above_its_border() -> None:
    border = "from mail.x.example (mail.x.example. [198.51.100.7]) by mx.google.example; Mon"
    says = "mx.google.example; dmarc=pass (p=NONE) header.from=x.example"
    fields = [
        received("by 2002:a05:6000:18c1:0:0:0:0 with SMTP id 1; Mon"),
        ("ARC-Authentication-Results", f"i=1; {says}"),
        received(border),
        results(says),
    ]
    assert auth(*fields, trusted=("mx.google.example",)).aligned
    without_copy = auth(fields[0], *fields[2:], trusted=("mx.google.example",))
    assert not without_copy.aligned


def test_microsoft_leaves_its_name_out_and_is_known_by_its_place() -> None:
    inside = "from A.prod.outlook.example (2603:10a6::15) by B.prod.outlook.example with HTTPS; Mon"
    border = (
        "from mail.x.example (198.51.100.7) by C.mail.protection.outlook.example (10.1.2.3); Mon"
    )
    says = (
        "spf=pass (sender IP is 198.51.100.7) smtp.mailfrom=x.example; dmarc=pass action=none"
        " header.from=x.example;compauth=pass reason=100"
    )
    trusted = ("protection.outlook.example", "outlook.example")
    assert auth(received(inside), results(says), received(border), trusted=trusted).aligned
    assert not auth(received(border), results(says), trusted=trusted).aligned
    assert not auth(results(says), received(BORDER), trusted=trusted).aligned


def test_arc_is_told_by_the_trusted_field() -> None:
    found = auth(results(PASS + "; arc=pass (i=1)"), received(BORDER))
    assert found.arc.result == "pass"


def test_a_message_of_thousands_of_fields_is_read_in_time() -> None:
    flood = [received("from " + "(" * 400 + " by mx.desk.example")] * 400
    started = time.process_time()
    auth(*flood, results(PASS))
    assert time.process_time() - started < 1
