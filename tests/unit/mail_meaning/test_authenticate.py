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
        "from localhost (198.51.100.7) by mx.desk.example with SMTP; Mon",
        "from localhost (localhost [198.51.100.7]) by mx.desk.example with SMTP; Mon",
        "from mx.desk.example (unknown [198.51.100.7]) by mx.desk.example with ESMTP; Mon",
        "from mx.desk.example ([198.51.100.7]) by mx.desk.example (8.15.2)",
        "from [198.51.100.7] (helo=mx.desk.example) by mx.desk.example with esmtp",
        "from mail.x.example ([198.51.100.7] helo=mx.desk.example) by mx.desk.example",
        "from unknown (HELO mx.desk.example) (198.51.100.7) by mx.desk.example with SMTP; Mon",
        "from mx.desk.example (mail.x.example [198.51.100.7]) by mx.desk.example (Postfix)",
        "from evil.example (198.51.100.7) by mx.desk.example",
    ],
    ids=[
        "localhost",
        "localhost looked up",
        "postfix unknown",
        "sendmail",
        "exim no name",
        "exim",
        "qmail",
        "postfix",
        "plain",
    ],
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


@pytest.mark.parametrize("word", ["google", "mx.google.com"])
def test_google_is_believed_by_the_copy_that_it_writes_above_its_border(word: str) -> None:
    border = "from mail.x.example (mail.x.example. [198.51.100.7]) by mx.google.com; Mon"
    says = "mx.google.com; dmarc=pass (p=NONE) header.from=x.example"
    fields = [
        received("by 2002:a05:6000:18c1:0:0:0:0 with SMTP id 1; Mon"),
        ("ARC-Authentication-Results", f"i=1; {says}"),
        received(border),
        results(says),
    ]
    assert auth(*fields, trusted=(word,)).aligned
    assert not auth(fields[0], *fields[2:], trusted=(word,)).aligned


def test_what_comes_from_somebody_elses_mailbox_at_google_comes_from_outside() -> None:
    border = "from mail-1.google.com (mail-1.google.com. [198.51.100.7]) by mx.google.com; Mon"
    forged = ("ARC-Authentication-Results", "i=1; mx.google.com; dmarc=pass header.from=x.example")
    below = (received(border), forged, received("by mail-1.google.com with SMTP id 1; Mon"))
    assert not auth(*below, trusted=("google",)).aligned


OUTLOOK = "from A.prod.outlook.com (2603:10a6::15) by B.prod.outlook.com with HTTPS; Mon"
FRONT = "from mail.x.example (198.51.100.7) by C.mail.protection.outlook.com (10.1.2.3); Mon"
OUTLOOK_SAYS = (
    "spf=pass (sender IP is 198.51.100.7) smtp.mailfrom=x.example; dmarc=pass action=none"
    " header.from=x.example;compauth=pass reason=100"
)


@pytest.mark.parametrize("word", ["microsoft365", "protection.outlook.com"])
def test_microsoft_leaves_its_name_out_and_is_known_by_its_place(word: str) -> None:
    says = results(OUTLOOK_SAYS)
    assert auth(received(OUTLOOK), says, received(FRONT), trusted=(word,)).aligned
    assert not auth(received(FRONT), says, trusted=(word,)).aligned
    assert not auth(says, received(BORDER), trusted=(word,)).aligned


def test_who_calls_itself_a_server_of_microsofts_from_elsewhere_is_outside() -> None:
    step = "from A.prod.outlook.com (198.51.100.7) by C.mail.protection.outlook.com (10.1.2.3); Mon"
    below = (received(step), results(OUTLOOK_SAYS), received(FRONT))
    assert not auth(*below, trusted=("microsoft365",)).aligned


def test_only_microsoft_may_leave_its_name_out() -> None:
    assert not auth(results(OUTLOOK_SAYS), received(BORDER)).aligned


def test_fastmail_has_many_names_and_hosts_of_its_own_inside() -> None:
    mx = "mx5.messagingengine.com"
    fields = [
        received("from compute6.internal (compute6.nyi.internal [10.202.2.47]) by sloti17; Mon"),
        received(f"from {mx} (localhost [127.0.0.1]) by mailmx.nyi.internal (Postfix); Mon"),
        results(PASS.replace("mx.desk.example", mx)),
        received(f"from mail.x.example (mail.x.example [198.51.100.7]) by {mx} (Postfix); Mon"),
    ]
    assert auth(*fields, trusted=("fastmail",)).aligned
    out = f"from out4.messagingengine.com (out4.messagingengine.com [198.51.100.9]) by {mx}; Mon"
    assert not auth(received(out), *fields[2:], trusted=("fastmail",)).aligned


