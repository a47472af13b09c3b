"""What is particular to SMTP."""

from __future__ import annotations

import socket
import time
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest
from tests.plugins.smtp.desks import SmtpDesk
from tests.servers.script import ScriptedServer, Wire
from tests.servers.smtp_sink import PASSWORD, SmtpServer

from postroom.hooks.contracts import Refused, Retry, Uncertain
from postroom.model.settings import Secret
from postroom.testing.notifier_contract import letter
from postroom_smtp.settings import SmtpSettings
from postroom_smtp.smtp import SmtpNotifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.ca import Certificate, LocalCA

    from postroom.hooks.contracts import Notifier


@pytest.fixture
def desk(ca: LocalCA, certificate: Certificate) -> Iterator[SmtpDesk]:
    with closing(SmtpDesk(ca, certificate, implicit=False)) as made:
        yield made


def failure(notifier: Notifier, **changes: Any) -> Any:
    with pytest.raises((Retry, Refused)) as caught:
        notifier.send(letter(**changes))
    assert PASSWORD not in f"{caught.value} {caught.value.__context__}"
    return caught.value


# --- the envelope -------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "sender"),
    [("answer", ""), ("alert", "billing@xyz.example"), ("forward", "billing@xyz.example")],
)
def test_an_answer_has_the_null_sender_so_that_nothing_comes_back(
    desk: SmtpDesk, kind: str, sender: str
) -> None:
    desk.notifier().send(letter(kind=kind))
    assert desk.server.sink.got[0].mail_from == sender


def test_each_recipient_is_told_once(desk: SmtpDesk) -> None:
    desk.notifier().send(letter(to=("a@x.example", "b@x.example", "a@X.example")))
    assert desk.server.sink.got[0].rcpt_to == ("a@x.example", "b@x.example")


@pytest.mark.parametrize(
    "address",
    [
        "a@x.example> SIZE=1",
        "a@x.example\r\nDATA",
        "a b@x.example",
        "<a@x.example>",
        "a@x.example,b@x.example",
        "no-at-sign",
        "@x.example",
        "a@",
        '"a b"@x.example',
        "a@[127.0.0.1]",
        "a@x..example",
        "a@x\u2028.example",
    ],
)
def test_what_is_no_address_never_becomes_a_command(desk: SmtpDesk, address: str) -> None:
    assert isinstance(failure(desk.notifier(), to=(address,)), Refused)
    refused = failure(desk.notifier(), to=(address, "b@x.example"))
    assert refused.raw
    assert "not an address" in refused.why
    assert desk.server.sink.got[0].rcpt_to == ("b@x.example",)


def test_a_domain_of_other_letters_is_written_in_ascii(desk: SmtpDesk) -> None:
    desk.notifier().send(letter(to=("ann@bücher.example",)))
    assert desk.server.sink.got[0].rcpt_to == ("ann@xn--bcher-kva.example",)
    assert b"To: ann@xn--bcher-kva.example" in desk.received()[0]


def test_a_local_part_of_other_letters_needs_a_server_that_knows_them(desk: SmtpDesk) -> None:
    desk.notifier().send(letter(to=("jürgen@x.example",)))
    assert desk.server.sink.got[0].rcpt_to == ("jürgen@x.example",)
    assert "SMTPUTF8" in desk.server.sink.got[0].options


# --- refusals -----------------------------------------------------------------


def test_those_that_are_refused_are_named_and_the_others_have_it(desk: SmtpDesk) -> None:
    desk.server.sink.replies |= {"bad@x.example": "550 5.1.1 no such user"}
    refused = failure(desk.notifier(), to=("good@x.example", "bad@x.example"))
    assert isinstance(refused, Refused)
    assert refused.why == "bad@x.example: 550 5.1.1 no such user"
    assert refused.raw == desk.received()[0]
    assert desk.server.sink.got[0].rcpt_to == ("good@x.example",)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [("550 5.1.1 no such user", Refused), ("450 4.2.0 greylisted", Retry)],
)
def test_when_all_are_refused_the_reply_says_whether_for_good(
    desk: SmtpDesk, reply: str, kind: type
) -> None:
    desk.server.sink.replies |= {"ann@partner.example": reply}
    notifier = desk.notifier()
    assert type(failure(notifier)) is kind
    desk.accept()
    notifier.send(letter())
    assert len(desk.received()) == 1


