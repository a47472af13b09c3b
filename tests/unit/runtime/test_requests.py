from __future__ import annotations

import json
import os
import stat
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from postroom.runtime.requests import files as requests
from postroom.runtime.requests.files import Request, Tray
from postroom.source.diagnostic import Diagnostic, Problem, RuleError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from postroom.model.plain import Json

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)


class Office:
    """Somebody who carries requests out."""

    def __init__(self, folder: Path) -> None:
        self.done: list[Request] = []
        self.fails: BaseException | None = None
        self.tray = Tray(folder, self.carry_out, lambda: NOW)

    def carry_out(self, asked: Request) -> Mapping[str, Json]:
        self.done.append(asked)
        if self.fails:
            raise self.fails
        return {"did": asked.verb}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "requests"


@pytest.fixture
def office(folder: Path) -> Office:
    return Office(folder)


def asked(verb: str = "release", **body: Json) -> Request:
    return requests.request(verb, NOW, by="ann", reason="she called", body=body)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_request_is_carried_out_once_and_its_answer_fetched_once(
    folder: Path, office: Office
) -> None:
    mine = asked(communication=7)
    requests.put(folder, mine)
    assert requests.answer(folder, mine) is None
    assert (office.tray.work_off(), office.tray.work_off()) == (1, 0)
    assert office.done == [mine]
    assert requests.answer(folder, mine) == {"did": "release"}
    assert files(folder) == []


def test_requests_are_carried_out_in_the_order_in_which_they_were_made(
    folder: Path, office: Office
) -> None:
    made = [
        requests.request(f"verb{n}", NOW + timedelta(microseconds=n), by="ann") for n in range(20)
    ]
    for each in reversed(made):
        requests.put(folder, each)
    office.tray.work_off()
    assert office.done == made


def test_what_was_withdrawn_is_never_done(folder: Path, office: Office) -> None:
    mine = asked()
    requests.put(folder, mine)
    assert requests.withdraw(folder, mine)
    assert office.tray.work_off() == 0
    assert not requests.withdraw(folder, mine)


def test_what_an_engine_had_taken_when_it_died_is_done_by_the_next(
    folder: Path, office: Office
) -> None:
    mine = asked()
    requests.put(folder, mine)
    office.fails = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        office.tray.work_off()
    assert not requests.withdraw(folder, mine)
    following = Office(folder)
    assert following.tray.work_off() == 1
    assert following.done == [mine]
    assert requests.answer(folder, mine) == {"did": "release"}


def test_problems_come_back_as_they_are(folder: Path, office: Office) -> None:
    mine = asked()
    requests.put(folder, mine)
    office.fails = Problem(Diagnostic("PR442", "nothing is known of it", help="look again"))
    office.tray.work_off()
    with pytest.raises(Problem) as caught:
        requests.answer(folder, mine)
    assert caught.value.diagnostic == Diagnostic(
        "PR442", "nothing is known of it", help="look again"
    )
    found = [Diagnostic("PR200", "one"), Diagnostic("PR201", "two")]
    requests.put(folder, mine)
    office.fails = RuleError(found)
    office.tray.work_off()
    with pytest.raises(RuleError) as findings:
        requests.answer(folder, mine)
    assert [each.code for each in findings.value.diagnostics] == ["PR200", "PR201"]


def test_a_mistake_of_ours_is_answered_and_the_next_request_carried_out(
    folder: Path, office: Office
) -> None:
    mine = asked()
    requests.put(folder, mine)
    office.fails = ValueError("a secret")
    office.tray.work_off()
    with pytest.raises(Problem, match="PR531") as caught:
        requests.answer(folder, mine)
    assert "a secret" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[" * 200_000,
        b"[]",
        b"\xff\xfe",
        b" " * 300_000,
        json.dumps({"id": "x", "verb": "v", "by": "b", "reason": "", "body": {}, "more": 1}),
        json.dumps({"id": "y", "verb": "v", "by": "b", "reason": "", "body": {}}),
        json.dumps({"id": "x", "verb": 1, "by": "b", "reason": "", "body": {}}),
        json.dumps({"id": "x", "verb": "v", "by": " ", "reason": "", "body": {}}),
        json.dumps({"id": "x", "verb": "v", "by": "b", "reason": "r" * 1_001, "body": {}}),
        json.dumps({"id": "x", "verb": "v", "by": "b", "reason": "", "body": [1]}),
    ],
)
def test_what_is_no_request_is_answered_and_not_carried_out(
    folder: Path, office: Office, content: bytes | str
) -> None:
    folder.mkdir()
    (folder / "x.request").write_bytes(content.encode() if isinstance(content, str) else content)
    assert office.tray.work_off() == 1
    assert office.done == []
    told: dict[str, Any] = json.loads((folder / "x.answer").read_bytes())
    assert [each["code"] for each in told["problems"]] == ["PR471"]
    assert files(folder) == ["x.answer"]


def test_nobody_else_can_ask_or_read(folder: Path, office: Office) -> None:
    requests.put(folder, asked())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    office.tray.work_off()
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}


def test_answers_that_nobody_fetches_are_forgotten_after_a_day(
    folder: Path, office: Office
) -> None:
    for mine, age in ((asked("old"), timedelta(hours=25)), (asked("new"), timedelta(hours=23))):
        requests.put(folder, mine)
        office.tray.work_off()
        then = (NOW - age).timestamp()
        os.utime(folder / f"{mine.id}.answer", (then, then))
    office.tray.work_off()
    assert len(files(folder)) == 1


def test_a_file_that_is_only_half_written_is_no_request(folder: Path, office: Office) -> None:
    folder.mkdir()
    (folder / ".x.request.new").write_bytes(b"{")
    assert office.tray.work_off() == 0
