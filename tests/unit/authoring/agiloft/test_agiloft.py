"""Settings of inbound mail as Agiloft has them become rule files, without their secrets."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.authoring.agiloft.block import blocks_of
from postroom.authoring.agiloft.properties import read_properties
from postroom.authoring.agiloft.write import Carried, written
from postroom.cli.main import main
from postroom.source.diagnostic import Problem

HERE = Path(__file__).parent
REST = """
version: 1
tables: {ticket: {fields: {title: {type: text}}}}
"""
LEAST = """\
mail.agiloft.inbound.host=imap.example
mail.agiloft.inbound.user=me
mail.agiloft.inbound.password=canary-pass
"""


def carried(text: str) -> Carried:
    return written(blocks_of(read_properties(text.encode())), "ticket")


def code_of(text: str) -> str:
    with pytest.raises(Problem) as raised:
        carried(text)
    assert "canary" not in repr(raised.value.diagnostic)
    return raised.value.diagnostic.code


@pytest.mark.parametrize("name", ["google", "microsoft"])
def test_a_block_becomes_an_account(name: str) -> None:
    done = carried((HERE / f"{name}.properties").read_text("utf-8"))
    assert done.text == (HERE / f"{name}.yaml").read_text("utf-8")
    assert "canary" not in repr(done)


def test_what_is_lost_is_said_with_its_line() -> None:
    done = carried((HERE / "google.properties").read_text("utf-8"))
    assert [(each.line, each.words) for each in done.lost] == [
        (25, "the refresh token: sign in once more, `postroom login`"),
        (26, "`mail.agiloft.inbound.support.poll.interval` is not known"),
    ]
    assert done.variables == ("SUPPORT_CLIENT_SECRET",)
    done = carried((HERE / "microsoft.properties").read_text("utf-8"))
    assert [each.line for each in done.lost] == [19]
    assert "`%MOON_PHASE%`" in done.lost[0].words
    assert done.variables == ()


@pytest.mark.parametrize("name", ["google", "microsoft"])
def test_what_is_written_checks_clean(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import-settings", "agiloft", str(HERE / f"{name}.properties")]) == 1
    done = capsys.readouterr()
    assert "not carried over" in done.err
    assert "canary" not in done.out + done.err
    (tmp_path / "tables.yaml").write_text(REST, "utf-8")
    (tmp_path / "imported.yaml").write_text(done.out, "utf-8")
    code = main(["check", str(tmp_path)])
    assert code == 0, capsys.readouterr().out


def test_a_block_with_a_password_says_which_variable_to_set() -> None:
    done = carried(LEAST)
    assert "password: {env: AGILOFT_PASSWORD}" in done.text
    assert done.variables == ("AGILOFT_PASSWORD",)
    assert "canary" not in repr(done)


def test_capitals_dots_dashes_and_underscores_make_no_difference() -> None:
    ways = ("client.id", "CLIENT_ID", "client-id", "clientId", "ClientID")
    blocks = [blocks_of(read_properties(f"mail.agiloft.inbound.{way}=x".encode())) for way in ways]
    assert [block.settings for (block,) in blocks] == [{"client_id": "x"}] * len(ways)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("other=1", "PR570"),
        ("", "PR570"),
        ("mail.agiloft.inbound.host=x", "PR571"),
        (LEAST + "mail.agiloft.inbound.auth.flow=manual", "PR571"),
        (LEAST + "mail.agiloft.inbound.folder=a-canary-pass-b", "PR571"),
        ("mail.agiloft.inbound.host=${nowhere}", "PR572"),
        ("mail.agiloft.inbound.host=${host}", "PR572"),
        ("mail.agiloft.inbound.host=${user}\nmail.agiloft.inbound.user=${host}", "PR572"),
    ],
)
def test_what_cannot_be_carried_over_is_refused(text: str, code: str) -> None:
    assert code_of(text) == code


def test_references_that_double_each_time_do_not_fill_the_memory() -> None:
    lines = ["mail.agiloft.inbound.a0=0123456789"]
    lines += [f"mail.agiloft.inbound.a{n + 1}=${{a{n}}}${{a{n}}}" for n in range(18)]
    assert code_of("\n".join([*lines, "mail.agiloft.inbound.host=${a18}"])) == "PR572"


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("a=b", "a", "b"),
        ("a = b ", "a", "b "),
        ("a:b", "a", "b"),
        ("a b c", "a", "b c"),
        ("a", "a", ""),
        ("  a\t=\tb", "a", "b"),
        (r"a\=b=c", "a=b", "c"),
        (r"a\ b=c", "a b", "c"),
        (r"a=\u00e9\t\q", "a", "é\tq"),
        (r"a=\ud83d\ude00", "a", "😀"),
        (r"a=\u12", "a", "u12"),
        ("a=b\\\n   c", "a", "bc"),
        ("a=b\\\\\n", "a", "b\\"),
        ("a=b\\\r\n # c", "a", "b# c"),
        ("# x=y\n! x=y\n\na=b", "a", "b"),
        ("a=#b", "a", "#b"),
        ("a=b\\", "a", "b"),
    ],
)
def test_properties_are_read_as_java_reads_them(text: str, key: str, value: str) -> None:
    (found,) = read_properties(text.encode())
    assert (found.key, found.value) == (key, value)


def test_properties_of_earlier_javas_are_read() -> None:
    (found,) = read_properties("a=é".encode("iso-8859-1"))
    assert found.value == "é"


@given(st.binary(max_size=200))
def test_nothing_that_a_file_holds_breaks_the_reader(data: bytes) -> None:
    assert all(each.line >= 1 for each in read_properties(data))
    lines = b"".join(b"mail.agiloft.inbound." + line + b"\n" for line in data.splitlines())
    with suppress(Problem):
        written(blocks_of(read_properties(lines)), "ticket")
