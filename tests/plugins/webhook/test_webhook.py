"""What a webhook takes, and what it does not: forged, replayed, cut off, too large, too much."""

from __future__ import annotations

import json
import socket
import ssl
import time
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from tests.plugins.webhook.line import WebhookLine
from tests.plugins.webhook.requests import (
    AMAZON,
    CERTIFICATE_URL,
    KEY,
    SENDERS,
    SUBSCRIBE_URL,
    TOPIC,
    Sent,
    settings,
    urlencoded,
)
from tests.servers.ports import free_ports
from tests.servers.script import ScriptedServer

from postroom.hooks.contracts import Reply
from postroom.model.settings import Secret
from postroom.source.diagnostic import Problem
from postroom.testing.receiver_contract import ADDRESS, OTHER, Clerk, message
from postroom_webhook.receiver import WebhookReceiver
from postroom_webhook.s3 import Bucket
from postroom_webhook.settings import WebhookSettings
from postroom_webhook.sns import fetch, is_of_sns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers.ca import Certificate, LocalCA
    from tests.servers.script import Wire

RAW = message(1)
ALL = sorted(SENDERS)
DATED = ["signed", "mailgun", "ses", "ses_stored", "sendgrid_signed"]


@pytest.fixture
def clerk() -> Clerk:
    return Clerk()


@pytest.fixture
def opened(clerk: Clerk) -> Iterator[Callable[..., WebhookLine]]:
    lines: list[WebhookLine] = []

    def open_(shape: str, **more: Any) -> WebhookLine:
        line = WebhookLine(shape, settings(shape, port=free_ports(1)[0], **more))
        line.receiver(clerk).open()
        lines.append(line)
        return line

    yield open_
    for line in lines:
        for each in line.opened:
            each.close()


@pytest.mark.parametrize("shape", ALL)
def test_the_envelope_is_told(shape: str, opened: Any, clerk: Clerk) -> None:
    line = opened(shape)
    assert line.send(RAW, [ADDRESS], "ann@weaver.example") == ["taken"]
    (parcel,) = clerk.parcels
    assert parcel.rcpt_to == (ADDRESS,)
    assert parcel.mail_from == (None if shape == "postmark" else "ann@weaver.example")


@pytest.mark.parametrize("shape", ALL)
def test_what_is_signed_with_another_key_is_refused(
    shape: str, opened: Any, clerk: Clerk, caplog: pytest.LogCaptureFixture
) -> None:
    line = opened(shape)
    status, words = line.post(line.request(RAW, [ADDRESS], key="another key"))
    assert (status, KEY in words, ADDRESS in words) == (401, False, False)
    assert clerk.parcels == []
    assert caplog.records == []


@pytest.mark.parametrize("shape", ALL)
def test_without_any_proof_nothing_is_taken(shape: str, opened: Any, clerk: Clerk) -> None:
    line = opened(shape)
    sent = line.request(RAW, [ADDRESS])
    told = {name: value for name, value in sent.headers.items() if name == "Content-Type"}
    body = sent.body.replace(b"signature", b"sinature").replace(b'"Signature"', b'"Sinature"')
    assert line.post(Sent(body, told))[0] == 401
    assert clerk.parcels == []


@pytest.mark.parametrize("shape", ["signed", "ses", "sendgrid_signed"])
def test_a_message_that_was_changed_on_its_way_is_refused(
    shape: str, opened: Any, clerk: Clerk
) -> None:
    line = opened(shape)
    sent = line.request(RAW, [ADDRESS], encoding="UTF-8")
    changed = replace(sent, body=sent.body.replace(b"Message 1", b"Message 2"))
    assert changed != sent
    assert line.post(changed)[0] == 401
    assert clerk.parcels == []


@pytest.mark.parametrize("header", ["Postroom-Rcpt-To", "Postroom-Mail-From"])
def test_a_signature_covers_the_envelope(header: str, opened: Any) -> None:
    line = opened("signed")
    sent = line.request(RAW, [ADDRESS], "ann@weaver.example")
    assert line.post(sent.with_header(header, OTHER))[0] == 401


@pytest.mark.parametrize("shape", DATED)
@pytest.mark.parametrize("off", [-3600, 3600])
def test_an_old_signature_is_refused(shape: str, off: int, opened: Any, clerk: Clerk) -> None:
    line = opened(shape, window=timedelta(minutes=30))
    assert line.post(line.request(RAW, [ADDRESS], now=time.time() + off))[0] == 401
    assert line.post(line.request(RAW, [ADDRESS], now=time.time() + off / 4))[0] == 200
    assert len(clerk.parcels) == 1


