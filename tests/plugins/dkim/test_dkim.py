"""Real signatures, checked against a DNS that a test makes up."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from postroom.mail.authenticate import authenticate
from postroom.mail.read import read
from postroom.mail.results import read_results
from postroom.model.settings import ByteSize
from postroom_dkim.authenticator import DkimAuthenticator
from postroom_dkim.dmarc import evaluate, tree_walk
from postroom_dkim.dns import Questions, Unanswered
from postroom_dkim.settings import DkimSettings

MAIL = (
    b"From: Ann <ann@good.example>\r\nTo: desk@desk.example\r\nSubject: Light\r\n"
    b"Message-ID: <1@good.example>\r\n\r\nIt stays dark.\r\n"
)


@cache
def key(number: int = 0) -> tuple[bytes, bytes]:
    """Return a private key as PEM, and the record with the public one."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=1024 + 8 * number)
    pem = made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = made.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem, b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


@dataclass
class Stub:
    """A DNS: names to texts. A name that is None is not answered."""

    names: dict[str, list[bytes] | None] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def texts(self, name: str, within: float) -> list[bytes]:
        assert within > 0
        self.asked.append(name)
        found = self.names.get(name, [])
        if found is None:
            raise Unanswered(name)
        return found


def world(**changes: list[bytes] | None) -> Stub:
    names: dict[str, list[bytes] | None] = {
        "s1._domainkey.good.example": [key()[1]],
        "s1._domainkey.evil.example": [key()[1]],
        "s1._domainkey.mail.good.example": [key()[1]],
        "s1._domainkey.lists.example": [key()[1]],
        "_dmarc.good.example": [b"v=DMARC1; p=reject"],
    }
    return Stub(names | {name.replace("__", "."): found for name, found in changes.items()})


def signed(domain: str = "good.example", raw: bytes = MAIL, **options: object) -> bytes:
    usual = {"include_headers": [b"from", b"to", b"subject", b"message-id"]}
    made = dkim.sign(raw, b"s1", domain.encode(), key()[0], **usual | options)
    assert isinstance(made, bytes)
    return made + raw


def check(raw: bytes, dns: Stub | None = None, domain: str = "good.example") -> str:
    return DkimAuthenticator(DkimSettings(), dns or world()).check(raw, domain)


def aligned(raw: bytes, dns: Stub | None = None) -> bool:
    message = read(raw)
    return authenticate(message, (), checked_here=check(raw, dns, message.from_.domain)).aligned


def test_a_signature_of_the_senders_domain_makes_it_aligned() -> None:
    assert check(signed()) == (
        "postroom; dkim=pass header.d=good.example header.s=s1; arc=none;"
        " dmarc=pass header.from=good.example"
    )
    assert aligned(signed())


def test_without_a_signature_nothing_passes() -> None:
    assert check(MAIL) == "postroom; arc=none; dmarc=fail header.from=good.example"


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"dark", b"bright"), (b"Subject: Light", b"Subject: Lights"), (b"ann@", b"eve@")],
)
def test_what_was_changed_on_the_way_does_not_pass(old: bytes, new: bytes) -> None:
    changed = signed().replace(old, new, 1)
    assert "dkim=fail" in check(changed)
    assert not aligned(changed)


def test_a_signature_of_another_domain_is_no_proof() -> None:
    raw = signed("evil.example")
    assert "dkim=pass header.d=evil.example" in check(raw)
    assert "dmarc=fail" in check(raw)
    assert not aligned(raw)


def test_one_good_signature_among_several_is_enough() -> None:
    raw = signed(raw=signed("evil.example"))
    assert aligned(raw)


def test_a_second_from_field_is_never_aligned() -> None:
    """DKIM holds, for the field nearest to the body is signed: the reader sees two."""
    raw = b"From: eve@evil.example\r\n" + signed()
    assert not authenticate(read(raw), (), checked_here=check(raw)).aligned


def test_a_signature_over_a_part_of_the_body_does_not_count() -> None:
    raw = signed(length=True) + b"And send the money.\r\n"
    assert "dkim=policy" in check(raw)
    assert not aligned(raw)


