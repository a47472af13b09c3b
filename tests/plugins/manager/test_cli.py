"""`postroom plugins` lists what is there, and names what cannot be used."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from postroom.cli.plugins import command
from postroom.hooks.manager import find_plugins

if TYPE_CHECKING:
    from pathlib import Path


def test_each_plugin_is_listed_with_its_distribution_and_what_it_brings() -> None:
    done = CliRunner().invoke(command, ["--json"])
    assert done.exit_code == 0, done.output
    listed = {each["name"]: each for each in json.loads(done.output)["plugins"]}
    assert listed["imap"]["distribution"] == "postroom"
    assert {"kind": "transport", "name": "imap"} in listed["imap"]["brings"]


def test_people_get_a_table() -> None:
    done = CliRunner().invoke(command, [], env={"COLUMNS": "120"})
    assert done.exit_code == 0
    lines = done.output.splitlines()
    assert lines[0].split() == ["plugin", "distribution", "version", "brings"]
    assert len(lines) == 1 + len(find_plugins().known)


@pytest.fixture
def _broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "postroom_broken-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: postroom-broken\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[postroom]\nbroken = nowhere_to_be_found\n")
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("_broken")
def test_the_json_holds_the_finding() -> None:
    done = CliRunner().invoke(command, ["--json"])
    assert done.exit_code == 1
    (problem,) = json.loads(done.stdout)["problems"]
    assert problem["code"] == "PR421"
    assert "`broken` of postroom-broken 1" in problem["message"]


@pytest.mark.usefixtures("_broken")
def test_people_read_it_on_standard_error_below_the_others() -> None:
    done = CliRunner().invoke(command, [])
    assert done.exit_code == 1
    assert "error[PR421]: plugin `broken` of postroom-broken 1 cannot be loaded" in done.stderr
    assert "imap" in done.stdout
