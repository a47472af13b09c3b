"""What `pip install postroom` gives in a fresh environment."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the bin folder of a fresh environment with the wheel in it."""
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "build", "-q", "--wheel", "--no-isolation", "-o", folder, ROOT)
    (wheel,) = folder.glob("*.whl")
    _run(sys.executable, "-m", "venv", folder / "env")
    _run(folder / "env/bin/pip", "install", "-q", "--disable-pip-version-check", wheel)
    return folder / "env/bin"


def _run(*words: object, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [str(w) for w in words], cwd=cwd, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_shipped_rules_pass_their_own_tests(installed: Path, tmp_path: Path) -> None:
    _run(installed / "postroom", "init", tmp_path / "rules")
    _run(installed / "postroom", "check", tmp_path / "rules")
    report = json.loads(_run(installed / "postroom", "test", tmp_path / "rules", "--json"))
    assert report["failed"] == 0
    assert report["passed"] > 10


def test_our_plugins_come_through_the_same_door_as_anybodys(installed: Path) -> None:
    listed = json.loads(_run(installed / "postroom", "plugins", "--json"))
    names = {plugin["name"] for plugin in listed["plugins"]}
    assert {"files", "imap", "duckdb", "smtp"} <= names


def test_the_pages_of_codes_are_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("lists: {unused: [a]}\n")
    log = json.loads(_run(installed / "postroom", "check", tmp_path, "--format", "sarif"))
    (run,) = log["runs"]
    (result,) = run["results"]
    assert "# PR351" in run["tool"]["driver"]["rules"][result["ruleIndex"]]["help"]["markdown"]


def test_the_demo_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    assert "SUP-1" in _run(installed / "postroom", "demo", cwd=tmp_path)


def test_ci_runs_the_commands_that_the_readme_shows() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    ci = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    commands = [line for line in readme.splitlines() if line.startswith("python3 -m venv")]
    assert len(commands) == 2
    assert all(command in ci for command in commands)