def test_sha1_does_not_count() -> None:
    assert "dkim=policy" in check(signed().replace(b"a=rsa-sha256", b"a=rsa-sha1"))


@pytest.mark.parametrize(
    "gone", ["s1._domainkey.good.example", "_dmarc.good.example"], ids=["key", "policy"]
)
def test_a_silent_dns_is_temperror_and_never_a_pass(gone: str) -> None:
    dns = world(**{gone: None})
    assert "dmarc=temperror" in check(signed(), dns)
    assert not aligned(signed(), dns)


@pytest.mark.parametrize(
    "record",
    [[], [b"v=DKIM1; p="], [b"nonsense"], [b"x" * 9_000], [b"\xff\xfe"]],
    ids=["none", "revoked", "nonsense", "huge", "bytes"],
)
def test_without_a_usable_key_nothing_passes(record: list[bytes]) -> None:
    found = check(signed(), world(s1___domainkey__good__example=record))
    assert "dkim=pass" not in found
    assert "dmarc=fail" in found


def test_two_keys_under_one_name_are_none() -> None:
    dns = world(s1___domainkey__good__example=[key()[1], key()[1]])
    assert "dkim=pass" not in check(signed(), dns)


def test_without_a_policy_there_is_no_dmarc() -> None:
    dns = world(_dmarc__good__example=[])
    assert "dmarc=none" in check(signed(), dns)
    assert not aligned(signed(), dns)


@pytest.mark.parametrize(
    ("policy", "result"), [(b"v=DMARC1; p=none", "pass"), (b"v=DMARC1; p=none; adkim=s", "fail")]
)
def test_a_domain_of_the_same_organization_is_aligned_unless_the_policy_is_strict(
    policy: bytes, result: str
) -> None:
    dns = world(_dmarc__good__example=[policy])
    assert f"dmarc={result}" in check(signed("mail.good.example"), dns)


@pytest.mark.parametrize(
    ("records", "domain", "organization"),
    [
        ({"_dmarc.a.example": b"v=DMARC1"}, "x.y.a.example", "a.example"),
        ({"_dmarc.a.example": b"v=DMARC1", "_dmarc.y.a.example": b"v=DMARC1"}, "x.y.a.example",
         "a.example"),
        ({"_dmarc.y.a.example": b"v=DMARC1; psd=n", "_dmarc.a.example": b"v=DMARC1"},
         "x.y.a.example", "y.a.example"),
        ({"_dmarc.example": b"v=DMARC1; psd=y"}, "x.a.example", "a.example"),
        ({"_dmarc.example": b"v=DMARC1; psd=y"}, "example", "example"),
        ({}, "x.a.example", "x.a.example"),
    ],
)  # fmt: skip
def test_the_organization_is_found_by_walking_up_the_tree(
    records: dict[str, bytes], domain: str, organization: str
) -> None:
    dns = Stub({name: [text] for name, text in records.items()})
    assert tree_walk(domain, Questions(dns, 5)).organization == organization


def test_a_long_name_costs_eight_questions() -> None:
    dns = Stub()
    tree_walk(".".join("abcdefghijklmnop"), Questions(dns, 5))
    assert len(dns.asked) == 8


def test_two_policies_are_none() -> None:
    dns = Stub({"_dmarc.good.example": [b"v=DMARC1; p=none", b"v=DMARC1; p=reject"]})
    assert evaluate("good.example", ["good.example"], Questions(dns, 5)) == "none"


def test_all_questions_of_a_message_share_one_limit_of_time() -> None:
    clock = iter((0.0, 1.0, 4.9, 5.1))
    questions = Questions(Stub(), 5, monotonic=lambda: next(clock))
    questions.texts("a.example")
    questions.texts("b.example")
    with pytest.raises(Unanswered):
        questions.texts("c.example")
    assert questions.unanswered
    assert questions.texts("a.example") == []


def test_whoever_writes_a_message_does_not_make_us_ask_without_end() -> None:
    raw = MAIL
    for number in range(100):
        field = f"DKIM-Signature: v=1; a=rsa-sha256; d=d{number}.example; s=s; h=from; bh=; b=AA"
        raw = field.encode() + b"\r\n" + raw
    dns = world()
    check(raw, dns)
    assert len(dns.asked) < 40


