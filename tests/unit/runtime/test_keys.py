from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from postroom.identity.token import Tokens
from postroom.model.record import RecordRef
from postroom.runtime.keys import FILE, open_keys
from postroom.runtime.settings import folders
from postroom.source.diagnostic import Problem

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 2, tzinfo=UTC)
TABLES = {"ticket": 1}
TICKET = RecordRef("ticket", 4711)


def test_a_token_made_before_a_restart_is_read_after_it(tmp_path: Path) -> None:
    token = Tokens(open_keys(tmp_path / "keys").ring, TABLES).mint(TICKET)
    assert Tokens(open_keys(tmp_path / "keys").ring, TABLES).read(token, NOW) == TICKET


def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    open_keys(tmp_path / "keys")
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "keys" / FILE).stat().st_mode & 0o777 == 0o600


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    open_keys(tmp_path)
    (tmp_path / FILE).chmod(0o640)
    with pytest.raises(Problem, match=r"PR412 .*others can read it"):
        open_keys(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"instance": "a", "newest": 0, "keys": {}}'])
def test_a_damaged_file_is_refused_and_left_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / FILE
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(Problem, match=r"PR412 .*damaged"):
        open_keys(tmp_path)
    assert path.read_text() == text


def test_a_damaged_file_is_not_quoted(tmp_path: Path) -> None:
    open_keys(tmp_path)
    path = tmp_path / FILE
    data = json.loads(path.read_text())
    secret = data["keys"]["0"]["secret"]
    data["keys"]["0"]["secret"] = secret[:-7] + "?"
    path.write_text(json.dumps(data))
    with pytest.raises(Problem) as caught:
        open_keys(tmp_path)
    assert secret[:-7] not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_crash_half_way_through_the_first_start_is_made_good(tmp_path: Path) -> None:
    (tmp_path / FILE).with_suffix(".new").write_text("half of a")
    assert open_keys(tmp_path) == open_keys(tmp_path)


def test_keys_may_not_lie_among_the_data(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="PR411"):
        folders(tmp_path, tmp_path / "data", tmp_path / "data" / "keys")


def test_data_and_keys_lie_in_the_rule_folder_unless_said_otherwise(tmp_path: Path) -> None:
    found = folders(tmp_path)
    assert (found.data, found.keys) == (tmp_path / "postroom-data", tmp_path / "postroom-keys")
