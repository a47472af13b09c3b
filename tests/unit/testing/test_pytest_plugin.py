from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from postroom.runtime.rulesets.loading import load_rules
from postroom.source.shipped import shipped

RULES = (Path(__file__).parent / "help.yaml").read_text("utf-8")
MAIL = "mail: {from: eve@evil.example, dmarc: none}"
PASSING = f"  - {{name: a stranger, account: help, {MAIL}, expect: {{decision: denied}}}}\n"
FAILING = f"  - {{name: a friend, account: help, {MAIL}, expect: {{decision: created}}}}\n"


LEAN = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
"""Without the plugins of this project's own tests, which take most of the time."""


def pytest_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-m", "pytest", "-p", "postroom.testing.pytest_plugin", "-q")
    return subprocess.run(  # noqa: PLW1510 - the exit code is what is looked at
        [*command, "-p", "no:cacheprovider", *arguments],
        cwd=folder, capture_output=True, text=True, timeout=120, env=LEAN,
    )  # fmt: skip


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def test_the_cases_of_a_rule_folder_are_collected(tmp_path: Path) -> None:
    write(tmp_path / "rules" / "help.yaml", RULES + PASSING + FAILING)
    write(tmp_path / "other" / "data.yaml", "hello: world\n")
    done = pytest_in(tmp_path)
    assert "1 failed, 1 passed" in done.stdout
    assert "help.yaml:49:12: a friend\n  decision: expected created\n" in done.stdout
    assert done.returncode == 1


def test_a_mistake_in_the_rules_is_an_error_of_collecting(tmp_path: Path) -> None:
    write(tmp_path / "rules" / "help.yaml", RULES.replace("contact.known", "contact.knwon"))
    done = pytest_in(tmp_path, "rules")
    assert "error[PR2" in done.stdout
    assert "1 error" in done.stdout


def test_settings_name_the_folders_where_rules_lie_deeper(tmp_path: Path) -> None:
    write(tmp_path / "pytest.ini", "[pytest]\npostroom_rules = rules\n")
    write(tmp_path / "rules" / "accounts" / "help.yaml", RULES.replace("tests:\n", ""))
    write(tmp_path / "rules" / "help.test.yaml", f"tests:\n{PASSING}")
    done = pytest_in(tmp_path)
    assert "1 passed" in done.stdout, done.stdout


def test_without_the_plugin_nothing_is_collected(tmp_path: Path) -> None:
    write(tmp_path / "help.yaml", RULES + PASSING)
    done = subprocess.run(  # noqa: PLW1510
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, env=LEAN,
    )  # fmt: skip
    assert "no tests ran" in done.stdout


def test_pytest_runs_the_very_cases_that_postroom_test_runs() -> None:
    folder = Path(str(shipped("rules"))) / "helpdesk"
    done = pytest_in(folder.parent, "helpdesk", "--collect-only")
    collected = [line.partition("::")[2] for line in done.stdout.splitlines() if "::" in line]
    assert collected == [case.name for case in load_rules(folder).cases]
