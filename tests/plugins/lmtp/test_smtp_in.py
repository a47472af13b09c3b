"""SMTP by the letter: RFC 5321, STARTTLS by RFC 3207, and who tries to be smuggled in."""

from __future__ import annotations

import smtplib
import ssl
from base64 import b64encode
from contextlib import ExitStack, closing, suppress
from datetime import timedelta
from threading import Event, Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import pytest
from tests.plugins.contract import OurReceiver
from tests.plugins.lmtp.line import Client, SmtpLine
from tests.servers.ports import free_ports

from postroom.hooks.contracts import Reply
from postroom.hooks.talks import client_of
from postroom.model.settings import Secret
from postroom.source.diagnostic import Problem
from postroom.testing.receiver_contract import ADDRESS, OTHER, Clerk, message
from postroom_lmtp.pace import Pace
from postroom_lmtp.receiver import SmtpReceiver
from postroom_lmtp.settings import SmtpInSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.servers.ca import Certificate, LocalCA

    from postroom.testing.receiver_contract import Line


class TestSmtp(OurReceiver):
    @pytest.fixture(params=["clear", "starttls"])
    def line(
        self, request: pytest.FixtureRequest, ca: LocalCA, certificate: Certificate
    ) -> Iterator[Line]:
        (port,) = free_ports(1)
        if request.param == "clear":
            line = SmtpLine(SmtpInSettings(port=port))
        else:
            line = SmtpLine(encrypted(port, certificate), ca.ca_file)
        yield line
        for each in line.opened:
            each.close()


def encrypted(port: int, certificate: Certificate, **more: Any) -> SmtpInSettings:
    told = {"tls": "required", **more}
    return SmtpInSettings(port=port, certificate=certificate.cert, key=certificate.key, **told)


@pytest.fixture
def clerk() -> Clerk:
    return Clerk()


@pytest.fixture
def opened(clerk: Clerk) -> Iterator[Callable[..., SmtpLine]]:
    lines: list[SmtpLine] = []

    def open_(certificate: Certificate | None = None, **settings: Any) -> SmtpLine:
        (port,) = free_ports(1)
        if certificate:
            line = SmtpLine(encrypted(port, certificate, **settings))
        else:
            line = SmtpLine(SmtpInSettings(port=port, **settings))
        lines.append(line)
        line.receiver(clerk).open()
        return line

    yield open_
    for line in lines:
        for each in line.opened:
            each.close()


@pytest.fixture
def client(opened: Callable[..., SmtpLine]) -> Iterator[Client]:
    with closing(opened().connect()) as client:
        yield client


def talk(client: Client, *words: str | bytes) -> list[str]:
    return [client.say(each)[:9] for each in words]


def begin(client: Client) -> None:
    assert talk(client, "EHLO me", "MAIL FROM:<>", f"RCPT TO:<{ADDRESS}>", "DATA")[3][:3] == "354"


def test_it_says_what_it_understands(client: Client) -> None:
    assert client.greeting == "220 postroom ESMTP"
    assert client.say("EHLO mail.kestrel.example").split("\n") == [
        "250-postroom", "250-PIPELINING", "250-ENHANCEDSTATUSCODES", "250-8BITMIME",
        "250-SMTPUTF8", "250 SIZE 1000000",
    ]  # fmt: skip
    assert client.say("HELO me") == "250 postroom"


@pytest.mark.parametrize(
    ("said", "replies"),
    [
        (["LHLO me"], ["500 5.5.1"]),
        (["EHLO"], ["501 5.5.4"]),
        (["MAIL FROM:<>"], ["503 5.5.1"]),
        (["HELO me", "MAIL FROM:<me@x>"], ["250 postr", "250 2.1.0"]),
        (["EHLO me", "MAIL FROM:<me@x> SIZE=1000001"], ["250-postr", "552 5.3.4"]),
        (["EHLO me", "MAIL FROM:<me@x> BODY=BINARYMIME"], ["250-postr", "555 5.5.4"]),
        (["EHLO me", "MAIL FROM:<mé@x> BODY=8BITMIME SMTPUTF8"], ["250-postr", "250 2.1.0"]),
        (["EHLO me", "STARTTLS", "AUTH PLAIN AGEAYg=="], ["250-postr", "500 5.5.1", "500 5.5.1"]),
        (["EHLO me\nRSET"], ["500 5.5.2"]),
        (["EHLO me\rRSET"], ["500 5.5.2"]),
        (
            ["EHLO me", "MAIL FROM:<>", "RCPT TO:<someone@elsewhere.example>"],
            ["250-postr", "250 2.1.0", "550 5.1.1"],
        ),
        (
            ["EHLO me", "MAIL FROM:<>", f"RCPT TO:<@relay.example:nobody@{ADDRESS}>"],
            ["250-postr", "250 2.1.0", "550 5.1.1"],
        ),
    ],
)
def test_what_is_said_is_answered(client: Client, said: list[str], replies: list[str]) -> None:
    assert talk(client, *said) == replies