def test_a_token_is_good_for_one_message(opened: Any, clerk: Clerk) -> None:
    """Mailgun signs the token and not the message; the same message may come again."""
    line = opened("mailgun")
    first = line.request(RAW, [ADDRESS], token="t1")
    assert [line.post(each)[0] for each in (first, first)] == [200, 200]
    assert line.post(line.request(message(2), [ADDRESS], token="t1"))[0] == 401
    assert {parcel.raw for parcel in clerk.parcels} == {RAW}


def test_a_form_may_be_urlencoded(opened: Any, clerk: Clerk) -> None:
    line = opened("mailgun")
    raw = message(1, "grüße & = % + \xff")
    assert line.post(line.request(raw, [ADDRESS], form=urlencoded))[0] == 200
    assert [parcel.raw for parcel in clerk.parcels] == [raw]


@pytest.mark.parametrize("shape", ALL)
def test_a_request_that_is_cut_off_delivers_nothing(shape: str, opened: Any, clerk: Clerk) -> None:
    line = opened(shape)
    sent = line.request(RAW, [ADDRESS])
    assert line.post(replace(sent, body=sent.body[: len(sent.body) - 20]))[0] in (400, 401)
    head = "".join(f"{name}: {value}\r\n" for name, value in sent.headers.items())
    with socket.create_connection(("127.0.0.1", line.settings.port), 20) as connection:
        whole = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {len(sent.body)}\r\n{head}\r\n"
        connection.sendall(whole.encode() + sent.body[:-20])
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(4096)[:12] in (b"", b"HTTP/1.1 400")
    assert clerk.parcels == []


