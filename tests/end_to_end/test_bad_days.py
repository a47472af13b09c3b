"""What else can go wrong, and what postroom makes of it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from tests.end_to_end.desk import CANARY, POSTROOM, mail, put
from tests.servers.script import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.end_to_end.desk import Desk
    from tests.servers.ca import LocalCA
    from tests.servers.script import Wire

EML = "{use: eml, path: inbox}"


@pytest.fixture
def inbox(desk: Desk) -> Path:
    desk.write(support=EML)
    folder = desk.folder / "inbox"
    folder.mkdir()
    return folder


def wait_for(process: subprocess.Popen[str], event: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if f'"{event}"' in line:
            return
    pytest.fail(f"the engine ended before {event}")


def test_records_can_be_asked_for_while_the_engine_runs(desk: Desk, inbox: Path) -> None:
    for number in range(400):
        put(inbox / f"{number}.eml", mail(number))
    process = desk.start("--json")
    try:
        wait_for(process, "caught_up")
        give_up_at = time.monotonic() + 20
        published = desk.folder / "postroom-data" / "published" / "reader.duckdb"
        while not published.exists() or desk.one("SELECT count(*) FROM records.ticket") < 400:
            assert time.monotonic() < give_up_at
        assert process.poll() is None
    finally:
        process.terminate()
        process.communicate(timeout=20)
    assert process.returncode == 0


def test_a_second_engine_is_refused_and_told_which_process_is_in_the_way(
    desk: Desk, inbox: Path
) -> None:
    del inbox
    process = desk.start("--json")
    try:
        wait_for(process, "started")
        second = desk.once()
        assert second.returncode == 3
        assert "error[PR520]" in second.stderr
        assert str(process.pid) in second.stderr
        brought = desk.folder / "contacts.csv"
        brought.write_text("email\nann@weaver.example\n")
        third = desk.run("import", "contact", str(brought), "--rules", str(desk.folder))
        assert (third.returncode, "PR520" in third.stderr) == (3, True)
        assert process.poll() is None
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert process.returncode == 0


def test_a_server_that_hangs_is_given_up_and_the_other_account_goes_on(
    desk: Desk, ca: LocalCA
) -> None:
    def hang(wire: Wire) -> None:
        wire.line()

    server = ScriptedServer(hang)
    with server:
        how = (
            f"{{use: imap, host: localhost, port: {server.port}, username: u, timeout: 1s, "
            f"password: {{env: MAIL_PASSWORD}}, ca_file: {ca.ca_file}}}"
        )
        desk.write(sales=how, support=EML)
        (desk.folder / "inbox").mkdir()
        put(desk.folder / "inbox/1.eml", mail(1))
        began = time.monotonic()
        done = desk.once()
    assert done.returncode == 3
    assert "sales: error[PR514]" in done.stderr
    assert time.monotonic() - began < 60
    assert desk.titles() == ["Request 00001"]


def test_a_missing_secret_is_named_and_the_other_account_goes_on(desk: Desk) -> None:
    how = "{use: imap, host: localhost, username: u, password: {env: NOT_SET}}"
    desk.write(sales=how, support=EML)
    (desk.folder / "inbox").mkdir()
    put(desk.folder / "inbox/1.eml", mail(1))
    done = desk.once()
    assert done.returncode == 3
    assert "error[PR410]: the secret {env: NOT_SET} cannot be had" in done.stderr
    assert desk.titles() == ["Request 00001"]


def test_a_message_of_60_mb_is_quarantined_and_the_others_go_on(desk: Desk, inbox: Path) -> None:
    put(inbox / "1.eml", mail(1) + b"x" * 60_000_000)
    put(inbox / "2.eml", mail(2))
    assert desk.once().returncode == 0
    assert desk.sql("SELECT outcome, size FROM communications ORDER BY id") == [
        {"outcome": "quarantined", "size": len(mail(1)) + 60_000_000},
        {"outcome": "created", "size": len(mail(2))},
    ]


def test_a_secret_is_seen_nowhere(desk: Desk, ca: LocalCA) -> None:
    def refuse(wire: Wire) -> None:
        wire.say(b"* OK ready\r\n")
        while line := wire.line():
            tag, _, rest = line.partition(b" ")
            if rest.startswith((b"AUTHENTICATE", b"LOGIN")) and b"{" not in rest:
                # a server that says the password back, as some do
                wire.say(tag + b" NO wrong: " + rest + b"\r\n")
            else:
                wire.say(tag + b" OK done\r\n")

    with ScriptedServer(refuse, tls=ca.issue("canary").context()) as server:
        how = (
            f"{{use: imap, host: localhost, port: {server.port}, username: u, timeout: 2s, "
            f"password: {{env: MAIL_PASSWORD}}, ca_file: {ca.ca_file}}}"
        )
        desk.write(sales=how)
        shown = [
            desk.run("run", str(desk.folder), "--once", *more) for more in ([], ["--json"], ["-v"])
        ]
        shown += [desk.run("check", str(desk.folder)), desk.run("plugins")]
    assert all(CANARY not in done.stdout + done.stderr for done in shown)
    left = [path for path in desk.folder.rglob("*") if path.is_file()]
    assert left
    assert [path for path in left if CANARY.encode() in path.read_bytes()] == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("a disk of its own needs root and mount")
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)], check=False
    )
    if mounted.returncode:
        pytest.skip("a tmpfs cannot be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_pauses_fetching_and_loses_nothing(
    desk: Desk, inbox: Path, small_disk: Path
) -> None:
    for number in range(40):
        put(inbox / f"{number}.eml", mail(number) + os.urandom(400_000).hex().encode())
    where = ("--data", str(small_disk / "data"))
    full = desk.run("run", str(desk.folder), "--once", *where)
    assert full.returncode == 3
    assert "error[PR523]" in full.stderr
    assert len(list(inbox.iterdir())) == 40
    subprocess.run(["mount", "-o", "remount,size=2g", str(small_disk)], check=True)
    done = desk.run("run", str(desk.folder), "--once", *where)
    assert done.returncode == 0, done.stderr
    assert "error[" not in done.stderr
    shown = desk.run(
        "sql", "--data", *where[1:], "--rules", str(desk.folder), "--json",
        "SELECT count(DISTINCT title) AS tickets, count(*) AS all_of_them FROM records.ticket",
    )  # fmt: skip
    assert shown.stdout == '{"tickets": 40, "all_of_them": 40}\n'


def test_a_broken_pipe_is_no_error(desk: Desk, inbox: Path) -> None:
    for number in range(50):
        put(inbox / f"{number}.eml", mail(number))
    desk.once()
    query = "SELECT * FROM records.ticket"
    words = [*POSTROOM, "sql", "--rules", str(desk.folder), "--json", query]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
    assert errors == b""