def test_commands_may_come_all_at_once(client: Client, clerk: Clerk) -> None:
    for number in range(2):
        client.write(
            f"EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<{ADDRESS}>\r\nRCPT TO:<{OTHER}>\r\nDATA".encode()
        )
        assert [client.reply()[:3] for _ in range(5)] == ["250", "250", "250", "250", "354"]
        client.write(message(number) + b".\r\nNOOP")
        assert [client.reply()[:9] for _ in range(2)] == ["250 2.1.5", "250 2.0.0"]
    assert [parcel.raw for parcel in clerk.parcels] == [message(0), message(1)]
    assert clerk.parcels[0].rcpt_to == (ADDRESS, OTHER)


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("taken", "later", "451 4.3.0"),
        ("later", "never", "451 4.3.0"),
        ("taken", "never", "550 5.1.1"),
        ("taken", "taken", "250 2.1.5"),
    ],
)
def test_the_one_reply_is_the_gravest(
    client: Client, clerk: Clerk, one: Any, other: Any, said: str
) -> None:
    clerk.replies = {ADDRESS: Reply(one), OTHER: Reply(other)}
    talk(client, "EHLO me", "MAIL FROM:<>", f"RCPT TO:<{ADDRESS}>", f"RCPT TO:<{OTHER}>", "DATA")
    assert client.say(message(1) + b".")[:9] == said


