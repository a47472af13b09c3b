"""The grammar of Authentication-Results (RFC 8601)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.mail.results import read_results


def told(value: str) -> list[tuple[str, str]]:
    found = read_results(value)
    return [(each.method, each.result) for each in found.results] if found else []


def test_the_examples_of_the_standard() -> None:
    found = read_results(
        "example.com; auth=pass (cram-md5) smtp.auth=sender@example.net;"
        ' spf=pass smtp.mailfrom=example.net; dkim=pass reason="good signature"'
        ' header.i=@mail-router.example.net; dkim=fail reason="bad signature" header.i=@x.example'
    )
    assert found is not None
    assert found.authserv_id == "example.com"
    assert [each.result for each in found.of("dkim")] == ["pass", "fail"]
    assert found.of("dkim")[0].reason == "good signature"
    assert found.of("dkim")[0].properties == {"header.i": "@mail-router.example.net"}
    assert found.of("auth")[0].properties == {"smtp.auth": "sender@example.net"}


def test_none_at_all() -> None:
    found = read_results("example.org 1; none")
    assert found is not None
    assert (found.authserv_id, found.results) == ("example.org", ())


def test_comments_and_blanks_stand_anywhere() -> None:
    found = read_results(
        "foo.example.net (foobar) 1 (baz); dkim (Because I like it) / 1 (One yay) = (wait) fail"
        " policy (A dot can go here) . (like that) expired (this surprised me) = (as I thought) 12"
    )
    assert found is not None
    assert found.authserv_id == "foo.example.net"


def test_comments_stand_around_results() -> None:
    assert told("MX.example (c (d)) ; dmarc = (x) pass (p=none; dmarc=fail) header.from = y") == [
        ("dmarc", "pass")
    ]


def test_a_comment_right_behind_a_domain_makes_the_result_worthless() -> None:
    assert told("mx.example; dmarc=pass(p=none) header.from=y") == [("dmarc", "pass")]
    assert told("mx.example; dmarc=pass header.from=good.example(.evil.example); spf=pass") == [
        ("spf", "pass")
    ]
    assert told('mx.example; dkim=pass header.i="a"@good.example(.evil.example)') == []
    assert told("mx.example; dmarc=(x)pass header.from=(x)y") == [("dmarc", "pass")]


@pytest.mark.parametrize(
    "value",
    [
        'mx.example; spf=fail reason="x; dmarc=pass header.from=y.example"',
        "mx.example; spf=fail (; dmarc=pass) smtp.mailfrom=y.example",
        'mx.example; spf=fail smtp.mailfrom="; dmarc=pass"@y.example',
        'mx.example; spf=fail reason="\\"; dmarc=pass"',
        "mx.example; spf=fail reason=dmarc=pass",
        'mx.example; "dmarc"=pass',
        'mx.example; dmarc="pass"',
        "mx.example; x.dmarc=pass",
    ],
)
def test_what_is_quoted_or_commented_says_nothing_about_dmarc(value: str) -> None:
    assert ("dmarc", "pass") not in told(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        ";",
        "mx.example (unended; dmarc=pass",
        'mx.example; spf="unended; dmarc=pass',
        ") mx; dmarc=pass",
        "mx.example something; dmarc=pass",
        "(" * 50 + ")" * 50 + "mx; dmarc=pass",
    ],
)
def test_a_malformed_field_is_not_read(value: str) -> None:
    assert read_results(value) is None


def test_a_server_that_leaves_its_name_out() -> None:
    found = read_results(
        "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=y; dmarc=pass header.from=y"
    )
    assert found is not None
    assert found.authserv_id == ""
    assert [each.method for each in found.results] == ["spf", "dmarc"]


def test_the_instance_of_arc_is_passed_over() -> None:
    found = read_results("i=1; mx.example; dmarc=pass header.from=y")
    assert found is not None
    assert found.authserv_id == "mx.example"


@given(st.text(alphabet='();="\\ ad.mrc=pas', max_size=80))
def test_nothing_makes_it_raise(value: str) -> None:
    read_results(value)


def test_floods_cost_no_time() -> None:
    started = time.process_time()
    for flood in ("(" * 60_000, '"' * 60_000, "a=" * 30_000, ";" * 60_000, "a=b " * 15_000):
        read_results(flood)
    assert time.process_time() - started < 0.2
