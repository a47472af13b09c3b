from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from postroom.cli import main as cli
from postroom.cli import reference
from postroom.source.diagnostic import Diagnostic, Problem, RuleError

HEAVY = ("cryptography", "duckdb", "imapclient", "lark", "pluggy", "re2", "rich", "ruamel", "ssl")
PAGE = Path(__file__).parents[3] / "docs/reference/command-line.md"


def verbs() -> list[str]:
    return list(cli.VERBS)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from postroom.cli.main import main; main(['--help']);"
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("verb", verbs())
def test_every_verb_has_help_of_its_own(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([verb, "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"postroom {verb}" in shown
    assert len(shown.splitlines()) > 4


def test_an_unknown_verb_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["rnu"]) == 2
    assert "rnu" in capsys.readouterr().err


def test_the_version_is_the_distributions(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("postroom 0.")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Problem(Diagnostic("PR520", "another engine holds it")), 3),
        (Problem(Diagnostic("PR442", "nothing is known of it")), 1),
        (RuleError([Diagnostic("PR001", "not YAML"), Diagnostic("PR030", "unknown key")]), 1),
        (KeyboardInterrupt(), 130),
    ],
)
def test_what_goes_wrong_is_said_on_standard_error(
    error: BaseException,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    @click.command()
    def fails() -> None:
        raise error

    monkeypatch.setattr(cli.Verbs, "get_command", lambda *_: fails)
    assert cli.main(["run"]) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    for each in getattr(error, "diagnostics", ()) or [getattr(error, "diagnostic", None)]:
        assert each is None or f"error[{each.code}]: {each.message}" in shown.err


def test_the_reference_page_is_what_the_commands_say() -> None:
    assert PAGE.read_text("utf-8") == reference.page(), (
        "python -m postroom.cli.reference > docs/reference/command-line.md"
    )