@pytest.mark.parametrize(
    "inside",
    [b"\n.\n", b"\n.\r\n", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r", b"\r.\r", b"\n", b"\r", b"\r\r\n"],
)
@pytest.mark.parametrize("before", [b"one", b"x" * 65_534, b"x" * 65_535, b"x" * 65_536])
def test_nothing_is_smuggled_in(client: Client, clerk: Clerk, before: bytes, inside: bytes) -> None:
    """A line that ends with CR or LF alone ends a message for some servers. Here it ends nothing,
    and the message is refused, wherever in the stream it stands."""
    begin(client)
    reply = client.say(before + inside + b"MAIL FROM:<evil@x>\r\nDATA\r\n.")
    assert reply.startswith("554 5.6.0")
    assert client.say("NOOP").startswith("250")
    assert clerk.parcels == []


def test_recipients_have_a_limit(opened: Callable[..., SmtpLine]) -> None:
    with closing(opened(recipients=3).connect()) as client:
        talk(client, "EHLO me", "MAIL FROM:<>")
        replies = [client.say(f"RCPT TO:<{ADDRESS}>")[:9] for _ in range(4)]
    assert replies == ["250 2.1.5"] * 3 + ["452 4.5.3"]


def test_a_conversation_does_not_last_for_ever(
    opened: Callable[..., SmtpLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often a letter is said."""
    monkeypatch.setattr("postroom.hooks.talks._LOOK_EVERY", 0.05)
    monkeypatch.setattr("postroom.hooks.talks._LONGEST", 0.1)
    said = []
    with closing(opened().connect()) as client, suppress(OSError):
        for _ in range(250):
            said.append(client.say("NOOP"))
            sleep(0.02)
    assert 0 < len(said) < 250


def test_who_says_nothing_is_left_alone(opened: Callable[..., SmtpLine]) -> None:
    line = opened(timeout=timedelta(seconds=0.2))
    with closing(line.connect()) as client, pytest.raises(ConnectionError):
        client.reply()


@pytest.mark.parametrize("data", ["", "DATA"])
def test_who_says_a_letter_now_and_then_is_left_alone(
    data: str, opened: Callable[..., SmtpLine]
) -> None:
    """A time limit is for a command or a message, not for each letter of it."""
    with closing(opened(timeout=timedelta(seconds=0.3)).connect()) as client:
        if data:
            begin(client)
        with suppress(OSError):
            for _ in range(100):
                client._socket.sendall(b"x")
                sleep(0.02)
            pytest.fail("it may go on for ever")


def test_a_large_message_may_take_its_time(
    opened: Callable[..., SmtpLine], clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postroom_lmtp.wire._SLOWEST", 100_000)
    piece = b"x" * 9_998 + b"\r\n"
    with closing(opened(timeout=timedelta(seconds=0.2)).connect()) as client:
        begin(client)
        for _ in range(10):
            client._socket.sendall(piece)
            sleep(0.05)
        assert client.say(b".")[:9] == "250 2.1.5"
    assert clerk.parcels[0].raw == piece * 10


def test_those_who_come_all_the_time_keep_nobody_alive(
    opened: Callable[..., SmtpLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postroom.hooks.talks._LONGEST", 0.1)
    line, give_up, ended = opened(), monotonic() + 20, False
    with closing(line.connect()) as client, suppress(ConnectionError):
        while monotonic() < give_up:
            line.connect().close()
            ended = True
            ended = not client.say("NOOP")
    assert ended


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let clients be on another machine."""
    for module in ("postroom.hooks.talks", "postroom_lmtp.receiver"):
        monkeypatch.setattr(f"{module}.client_of", lambda _address: "192.0.2.7")


@pytest.mark.usefixtures("elsewhere")
def test_one_client_does_not_take_all_places(opened: Callable[..., SmtpLine]) -> None:
    line = opened(each=2, connections=10)
    with ExitStack() as stack:
        three = [stack.enter_context(closing(line.connect())) for _ in range(3)]
    assert [each.greeting[:3] for each in three] == ["220", "220", "421"]


def test_without_a_thread_a_client_is_told_to_come_later_and_the_next_is_served(
    opened: Callable[..., SmtpLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    line, start, short = opened(), Thread.start, [True]

    def starting(thread: Thread) -> None:
        if thread.name == "smtp_in-talk" and short and short.pop():
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(Thread, "start", starting)
    for greeting in ("421", "220"):
        with closing(line.connect()) as client:
            assert client.greeting[:3] == greeting


@pytest.mark.parametrize(
    ("address", "client"),
    [
        (("192.0.2.7", 25), "192.0.2.7"),
        (("2001:db8:1:2:3::4", 25, 0, 0), "2001:db8:1:2::/64"),
        (("::ffff:192.0.2.7", 25, 0, 0), "192.0.2.7"),
        (("fe80::1%eth0", 25, 0, 2), "fe80::/64"),
        (("127.0.0.1", 25), ""),
        (("::1", 25, 0, 0), ""),
        (("::ffff:127.0.0.1", 25, 0, 0), ""),
        ("", ""),
    ],
)
def test_a_client_of_ipv6_is_a_network(address: object, client: str) -> None:
    assert client_of(address) == client


@pytest.mark.usefixtures("elsewhere")
def test_one_client_hands_over_so_many_messages_in_a_minute(
    opened: Callable[..., SmtpLine],
) -> None:
    line = opened(messages=2)
    with closing(line.connect()) as client:
        said = talk(client, "EHLO me", *["MAIL FROM:<>", "RSET"] * 3)
    with closing(line.connect()) as client:
        said += talk(client, "EHLO me", "MAIL FROM:<>")
    assert [each[:3] for each in said] == ["250"] * 5 + ["450", "250", "250", "450"]


@pytest.mark.usefixtures("elsewhere")
def test_who_hears_to_come_later_has_made_no_mistake(opened: Callable[..., SmtpLine]) -> None:
    with closing(opened(messages=0).connect()) as client:
        said = talk(client, "EHLO me", *["MAIL FROM:<>"] * 30)
    assert {each[:3] for each in said[1:]} == {"450"}


def test_a_server_on_this_machine_has_no_limits_of_a_client(
    opened: Callable[..., SmtpLine],
) -> None:
    line = opened(each=1, messages=1)
    with ExitStack() as stack:
        three = [stack.enter_context(closing(line.connect())) for _ in range(3)]
        said = [talk(each, "EHLO me", "MAIL FROM:<>")[1] for each in three]
    assert said == ["250 2.1.0"] * 3


def test_a_new_minute_begins_anew() -> None:
    time = 0.0
    pace = Pace(1, lambda: time)
    assert [pace.allows("a"), pace.allows("a"), pace.allows("b")] == [True, False, True]
    time = 61.0
    assert pace.allows("a")


# --- encryption -----------------------------------------------------------------


def test_mail_waits_for_the_encryption(
    opened: Callable[..., SmtpLine], certificate: Certificate, ca: LocalCA
) -> None:
    line = opened(certificate)
    context = ssl.create_default_context(cafile=ca.ca_file)
    with smtplib.SMTP("localhost", line.settings.port, timeout=20) as client:
        client.ehlo()
        assert client.has_extn("starttls")
        assert client.mail("<ann@weaver.example>")[0] == 530
        assert client.starttls(context=context)[0] == 220
        assert client.docmd("MAIL FROM:<>")[0] == 503, "what was said before is forgotten"
        client.ehlo()
        assert not client.has_extn("starttls")
        assert client.sendmail("ann@weaver.example", [ADDRESS], message(1)) == {}
        assert client.docmd("STARTTLS")[0] == 501


def test_where_it_is_only_offered_mail_goes_in_the_clear_too(
    opened: Callable[..., SmtpLine], certificate: Certificate
) -> None:
    line = opened(certificate, tls="offered")
    assert line.send(message(1), [ADDRESS]) == ["taken"]


def test_what_is_said_before_the_handshake_ends_it(
    opened: Callable[..., SmtpLine], certificate: Certificate, clerk: Clerk
) -> None:
    """CVE-2011-0411: or it would be taken for what was said behind the encryption."""
    with closing(opened(certificate).connect()) as client:
        client.say("EHLO me")
        reply = client.say(f"STARTTLS\r\nEHLO evil\r\nMAIL FROM:<>\r\nRCPT TO:<{ADDRESS}>")
        assert reply.startswith("501")
        with pytest.raises(ConnectionError):
            client.reply()
    assert clerk.parcels == []


def test_a_handshake_that_is_none_ends_it(
    opened: Callable[..., SmtpLine], certificate: Certificate
) -> None:
    with closing(opened(certificate).connect()) as client:
        assert talk(client, "EHLO me", "STARTTLS")[1] == "220 2.0.0"
        client.write("EHLO me, in the clear")
        with pytest.raises((ConnectionError, UnicodeDecodeError)):
            client.reply()


@pytest.fixture
def handshaking(monkeypatch: pytest.MonkeyPatch) -> Event:
    """Is set once a handshake has begun."""
    begun, shake = Event(), ssl.SSLSocket.do_handshake

    def shaking(connection: ssl.SSLSocket, **more: Any) -> None:
        begun.set()
        shake(connection, **more)

    monkeypatch.setattr(ssl.SSLSocket, "do_handshake", shaking)
    return begun


def test_who_wants_a_handshake_and_says_nothing_holds_nobody_up(
    opened: Callable[..., SmtpLine],
    certificate: Certificate,
    handshaking: Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("postroom.hooks.talks._GRACE", 1)
    line = opened(certificate)
    with closing(line.connect()) as client:
        talk(client, "EHLO me", "STARTTLS")
        assert handshaking.wait(20)
        line.opened[0].close()
        client._socket.settimeout(2)
        assert client._socket.recv(1) in (b"", b"\x15"), "nothing, or an alert of TLS"


def test_a_handshake_has_less_time_than_a_message(
    opened: Callable[..., SmtpLine], certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postroom_lmtp.wire.HANDSHAKE", 0.1)
    with closing(opened(certificate).connect()) as client:
        talk(client, "EHLO me", "STARTTLS")
        client._socket.settimeout(5)
        assert client._socket.recv(1) == b""


def test_a_renewed_certificate_is_shown_without_a_restart(
    opened: Callable[..., SmtpLine], ca: LocalCA
) -> None:
    first, second = ca.issue("smtp-first"), ca.issue("smtp-second")
    line = opened(first)
    context = ssl.create_default_context(cafile=ca.ca_file)
    shown = []
    for each in (first, second):
        first.cert.write_bytes(each.cert.read_bytes())
        first.key.write_bytes(each.key.read_bytes())
        with smtplib.SMTP("localhost", line.settings.port, timeout=20) as client:
            client.starttls(context=context)
            assert isinstance(client.sock, ssl.SSLSocket)
            shown.append(client.sock.getpeercert(binary_form=True))
    assert shown[0] != shown[1]
    first.cert.unlink()
    with closing(line.connect()) as client:
        assert talk(client, "EHLO me", "STARTTLS", "NOOP")[1:] == ["454 4.7.0", "250 2.0.0"]


@pytest.mark.parametrize("wrong", ["missing", "not PEM", "another key"])
def test_a_certificate_that_cannot_be_shown_is_said(
    wrong: str, ca: LocalCA, clerk: Clerk, tmp_path: Path
) -> None:
    cert, key = tmp_path / "cert.pem", ca.issue("smtp-key").key
    if wrong != "missing":
        text = ca.issue("smtp-cert").cert.read_bytes()
        cert.write_bytes(text if wrong == "another key" else b"nonsense")
    settings = SmtpInSettings(port=free_ports(1)[0], certificate=cert, key=key)
    with pytest.raises(Problem) as caught:
        SmtpReceiver(settings, clerk).open()
    assert caught.value.diagnostic.code == "PR543"


@pytest.mark.parametrize(
    "told",
    [{"host": "0.0.0.0"}, {"host": "mx.kestrel.example"}, {"tls": "required"}, {"key": "x"}],
)
def test_beyond_this_machine_there_is_a_certificate(told: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="certificate"):
        SmtpInSettings(**told)


@pytest.mark.parametrize(
    ("host", "tls", "meant"),
    [
        ("127.0.0.1", None, "offered"),
        ("::1", None, "offered"),
        ("127.0.0.1", "required", "required"),
        ("0.0.0.0", None, "required"),
        ("0.0.0.0", "offered", "offered"),
    ],
)
def test_encryption_is_required_beyond_this_machine(
    host: str, tls: Any, meant: str, tmp_path: Path
) -> None:
    settings = SmtpInSettings(host=host, tls=tls, certificate=tmp_path / "cert.pem")
    assert settings.tls_required is (meant == "required")


# --- signing in -----------------------------------------------------------------


def shown(name: str, password: str) -> str:
    return b64encode(f"\0{name}\0{password}".encode()).decode()


@pytest.fixture
def asking(opened: Callable[..., SmtpLine], certificate: Certificate) -> SmtpLine:
    return opened(certificate, username="gate", password=Secret("pä ss"))


def test_who_has_to_sign_in_does_so_behind_the_encryption(
    asking: SmtpLine, ca: LocalCA, clerk: Clerk
) -> None:
    context = ssl.create_default_context(cafile=ca.ca_file)
    with smtplib.SMTP("localhost", asking.settings.port, timeout=20) as client:
        client.ehlo()
        assert not client.has_extn("auth")
        assert client.docmd("AUTH", f"PLAIN {shown('gate', 'pä ss')}")[0] == 538
        client.starttls(context=context)
        client.ehlo()
        assert client.esmtp_features["auth"].split() == ["PLAIN"]
        assert client.mail("<ann@weaver.example>")[0] == 530
        assert client.docmd("AUTH", "LOGIN")[0] == 504
        assert client.docmd("AUTH", "PLAIN")[0] == 334
        assert client.docmd("*")[0] == 501
        assert client.docmd("AUTH", "PLAIN")[0] == 334
        assert client.docmd(shown("gate", "pä ss"))[0] == 235
        assert client.docmd("AUTH", "PLAIN")[0] == 503
        assert client.sendmail("ann@weaver.example", [ADDRESS], message(1)) == {}
    assert len(clerk.parcels) == 1


@pytest.mark.usefixtures("elsewhere")
def test_who_has_signed_in_has_no_limits_of_a_client(
    opened: Callable[..., SmtpLine], certificate: Certificate, ca: LocalCA
) -> None:
    line = opened(certificate, username="gate", password=Secret("x"), each=1, messages=0)
    context = ssl.create_default_context(cafile=ca.ca_file)
    with ExitStack() as stack:
        for _ in range(2):
            client = stack.enter_context(smtplib.SMTP("localhost", line.settings.port, timeout=20))
            client.starttls(context=context)
            client.ehlo()
            assert client.docmd("AUTH", f"PLAIN {shown('gate', 'x')}")[0] == 235
            assert client.mail("<ann@weaver.example>")[0] == 250


@pytest.mark.parametrize(
    "told", [shown("gate", "pass"), shown("", ""), shown("other", "pä ss"), "=", "nonsense", "é"]
)
def test_whoever_guesses_has_few_guesses(told: str, asking: SmtpLine, ca: LocalCA) -> None:
    context = ssl.create_default_context(cafile=ca.ca_file)
    with smtplib.SMTP("localhost", asking.settings.port, timeout=20) as client:
        client.starttls(context=context)
        client.ehlo()
        client.command_encoding = "utf-8"
        codes = [client.docmd("AUTH", f"PLAIN {told}")[0] for _ in range(4)]
    assert codes == [535, 535, 535, 421]


def test_where_nobody_has_to_sign_in_nobody_can(
    opened: Callable[..., SmtpLine],
) -> None:
    with closing(opened().connect()) as client:
        assert talk(client, "EHLO me", "AUTH PLAIN")[1].startswith("500")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"username": "x"}, "together"),
        ({"password": Secret("x")}, "together"),
        ({"username": "x", "password": Secret("x")}, "without encryption"),
    ],
)
def test_a_password_is_never_told_in_the_clear(told: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SmtpInSettings(**told)