@pytest.mark.parametrize(
    ("reply", "kind"), [("553 5.7.1 not yours", Refused), ("451 4.7.1 later", Retry)]
)
def test_a_sender_that_is_refused(desk: SmtpDesk, reply: str, kind: type) -> None:
    desk.server.sink.replies |= {"MAIL": reply}
    found = failure(desk.notifier())
    assert reply in found.why
    assert type(found) is kind


def test_a_message_larger_than_the_server_takes_is_refused_before_it_is_sent(
    ca: LocalCA, certificate: Certificate
) -> None:
    with closing(SmtpDesk(ca, certificate, implicit=False)) as desk:
        desk.server._controller.SMTP_kwargs["data_size_limit"] = 10_000
        found = failure(desk.notifier(), text="x" * 20_000)
    assert isinstance(found, Refused)
    assert "the server takes 10000" in found.why


# --- signing in and encryption: nothing is lost while somebody mends it --------


@pytest.mark.parametrize("implicit", [True, False])
def test_a_wrong_password_is_tried_again_later(
    ca: LocalCA, certificate: Certificate, *, implicit: bool
) -> None:
    with closing(SmtpDesk(ca, certificate, implicit=implicit)) as desk:
        found = failure(desk.notifier(password=Secret("wrong-" + PASSWORD)))
        assert type(found) is Retry
        assert "535" in found.why
        assert desk.received() == []


@pytest.mark.parametrize("implicit", [True, False])
def test_an_unknown_authority_is_not_trusted(
    ca: LocalCA, certificate: Certificate, *, implicit: bool
) -> None:
    with closing(SmtpDesk(ca, certificate, implicit=implicit)) as desk:
        found = failure(desk.notifier(ca_file=None))
        assert type(found) is Retry
        assert "certificate" in found.why
        assert desk.received() == []


@pytest.mark.parametrize("kind", ["other", "expired"])
def test_a_certificate_that_does_not_fit_is_not_accepted(ca: LocalCA, kind: str) -> None:
    hosts = ["mail.other.example"] if kind == "other" else ["localhost"]
    made = ca.issue(kind, hosts, expired=kind == "expired")
    with closing(SmtpDesk(ca, made, implicit=True)) as desk:
        assert type(failure(desk.notifier())) is Retry
        assert desk.received() == []


def talk(*replies: bytes) -> Any:
    """Return a script that greets and then gives one reply for each line."""

    def script(wire: Wire) -> None:
        wire.say(b"220 sink ESMTP\r\n")
        for reply in replies:
            if not wire.line():
                return
            wire.say(reply)

    return script


def to_script(ca: LocalCA, server: ScriptedServer, **changes: Any) -> SmtpNotifier:
    settings = SmtpSettings(
        host="localhost",
        port=server.port,
        tls="starttls",
        ca_file=ca.ca_file,
        timeout=timedelta(seconds=0.6),
    )
    return SmtpNotifier(replace(settings, **changes))


def test_starttls_that_was_taken_out_is_missed(ca: LocalCA) -> None:
    with ScriptedServer(talk(b"250 sink\r\n")) as server:
        found = failure(to_script(ca, server, username="u", password=Secret(PASSWORD)))
    assert type(found) is Retry
    assert "STARTTLS" in found.why
    assert not any(b"AUTH" in line for line in server.seen)


def test_what_is_injected_before_the_handshake_is_not_believed(
    ca: LocalCA, certificate: Certificate
) -> None:
    def script(wire: Wire) -> None:
        wire.say(b"220 sink\r\n")
        wire.line()
        wire.say(b"250-sink\r\n250 STARTTLS\r\n")
        wire.line()
        wire.say(b"220 go\r\n250-injected\r\n250 AUTH PLAIN\r\n")
        wire.encrypt(certificate.context())
        wire.line()
        wire.say(b"250 sink without AUTH\r\n")
        wire.line()

    with ScriptedServer(script) as server:
        found = failure(to_script(ca, server, username="u", password=Secret(PASSWORD)))
    assert type(found) is Retry
    assert "in the clear" in found.why
    assert not any(b"AUTH" in line for line in server.seen)


def test_a_server_that_drips_is_given_up(ca: LocalCA) -> None:
    def drip(wire: Wire) -> None:
        for _ in range(100):
            wire.say(b"2")
            time.sleep(0.05)

    with ScriptedServer(drip) as server:
        started = time.monotonic()
        found = failure(to_script(ca, server))
        assert time.monotonic() - started < 3
    assert type(found) is Retry


