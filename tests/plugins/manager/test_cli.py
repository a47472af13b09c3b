"""`postroom plugins` lists what is there, and names what cannot be used."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from postroom.cli.main import main
from postroom.hooks import allowed
from postroom.hooks.manager import find_plugins

if TYPE_CHECKING:
    from pathlib import Path


def test_each_plugin_is_listed_with_its_distribution_and_what_it_brings(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["plugins", "--json"]) == 0
    listed = {each["name"]: each for each in json.loads(capsys.readouterr().out)["plugins"]}
    assert listed["imap"]["distribution"] == "postroom"
    assert {"kind": "transport", "name": "imap"} in listed["imap"]["brings"]


def test_people_get_a_table(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert main(["plugins"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["plugin", "distribution", "version", "sha256", "brings"]
    assert len(lines) == 1 + len(find_plugins().known)


@pytest.fixture
def _broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "postroom_broken-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: postroom-broken\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[postroom]\nbroken = nowhere_to_be_found\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(allowed, "PLACE", tmp_path / "plugins.txt")
    allowed.allow("postroom-broken")


@pytest.mark.usefixtures("_broken")
def test_the_json_holds_the_finding(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins", "--json"]) == 1
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert problem["code"] == "PR421"
    assert "`broken` of postroom-broken 1" in problem["message"]


@pytest.mark.usefixtures("_broken")
def test_people_read_it_on_standard_error_below_the_others(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["plugins"]) == 1
    shown = capsys.readouterr()
    assert "error[PR421]: plugin `broken` of postroom-broken 1 cannot be loaded" in shown.err
    assert "imap" in shown.out