@pytest.mark.parametrize(
    ("shape", "body", "kind", "status"),
    [
        ("postmark", b"{}", "application/json", 403),
        ("postmark", b"[]", "application/json", 400),
        ("postmark", b"[" * 100_000, "application/json", 400),
        ("postmark", b'{"RawEmail": 5}', "application/json", 403),
        ("sendgrid", b"email=x", "text/plain", 415),
        ("sendgrid", b"subject=x", "application/x-www-form-urlencoded", 422),
        ("sendgrid", b"&".join([b"a=b"] * 600), "application/x-www-form-urlencoded", 400),
        ("sendgrid", b"x", "multipart/form-data", 400),
        ("sendgrid", b"x", "multipart/form-data; boundary=" + "y" * 90, 400),
        ("sendgrid", b"--y\r\n" * 9_000 + b"--y--", "multipart/form-data; boundary=y", 400),
        ("sendgrid", b"email=x&envelope=[", "application/x-www-form-urlencoded", 400),
        ("sendgrid", b"email=x&envelope={}", "application/x-www-form-urlencoded", 422),
        ("sendgrid", b'email=x&envelope={"to":7}', "application/x-www-form-urlencoded", 422),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(
    shape: str, body: bytes, kind: Any, status: int, opened: Any, clerk: Clerk
) -> None:
    line = opened(shape)
    proof = line.request(RAW, [ADDRESS]).headers["Authorization"]
    assert line.post(Sent(body, {"Authorization": proof, "Content-Type": kind}))[0] == status
    assert clerk.parcels == []


@pytest.mark.parametrize(
    ("shape", "status"), [("signed", 422), ("mailgun", 406), ("postmark", 403)]
)
def test_each_provider_learns_in_its_way_not_to_try_again(
    shape: str, status: int, opened: Any, clerk: Clerk
) -> None:
    clerk.replies[ADDRESS] = Reply("never", "no such address")
    line = opened(shape)
    assert line.post(line.request(RAW, [ADDRESS]))[0] == status


@pytest.mark.parametrize(
    ("one", "other", "status"),
    [("taken", "later", 503), ("taken", "never", 200), ("never", "never", 422)],
)
def test_one_answer_stands_for_all_recipients(
    one: Any, other: Any, status: int, opened: Any, clerk: Clerk
) -> None:
    clerk.replies = {ADDRESS: Reply(one), OTHER: Reply(other)}
    line = opened("signed")
    assert line.post(line.request(RAW, [ADDRESS, OTHER]))[0] == status


def test_an_account_alone_takes_what_comes(opened: Any, clerk: Clerk) -> None:
    """Whatever address the provider gave it: `hash@inbound.postmarkapp.com`, say."""
    clerk.accounts = ("support",)
    line = opened("postmark")
    assert line.send(RAW, ["1234@inbound.provider.example"]) == ["taken"]
    (parcel,) = clerk.parcels
    assert (parcel.account, parcel.rcpt_to) == ("support", ("1234@inbound.provider.example",))


# --- Amazon -----------------------------------------------------------------------


def confirmation(now: float, url: str = SUBSCRIBE_URL) -> Sent:
    told = AMAZON.told(now, "You have chosen to subscribe", Token="abc", SubscribeURL=url)
    return AMAZON.sign({**told, "Type": "SubscriptionConfirmation"})


def test_a_subscription_is_confirmed_only_when_that_is_declared(opened: Any) -> None:
    AMAZON.asked.clear()
    assert opened("ses").post(confirmation(time.time()))[0] == 403
    assert SUBSCRIBE_URL not in AMAZON.asked
    assert opened("ses", confirm=True).post(confirmation(time.time()))[0] == 200
    assert AMAZON.asked.count(SUBSCRIBE_URL) == 1


def test_a_subscription_is_confirmed_at_amazon_and_nowhere_else(opened: Any) -> None:
    AMAZON.asked.clear()
    elsewhere = confirmation(time.time(), "https://evil.example/?Action=ConfirmSubscription")
    assert opened("ses", confirm=True).post(elsewhere)[0] == 401
    assert AMAZON.asked in ([], [CERTIFICATE_URL])


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_versions_of_a_signature_are_known(version: str, opened: Any) -> None:
    """What else SES says through a topic is no mail, and well."""
    told = AMAZON.told(time.time(), json.dumps({"notificationType": "Complaint"}))
    assert opened("ses").post(AMAZON.sign(told, version))[0] == 200


def test_a_notification_of_somebody_elses_topic_is_refused(opened: Any, clerk: Clerk) -> None:
    told = AMAZON.told(time.time(), "{}", TopicArn=TOPIC + "-of-eve")
    assert opened("ses").post(AMAZON.sign(told))[0] == 401
    assert clerk.parcels == []


def test_without_the_certificate_amazon_is_to_try_again(opened: Any) -> None:
    line = opened("ses")
    AMAZON.down = True
    try:
        assert line.post(line.request(RAW, [ADDRESS]))[0] == 503
    finally:
        AMAZON.down = False
    assert line.post(line.request(RAW, [ADDRESS]))[0] == 200


def test_what_is_asked_of_a_bucket_is_signed_as_amazon_publishes_it() -> None:
    """The first example on Amazon's page about signatures in the header."""
    secret = Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    bucket = Bucket("examplebucket", "us-east-1", "AKIAIOSFODNN7EXAMPLE", secret)
    told = {
        "host": "examplebucket.s3.amazonaws.com",
        "range": "bytes=0-9",
        "x-amz-content-sha256": sha256(b"").hexdigest(),
        "x-amz-date": "20130524T000000Z",
    }
    signature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    assert bucket.signed("/test.txt", told)["authorization"].endswith(f"Signature={signature}")


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({}, 200),
        ({"bucketName": "of-eve"}, 422),
        ({"objectKey": None}, 422),
        ({"objectKey": ""}, 422),
        ({"objectKey": "gone"}, 503),
        ({"type": "SNS"}, 422),
    ],
)
def test_a_message_in_a_bucket_is_fetched(
    more: dict[str, Any], status: int, opened: Any, clerk: Clerk
) -> None:
    line = opened("ses_stored")
    assert line.post(line.request(RAW, [ADDRESS], "ann@weaver.example", **more))[0] == status
    assert [each.raw for each in clerk.parcels] == ([RAW] if status == 200 else [])


def test_a_message_in_a_bucket_that_is_not_declared_is_not_fetched(opened: Any) -> None:
    line = opened("ses")
    AMAZON.asked.clear()
    sent = AMAZON.stored(RAW, [ADDRESS], "ann@weaver.example", time.time())
    assert line.post(sent)[0] == 422
    assert AMAZON.asked in ([], [CERTIFICATE_URL])


@pytest.mark.parametrize(
    ("address", "fine"),
    [
        (CERTIFICATE_URL, "yes"),
        ("https://sns.cn-north-1.amazonaws.com.cn/x.pem", "yes"),
        ("http://sns.eu-west-1.amazonaws.com/x.pem", "no"),
        ("https://sns.eu-west-1.amazonaws.com.evil.example/x.pem", "no"),
        ("https://evil.s3.amazonaws.com/x.pem", "no"),
        ("https://sns.evil.s3.amazonaws.com/x.pem", "no"),
        ("https://sns.eu-west-1.amazonaws.com@evil.example/x.pem", "no"),
        ("https://sns.eu-west-1.amazonaws.com:8443/x.pem", "no"),
        ("https://evil.example/sns.eu-west-1.amazonaws.com/x.pem", "no"),
        ("https://sns..amazonaws.com/x.pem", "no"),
        ("https://[::1/x.pem", "no"),
        ("file:///etc/passwd", "no"),
        ("", "no"),
    ],
)
def test_a_certificate_is_fetched_from_sns_alone(
    address: str, fine: str, opened: Any, clerk: Clerk
) -> None:
    assert is_of_sns(address) is (fine == "yes")
    if fine == "no":
        told = {**AMAZON.told(time.time(), "{}"), "SigningCertURL": address}
        AMAZON.asked.clear()
        assert opened("ses").post(AMAZON.sign(told))[0] == 401
        assert (AMAZON.asked, clerk.parcels) == ([], [])


