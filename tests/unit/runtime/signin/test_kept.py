"""What is kept of a sign-in: encrypted, whole, and for its owner alone."""

from __future__ import annotations

import base64
import sys
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING

import pytest

from postroom.runtime.signin import kept
from postroom.runtime.signin.kept import KEY_VARIABLE, Access, Keeper, Tokens
from postroom.source.diagnostic import Problem

if TYPE_CHECKING:
    from pathlib import Path

KEY = base64.b64encode(bytes(range(32))).decode()
TOKENS = Tokens("refresh-canary", 1.0, {"mail": Access("access-canary", 2.0)})


def keeper(folder: Path, environment: dict[str, str] | None = None) -> Keeper:
    return Keeper(folder / "data", folder / "keys", environment or {})


def code_of(problem: pytest.ExceptionInfo[Problem]) -> str:
    assert "canary" not in repr(problem.value.diagnostic)
    return problem.value.diagnostic.code


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    assert keeper(tmp_path).read("corp") is None
    keeper(tmp_path).write("corp", TOKENS)
    assert keeper(tmp_path).read("corp") == TOKENS


def test_no_token_lies_anywhere_in_clear(tmp_path: Path) -> None:
    keeper(tmp_path).write("corp", TOKENS)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 2
    for path in files:
        assert b"canary" not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0
    assert "canary" not in repr(TOKENS)


def test_the_key_does_not_lie_beside_the_tokens(tmp_path: Path) -> None:
    keeper(tmp_path).write("corp", TOKENS)
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["sign-ins.key"]


def test_a_file_that_was_altered_is_not_believed(tmp_path: Path) -> None:
    keeper(tmp_path).write("corp", TOKENS)
    path = tmp_path / "data" / "sign-ins" / "corp.tokens"
    sealed = path.read_bytes()
    for at in range(len(sealed)):
        path.write_bytes(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :])
        with pytest.raises(Problem) as raised:
            keeper(tmp_path).read("corp")
        assert code_of(raised) == "PR417"


@pytest.mark.parametrize("kept", [0, 1, 30])
def test_a_file_that_was_cut_short_is_not_believed(kept: int, tmp_path: Path) -> None:
    keeper(tmp_path).write("corp", TOKENS)
    path = tmp_path / "data" / "sign-ins" / "corp.tokens"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(Problem) as raised:
        keeper(tmp_path).read("corp")
    assert code_of(raised) == "PR417"


def test_the_tokens_of_one_sign_in_do_not_pass_for_those_of_another(tmp_path: Path) -> None:
    keeper(tmp_path).write("corp", TOKENS)
    folder = tmp_path / "data" / "sign-ins"
    (folder / "other.tokens").write_bytes((folder / "corp.tokens").read_bytes())
    with pytest.raises(Problem):
        keeper(tmp_path).read("other")


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    keeper(tmp_path).write("corp", TOKENS)
    (tmp_path / "keys" / "sign-ins.key").chmod(0o644)
    with pytest.raises(Problem) as raised:
        keeper(tmp_path).read("corp")
    assert code_of(raised) == "PR417"


def test_the_key_can_come_from_the_environment(tmp_path: Path) -> None:
    given = {KEY_VARIABLE: KEY}
    keeper(tmp_path, given).write("corp", TOKENS)
    assert keeper(tmp_path, given).read("corp") == TOKENS
    assert not (tmp_path / "keys").exists()
    with pytest.raises(Problem):
        keeper(tmp_path).read("corp")


class Ring:
    """A keyring with one entry, in place of the library, which wants a desktop."""

    @staticmethod
    def get_password(service: str, username: str) -> str | None:
        return KEY if (service, username) == ("postroom", "sign-ins") else None


@pytest.mark.parametrize("given", ["keyring:postroom/sign-ins", "file:{}/sign-ins.b64"])
def test_the_key_can_come_from_where_the_variable_refers_to(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", Ring)
    (tmp_path / "sign-ins.b64").write_text(KEY + "\n", "utf-8")
    referring = {KEY_VARIABLE: given.format(tmp_path)}
    keeper(tmp_path, referring).write("corp", TOKENS)
    assert keeper(tmp_path, {KEY_VARIABLE: KEY}).read("corp") == TOKENS
    assert not (tmp_path / "keys").exists()
    with pytest.raises(Problem) as raised:
        keeper(tmp_path, {KEY_VARIABLE: given.format(tmp_path) + "x"}).read("corp")
    assert code_of(raised) == "PR410"


def test_tokens_that_were_kept_by_an_older_engine_are_read() -> None:
    """They say neither when they were used nor when they end."""
    now = kept._written(TOKENS)
    before = now.replace(b'"used": 0, "until": 0, ', b"")
    assert before != now
    assert kept._tokens(before) == TOKENS


@pytest.mark.parametrize("given", ["short", "AAAA", "é" * 44])
def test_a_key_of_another_length_is_refused(given: str, tmp_path: Path) -> None:
    with pytest.raises(Problem) as raised:
        keeper(tmp_path, {KEY_VARIABLE: given}).write("corp", TOKENS)
    assert code_of(raised) == "PR417"


def test_one_at_a_time_changes_a_sign_in(tmp_path: Path) -> None:
    order: list[str] = []

    def wait() -> None:
        with keeper(tmp_path).alone("corp"):
            order.append("second")

    with keeper(tmp_path).alone("corp"):
        thread = Thread(target=wait)
        thread.start()
        sleep(0.1)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]
