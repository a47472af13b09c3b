"""Mail that a mail server's pipe hands over, a process for each message."""

from __future__ import annotations

import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import pytest
from tests.end_to_end.desk import POSTROOM, Desk, mail, titles
from tests.end_to_end.test_pushed import running

from postroom.hooks.contracts import Parcel
from postroom.hooks.failpoints import ENVIRONMENT
from postroom.runtime.receiving import deliver as pipe
from postroom.runtime.settings import folders
from postroom.testing.checks import shows
from postroom.testing.transport_contract.means import many
from postroom_duckdb.store import DuckdbStore

_AT_A_TIME = 20
_MOST = 300  # each waits for a commit of its own


def deliver(desk: Desk, raw: bytes, *words: str, fail_at: str = "") -> tuple[int, str]:
    """Hand in a message as a mail server's pipe does; return the exit code and what is said."""
    done = subprocess.run(
        [*POSTROOM, "deliver", "--rules", str(desk.folder), *words],
        input=raw,
        capture_output=True,
        check=False,
        timeout=120,
        env={**os.environ, **desk.environment, ENVIRONMENT: fail_at},
    )
    return done.returncode, done.stderr.decode()


@pytest.fixture
def folder(desk: Desk) -> Desk:
    desk.write(support="{use: eml, path: inbox}", closed="{use: eml, path: inbox}")
    (desk.folder / "inbox").mkdir()
    rules = desk.folder / "rules.yaml"
    text = rules.read_text()
    rules.write_text(text.replace("  closed:\n", "  closed:\n    active: false\n"))
    return desk


def raws(desk: Desk) -> list[bytes]:
    """Return the messages that became records, in their order."""
    archive = DuckdbStore.archive(desk.folder / "postroom-data")
    query = "SELECT id FROM communications WHERE direction = 'in' ORDER BY id"
    return [archive.raw(row["id"]) for row in desk.sql(query)]


class TestPipe:
    @shows("oldest first", "settle twice", "moved to")
    def test_a_pipe_delivers_with_and_without_an_engine(self, folder: Desk) -> None:
        to = ("--account", "support", "--sender", "ann@weaver.example")
        assert deliver(folder, mail(0), *to) == (0, "")
        (folder.folder / "inbox/3.eml").write_bytes(mail(3))
        with running(folder) as engine:
            assert engine.stdout is not None
            while '"committed"' not in engine.stdout.readline():
                pass
            assert deliver(folder, mail(3), *to) == (0, ""), "known from the folder that was read"
            assert deliver(folder, mail(1), *to) == (0, "")
            assert deliver(folder, mail(1), *to) == (0, "")
            assert deliver(folder, mail(2), "--account", "suport")[0] == 69
        assert folder.titles() == sorted([*titles(2), *titles(4)[3:]])
        assert raws(folder) == [mail(0), mail(3), mail(1)]
        assert list((folder.folder / "postroom-data/requests").iterdir()) == []

    @shows("throttled", "poison")
    def test_the_exit_code_says_whether_to_try_again(self, folder: Desk) -> None:
        code, said = deliver(folder, mail(0), "--account", "suport")
        assert (code, "did you mean `support`?" in said) == (69, True)
        assert deliver(folder, b"\n", "--account", "support")[0] == 66
        assert deliver(folder, mail(0), "--account", "closed")[0] == 75
        broken = folder.folder / "broken.yaml"
        broken.write_text("accounts: {support: ")
        assert deliver(folder, mail(0), "--account", "support")[0] == 75
        broken.unlink()
        assert deliver(folder, mail(0) + b"x" * 60_000_000, "--account", "support")[0] == 65

    @shows("positions")
    def test_a_pipe_that_is_killed_leaves_the_message_to_its_sender(self, folder: Desk) -> None:
        to = ("--account", "support")
        assert deliver(folder, mail(0), *to, fail_at="in-transaction")[0] == -signal.SIGKILL
        assert deliver(folder, mail(0), *to, fail_at="committed")[0] == -signal.SIGKILL
        assert deliver(
            folder, b"From ann@weaver.example Mon Nov  2 08:00:00 2026\n" + mail(0), *to
        ) == (
            0,
            "",
        )
        assert folder.titles() == titles(1)

    @shows("many")
    def test_many_at_a_time_come_once_each(self, folder: Desk) -> None:
        """By what is behind the command, without a process each."""
        where = folders(folder.folder)
        count = min(many(10), _MOST)

        def hand_in(number: int) -> None:
            pipe.deliver(where, Parcel(mail(number), account="support"), "test")

        with running(folder) as engine, ThreadPoolExecutor(_AT_A_TIME) as pool:
            assert engine.stdout is not None
            Thread(target=list, args=[engine.stdout], daemon=True).start()  # it has much to tell
            list(pool.map(hand_in, range(count)))
        assert folder.titles() == titles(count)