@pytest.mark.parametrize(
    ("answer", "fine"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "yes"),
        (b"HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\n\r\n", "no"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 70_000, "no"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi", "no"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "no"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", "no"),
        (b"nonsense\r\n\r\n", "no"),
        (b"", "no"),
    ],
)  # fmt: skip
def test_what_is_fetched_is_small_and_lies_where_it_is_said(
    answer: bytes, fine: str, ca: LocalCA, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def script(wire: Wire) -> None:
        while wire.line():
            pass
        wire.say(answer)

    monkeypatch.setenv("SSL_CERT_FILE", str(ca.ca_file))
    with ScriptedServer(script, tls=certificate.context()) as server:
        address = f"https://localhost:{server.port}/x.pem?a=b"
        if fine == "yes":
            assert fetch(address, {}, 65_536) == b"hi"
            assert server.seen[0] == b"GET /x.pem?a=b HTTP/1.1"
        else:
            with pytest.raises(OSError):  # noqa: PT011 - whatever the reason
                fetch(address, {}, 65_536)


def test_an_authority_that_nobody_knows_is_not_believed(certificate: Certificate) -> None:
    with (
        ScriptedServer(lambda _wire: None, tls=certificate.context()) as server,
        pytest.raises(OSError, match="certificate"),
    ):
        fetch(f"https://localhost:{server.port}/x.pem", {}, 65_536)


# --- HTTP -------------------------------------------------------------------------


def test_only_post_to_the_path_is_answered(opened: Any, clerk: Clerk) -> None:
    line = opened("signed", path="/mail")
    sent = line.request(RAW, [ADDRESS])
    assert line.post(sent, path="/mail?x=1")[0] == 200
    assert line.post(sent, path="/")[0] == 404
    assert line.post(sent, "PUT", "/mail")[0] == 405
    assert len(clerk.parcels) == 1


def test_several_requests_may_come_over_one_connection(opened: Any, clerk: Clerk) -> None:
    line = opened("signed")
    with closing(line.connect()) as connection:
        for number in range(3):
            sent = line.request(message(number), [ADDRESS])
            connection.request("POST", "/", sent.body, sent.headers)
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (200, b"taken")
    assert [parcel.raw for parcel in clerk.parcels] == [message(n) for n in range(3)]


def test_a_body_may_come_in_chunks(opened: Any, clerk: Clerk) -> None:
    line = opened("signed")
    sent = line.request(RAW, [ADDRESS])
    with closing(line.connect()) as connection:
        pieces = (bytes([each]) for each in sent.body)
        connection.request("POST", "/", pieces, sent.headers, encode_chunked=True)
        assert connection.getresponse().status == 200
    assert [parcel.raw for parcel in clerk.parcels] == [RAW]


def talk(line: WebhookLine, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", line.settings.port), 20) as connection:
        connection.sendall(data)
        return connection.recv(4096)


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"POST / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 60_000,
    ],
)
def test_what_is_no_http_is_refused(data: bytes, opened: Any, clerk: Clerk) -> None:
    """Among it what servers in a row understand differently (request smuggling)."""
    assert talk(opened("signed"), data)[:10] == b"HTTP/1.1 4"
    assert clerk.parcels == []


def test_who_waits_for_a_word_before_the_body_gets_it(opened: Any) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    assert talk(opened("signed"), head).startswith(b"HTTP/1.1 100")


def test_a_request_that_is_too_large_is_refused(clerk: Clerk) -> None:
    clerk.max_message = 1_000
    line = WebhookLine("signed", settings("signed", port=free_ports(1)[0]))
    receiver = line.receiver(clerk)
    receiver.open()
    assert line.post(line.request(b"x" * 1_100_000, [ADDRESS]))[0] == 413
    assert clerk.parcels == []
    receiver.close()