def sealed(raw: bytes, result: bytes = b"pass") -> bytes:
    raw = (
        b"Authentication-Results: mx.lists.example; dmarc=%s header.from=good.example\r\n" % result
        + raw
    )
    made = dkim.arc_sign(raw, b"s1", b"lists.example", key()[0], b"mx.lists.example")
    return b"".join(made) + raw


def test_a_chain_that_is_whole_lets_a_trusted_sealer_vouch() -> None:
    raw = sealed(MAIL)
    found = check(raw)
    assert "arc=pass" in found
    auth = authenticate(read(raw), (), ("lists.example",), found)
    assert (auth.aligned, auth.vouched) == (False, True)
    assert not authenticate(read(raw), (), ("other.example",), found).vouched


def test_a_chain_that_was_tampered_with_is_not_whole() -> None:
    raw = sealed(MAIL, b"fail").replace(b"dmarc=fail", b"dmarc=pass")
    assert "arc=fail" in check(raw)
    assert not authenticate(read(raw), (), ("lists.example",), check(raw)).vouched


def test_a_chain_whose_key_cannot_be_asked_for_is_temperror() -> None:
    assert "arc=temperror" in check(sealed(MAIL), world(s1___domainkey__lists__example=None))


def test_what_a_signature_says_of_itself_cannot_forge_results() -> None:
    sign = signed().replace(b"d=good.example", b"d=x;dmarc=pass header.from=good.example")
    results = read_results(check(sign))
    assert results is not None
    assert [each.result for each in results.of("dmarc")] == ["fail"]


RELAXED: dict[str, Any] = {"canonicalize": (b"relaxed", b"relaxed")}


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (
            signed(**RELAXED).replace(b"Subject:", b"X: " + b" " * 60_000 + b"x\r\nSubject:"),
            "header",
        ),
        (signed(**RELAXED).replace(b"h=", b"h=" + b" " * 60_000, 1), "header"),
        (signed(**RELAXED) + b" " * 60_000 + b"x\r\n", "body"),
        (signed(**RELAXED) + (b" " * 600 + b"x\r\n") * 2_000, "body"),
    ],
    ids=["header", "signature", "one line", "many lines"],
)
def test_a_flood_of_blanks_costs_no_time(raw: bytes, why: str) -> None:
    started = time.process_time()
    assert check(raw) == f'postroom; dmarc=permerror reason="the {why} holds too many blanks"'
    assert time.process_time() - started < 0.2


def test_a_flood_of_empty_lines_costs_no_time() -> None:
    started = time.process_time()
    assert "dmarc=fail" in check(signed(**RELAXED) + b"\r\n" * 200_000 + b"x\r\n")
    assert time.process_time() - started < 2


def test_blanks_as_people_write_them_are_no_flood() -> None:
    table = (b"a" + b" " * 70 + b"b\r\n") * 5_000
    assert aligned(signed(raw=MAIL + table, **RELAXED))


def test_a_message_that_is_too_large_is_not_authenticated() -> None:
    small = DkimAuthenticator(DkimSettings(max_message=ByteSize(100)), world())
    assert "dmarc=permerror" in small.check(signed(), "good.example")


@settings(max_examples=60)
@given(st.data())
def test_nothing_makes_it_raise_or_pass(data: st.DataObject) -> None:
    raw = signed()
    at = data.draw(st.integers(0, len(raw) - 1))
    slip = data.draw(st.binary(max_size=6))
    end = data.draw(st.integers(at, min(at + 40, len(raw))))
    found = check(raw[:at] + slip + raw[end:])
    assert read_results(found) is not None


def test_a_domain_that_is_none_is_refused() -> None:
    assert "dmarc=permerror" in check(signed(), domain="good.example; dmarc=pass")
    assert "dmarc=permerror" in check(signed(), domain="")


def test_the_settings_refuse_no_time_at_all() -> None:
    with pytest.raises(ValueError, match="timeout"):
        DkimSettings(timeout=timedelta(0))