SEALERS = ("lists.example",)
FORWARDED = "mx.desk.example; dmarc=fail header.from=x.example; arc=pass"
PASSED = "mx.lists.example; dmarc=pass header.from=x.example"


def arc_set(number: int, sealer: str, says: str) -> list[tuple[str, str]]:
    return [
        ("ARC-Seal", f"i={number}; a=rsa-sha256; d={sealer}; s=s1; cv=none; b=AA=="),
        ("ARC-Authentication-Results", f"i={number}; {says}"),
    ]


def forwarded(
    *sets: tuple[str, str], says: str = FORWARDED, sender: str = "Ann <ann@x.example>"
) -> Auth:
    fields = [("From", sender), ("To", "desk@desk.example")]
    lines = [results(says), received(BORDER), *sets, *fields]
    raw = "".join(f"{name}: {value}\r\n" for name, value in lines) + "\r\nHello\r\n"
    return authenticate(read(raw.encode()), TRUSTED, SEALERS)


def test_a_trusted_sealer_vouches_for_what_it_had_seen() -> None:
    found = forwarded(*arc_set(1, "lists.example", PASSED))
    assert (found.vouched, found.aligned, found.arc.result) == (True, False, "pass")
    assert found.arc.domains == ("lists.example",)
    assert "lists.example vouches for it: ARC set 1 says that DMARC passed" in found.evidence


def test_a_trusted_sealer_hands_on_the_word_of_one_before_it() -> None:
    before = arc_set(1, "lists.example", PASSED)
    after = arc_set(2, "lists.example", "mx.lists.example; dmarc=fail; arc=pass")
    assert forwarded(*after, *before).vouched


@pytest.mark.parametrize(
    ("case", "sets"),
    {
        "another sealer": arc_set(1, "evil.example", PASSED),
        "below a sealer": arc_set(1, "sub.lists.example", PASSED),
        "it failed there as well": arc_set(1, "lists.example", PASSED.replace("pass", "fail")),
        "it passed for another domain": arc_set(
            1, "lists.example", "mx.lists.example; dmarc=pass header.from=evil.example"
        ),
        "a quoted reason": arc_set(1, "lists.example", f'mx; spf=fail reason="; {PASSED}"'),
        "a stranger in between": [
            *arc_set(2, "evil.example", "mx.evil.example; dmarc=fail; arc=pass"),
            *arc_set(1, "lists.example", PASSED),
        ],
        "a broken chain below": [
            *arc_set(2, "lists.example", "mx.lists.example; dmarc=fail; arc=fail"),
            *arc_set(1, "lists.example", PASSED),
        ],
        "a number twice": [
            *arc_set(1, "evil.example", PASSED),
            *arc_set(1, "lists.example", PASSED),
        ],
        "a number left out": arc_set(2, "lists.example", PASSED),
        "no seal": arc_set(1, "lists.example", PASSED)[1:],
        "no results": arc_set(1, "lists.example", PASSED)[:1],
        "an encoded sealer": arc_set(1, "=?utf-8?q?lists.example?=", PASSED),
        "nothing": [],
    }.items(),
    ids=str,
)
def test_nobody_vouches_unless(case: str, sets: list[tuple[str, str]]) -> None:
    assert not forwarded(*sets).vouched, case


def test_a_chain_counts_only_if_a_trusted_server_found_it_whole() -> None:
    for result in ("fail", "none", "temperror"):
        says = FORWARDED.replace("arc=pass", f"arc={result}")
        assert not forwarded(*arc_set(1, "lists.example", PASSED), says=says).vouched


def test_nobody_vouches_for_a_sender_whom_nobody_can_tell() -> None:
    sets = arc_set(1, "lists.example", PASSED)
    assert not forwarded(*sets, sender="ann@x.example, bob@x.example").vouched


def test_what_was_checked_here_is_read_like_any_other_results() -> None:
    raw = b"From: Ann <ann@x.example>\r\nTo: desk@desk.example\r\n\r\nHello\r\n"
    message = read(raw)
    here = "postroom; dkim=pass header.d=x.example; dmarc=pass header.from=x.example"
    assert authenticate(message, (), checked_here=here).aligned
    assert not authenticate(message, (), checked_here=here.replace("=x.", "=y.")).aligned
    assert not authenticate(message, (), checked_here="postroom; dmarc=temperror").aligned
    assert authenticate(message, (), checked_here="; ;").evidence == (
        "what was checked here cannot be read"
    )


def test_a_message_of_thousands_of_fields_is_read_in_time() -> None:
    flood = [received("from " + "(" * 400 + " by mx.desk.example")] * 400
    started = time.process_time()
    auth(*flood, results(PASS))
    assert time.process_time() - started < 1