def test_when_there_is_no_room_senders_are_told_to_come_later(
    opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postroom_webhook.receiver._ROOM", 5_000)
    line = opened("signed")
    for _ in range(2):
        assert line.send(message(1, "x" * 6_000), [ADDRESS]) == ["later"]
        assert line.send(message(2, "x" * 4_000), [ADDRESS]) == ["taken"]


def test_who_says_nothing_is_left_alone(opened: Any) -> None:
    assert talk(opened("signed", timeout=timedelta(seconds=0.2)), b"POST / HT") == b""


@pytest.mark.parametrize("begin", [b"", b"POST / HTTP/1.1\r\nContent-Length: 900\r\n\r\n"])
def test_who_says_a_letter_now_and_then_is_left_alone(begin: bytes, opened: Any) -> None:
    """A time limit is for a request, not for each letter of it."""
    line = opened("signed", timeout=timedelta(seconds=0.3))
    with socket.create_connection(("127.0.0.1", line.settings.port), 20) as connection:
        connection.sendall(begin)
        with suppress(ConnectionError):
            for _ in range(100):
                connection.sendall(b"x")
                time.sleep(0.02)
            pytest.fail("it may go on for ever")


def test_who_begins_no_handshake_holds_nobody_up(
    opened: Any, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, shake = Event(), ssl.SSLSocket.do_handshake

    def shaking(connection: ssl.SSLSocket, **more: Any) -> None:
        begun.set()
        shake(connection, **more)

    monkeypatch.setattr(ssl.SSLSocket, "do_handshake", shaking)
    monkeypatch.setattr("postroom.hooks.talks._GRACE", 1)
    line = opened("signed", certificate=certificate.cert, key=certificate.key)
    with socket.create_connection(("localhost", line.settings.port), 2) as connection:
        assert begun.wait(20)
        line.opened[0].close()
        assert connection.recv(1) in (b"", b"\x15"), "nothing, or an alert of TLS"


def test_a_renewed_certificate_is_shown_without_a_restart(opened: Any, ca: LocalCA) -> None:
    first, second = ca.issue("hook-first"), ca.issue("hook-second")
    line = opened("signed", certificate=first.cert, key=first.key)
    context, shown = ssl.create_default_context(cafile=ca.ca_file), []
    for each in (first, second):
        first.cert.write_bytes(each.cert.read_bytes())
        first.key.write_bytes(each.key.read_bytes())
        with (
            socket.create_connection(("localhost", line.settings.port), 20) as connection,
            context.wrap_socket(connection, server_hostname="localhost") as talking,
        ):
            shown.append(talking.getpeercert(binary_form=True))
    assert shown[0] != shown[1]
    first.cert.unlink()
    with (
        socket.create_connection(("localhost", line.settings.port), 20) as connection,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        context.wrap_socket(connection, server_hostname="localhost")


def test_too_many_senders_are_told_to_come_later(opened: Any) -> None:
    line = opened("signed", connections=1)
    with socket.create_connection(("127.0.0.1", line.settings.port)) as first:
        first.sendall(b"POST / HT")
        with socket.create_connection(("127.0.0.1", line.settings.port), 20) as second:
            assert second.recv(4096).startswith(b"HTTP/1.1 503")


# --- settings -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"provider": "signed"}, "secret"),
        ({"provider": "ses", "topic": TOPIC, "bucket": "b"}, "together"),
        ({"provider": "ses", "topic": TOPIC, "secret": Secret("x")}, "together"),
        (
            {
                "provider": "ses",
                "topic": TOPIC,
                "bucket": "b.evil.example/",
                "access_key": "a",
                "secret": Secret("x"),
            },
            "letters, digits",
        ),
        ({"provider": "mailgun"}, "secret"),
        ({"provider": "ses"}, "topic"),
        ({"provider": "ses", "topic": "kestrel"}, "topic"),
        ({"provider": "sendgrid"}, "either"),
        ({"provider": "sendgrid", "secret": 1, "public_key": "x"}, "either"),
        ({"provider": "postmark", "secret": 1, "host": "0.0.0.0"}, "certificate"),
        ({"provider": "postmark", "secret": 1, "path": "mail"}, "slash"),
        ({"provider": "postmark", "secret": 1, "key": "x"}, "certificate"),
    ],
)
def test_settings_that_would_let_anybody_in_are_refused(told: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        WebhookSettings(**told)


def test_a_missing_library_is_said(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postroom_webhook.receiver.find_spec", lambda _name: None)
    with pytest.raises(Problem) as caught:
        WebhookReceiver(settings("signed"), clerk).open()
    assert caught.value.diagnostic.code == "PR544"