def test_a_server_that_hangs_is_given_up(ca: LocalCA) -> None:
    def silent(wire: Wire) -> None:
        wire.line()

    with ScriptedServer(silent) as server:
        started = time.monotonic()
        found = failure(to_script(ca, server))
        assert time.monotonic() - started < 5
    assert type(found) is Retry
    assert "no answer within 0.6 seconds" in found.why


def test_a_server_that_is_not_there_is_named() -> None:
    found = failure(SmtpNotifier(SmtpSettings(host="localhost", port=1)))
    assert type(found) is Retry
    assert found.why == "localhost:1: Connection refused"


# --- not knowing --------------------------------------------------------------


@pytest.mark.parametrize("last", [b"", b"2", b"hello\r\n"])
def test_a_connection_that_dies_after_the_final_dot_leaves_it_open(
    ca: LocalCA, last: bytes
) -> None:
    def script(wire: Wire) -> None:
        wire.say(b"220 sink\r\n")
        while line := wire.line():
            wire.say(b"354 go on\r\n" if line == b"DATA" else b"250 ok\r\n")
            if line == b"DATA":
                while wire.line() != b".":
                    pass
                wire.say(last)
                return

    with ScriptedServer(script) as server:
        found = failure(to_script(ca, server, tls="none", host="127.0.0.1"))
    assert type(found) is Uncertain


def test_a_connection_that_dies_before_the_final_dot_is_to_be_tried_again(ca: LocalCA) -> None:
    def script(wire: Wire) -> None:
        wire.say(b"220 sink\r\n")
        while line := wire.line():
            if line == b"DATA":
                return
            wire.say(b"250 ok\r\n")

    with ScriptedServer(script) as server:
        found = failure(to_script(ca, server, tls="none", host="127.0.0.1"))
    assert type(found) is Retry


# --- the rest -----------------------------------------------------------------


def test_a_connection_that_died_in_between_is_made_anew(desk: SmtpDesk) -> None:
    notifier = desk.notifier()
    notifier.send(letter())
    assert notifier._connection is not None
    assert notifier._connection.sock is not None
    notifier._connection.sock.shutdown(socket.SHUT_RDWR)
    notifier.send(letter(key="key-2"))
    assert len(desk.received()) == 2


def test_lines_that_begin_with_a_dot_arrive_as_they_were(desk: SmtpDesk) -> None:
    desk.notifier().send(letter(text=".\n..\nFrom here\n.hidden\n"))
    found = message_from_bytes(desk.received()[0], policy=policy.default)
    assert found.get_content().split() == [".", "..", "From", "here", ".hidden"]


def test_a_message_is_forwarded_byte_for_byte_where_the_server_takes_eight_bits(
    desk: SmtpDesk,
) -> None:
    original = "Subject: über\r\n\r\nüber\r\n.\r\n".encode()
    forward = letter(kind="forward", attach_original="all")
    sent = desk.notifier().send(replace(forward, original=original))
    assert desk.received() == [sent]
    assert original in sent
    assert "BODY=8BITMIME" in desk.server.sink.got[0].options


def test_without_encryption_nothing_leaves_the_machine_nor_a_password() -> None:
    server = SmtpServer(None, auth=False)
    try:
        told = SmtpSettings(host="127.0.0.1", port=server.port, tls="none")
        with closing(SmtpNotifier(told)) as notifier:
            notifier.send(letter())
        assert len(server.sink.got) == 1
        found = failure(SmtpNotifier(replace(told, username="u", password=Secret(PASSWORD))))
        assert "no password and no token is sent" in found.why
        assert len(server.sink.got) == 1
    finally:
        server.stop()


def test_without_encryption_another_machine_is_not_spoken_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = SmtpServer(None, auth=False)
    monkeypatch.setattr(socket.socket, "getpeername", lambda _self: ("192.0.2.1", 25))
    try:
        told = SmtpSettings(host="localhost", port=server.port, tls="none")
        assert "only for this machine" in failure(SmtpNotifier(told)).why
    finally:
        server.stop()


def test_settings_know_their_ports_and_show_no_password() -> None:
    settings = SmtpSettings(host="h", username="u", password=Secret(PASSWORD))
    assert settings.port_number == 465
    assert replace(settings, tls="starttls").port_number == 587
    assert PASSWORD not in repr(settings)
