"""Somebody else's plugin: its own distribution, in a fresh environment beside ours.

It is the one that docs/how-to/write-a-transport.md shows, so the page is proved as well.
"""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.docs.page import blocks

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "how-to" / "write-a-transport.md"

PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "{dist}"
version = "{version}"
[project.entry-points.postroom]
{name} = "{module}"
[tool.hatch.build.targets.wheel]
packages = ["{module}"]
"""

RULES = """
version: 1
tables:
  note:
    fields:
      title: {type: text}
accounts:
  spool:
    table: note
    address: spool@xyz.example
    receive: {use: sqlite, path: mail.db}
    access:
      create: [{id: all, then: {allow_as: sender}}]
      update: [{id: replies, then: {allow_as: sender}}]
    mapping: {set: {title: "${subject}"}}
"""


def run(*words: object, code: int = 0) -> str:
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, timeout=250, check=False
    )
    assert done.returncode == code, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def small(folder: Path, name: str, dist: str, code: str, version: str = "0.3") -> Path:
    """Write a distribution with one plugin of a few lines."""
    module = dist.replace("-", "_")
    told = PYPROJECT.format(dist=dist, name=name, module=module, version=version)
    return write(folder / dist, {"pyproject.toml": told, f"{module}/__init__.py": code})


@dataclass(frozen=True)
class Environment:
    """A fresh virtual environment; libraries that are no plugins are lent by that of the tests."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "env" / "bin" / "python"

    def make(self) -> None:
        venv.create(self.folder / "env", with_pip=False, symlinks=True)
        site = run(self.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
        lent = Path(site.strip()) / "lent.pth"
        lent.write_text(sysconfig.get_path("purelib") + "\n", "utf-8")

    def install(self, source: Path, *, allow: bool = True, code: int = 0) -> None:
        """Build a wheel and install it, with nothing from the network, and allow its plugins.

        `postroom plugins` is then expected to end with the code.
        """
        out = self.folder / "wheels" / source.name
        build = (sys.executable, "-m", "build", "-q", "--wheel", "--no-isolation", "-o", out)
        run(*build, source)
        (wheel,) = out.glob("*.whl")
        pip = (sys.executable, "-m", "pip", "--python", self.python, "install", "-q")
        run(*pip, "--no-index", "--no-deps", "--disable-pip-version-check", wheel)
        if allow:
            run(self.folder / "env/bin/postroom", "plugins", "--allow", source.name, code=code)

    def plugins(self, code: int = 0) -> Any:
        """Return what `postroom plugins --json` says there."""
        return json.loads(run(self.folder / "env/bin/postroom", "plugins", "--json", code=code))


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    made = Environment(tmp_path_factory.mktemp("third"))
    made.make()
    made.install(ROOT, allow=False)
    page = {block.file: block.text for block in blocks(PAGE) if block.file}
    made.install(write(made.folder / "postroom-sqlite", page))
    return made


def test_it_is_listed_beside_ours(environment: Environment) -> None:
    told = environment.plugins()
    listed = {each["name"]: each for each in told["plugins"]}
    assert len(listed["sqlite"].pop("sha256")) == 64
    assert listed["sqlite"] == {
        "name": "sqlite",
        "distribution": "postroom-sqlite",
        "version": "1.0.0",
        "brings": [{"kind": "transport", "name": "sqlite"}],
    }
    assert {"files", "imap", "smtp", "duckdb"} < set(listed)
    assert told["problems"] == []


def test_what_nobody_allowed_is_not_run(environment: Environment, tmp_path: Path) -> None:
    code = f"open({str(tmp_path / 'was here')!r}, 'w')"
    environment.install(small(tmp_path, "rogue", "postroom-rogue", code), allow=False)
    (found,) = environment.plugins()["not_allowed"]
    assert found["distribution"] == "postroom-rogue"
    assert len(found["sha256"]) == 64
    assert not (tmp_path / "was here").exists()
    run(environment.python, "-c", "import postroom_rogue")
    assert (tmp_path / "was here").exists()


def test_it_is_ours_that_was_installed_and_not_this_checkout(environment: Environment) -> None:
    where = run(environment.python, "-c", "import postroom; print(postroom.__file__)")
    assert str(environment.folder) in where


def test_it_passes_the_contract_with_the_tests_of_the_page(environment: Environment) -> None:
    tests = environment.folder / "postroom-sqlite" / "tests"
    said = run(environment.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests)
    assert " passed" in said
    assert "failed" not in said


def test_a_broken_and_a_doubled_one_are_named_and_the_others_go_on(
    environment: Environment, tmp_path: Path
) -> None:
    broken = Environment(tmp_path)
    broken.make()
    broken.install(ROOT, allow=False)
    broken.install(
        small(tmp_path, "broken", "postroom-broken", "import nowhere_to_be_found"), code=1
    )
    broken.install(small(tmp_path, "twin", "postroom-twin", ""), code=1)
    broken.install(small(tmp_path, "twin", "other-twin", "", version="0.4"), code=1)
    told = broken.plugins(code=1)
    problems = {each["code"]: each["message"] for each in told["problems"]}
    assert set(problems) == {"PR421", "PR422"}
    assert "plugin `broken` of postroom-broken 0.3 cannot be loaded" in problems["PR421"]
    assert "`twin`: of other-twin 0.4 and postroom-twin 0.3" in problems["PR422"]
    assert "imap" in {each["name"] for each in told["plugins"]}
    assert environment.plugins()["problems"] == []


def test_a_rule_file_may_use_it(environment: Environment, tmp_path: Path) -> None:
    rules = write(tmp_path / "rules", {"rules.yaml": RULES})
    postroom = environment.folder / "env" / "bin" / "postroom"
    run(postroom, "check", rules)
    write(rules, {"rules.yaml": RULES.replace("path:", "paht:")})
    run(postroom, "check", rules, code=1)


def test_its_lint_looks_through_rules(environment: Environment, tmp_path: Path) -> None:
    """The plugin of docs/how-to/write-a-lint.md."""
    page = PAGE.with_name("write-a-lint.md")
    files = {b.file.removeprefix("postroom-kebab/"): b.text for b in blocks(page) if b.file}
    environment.install(write(tmp_path / "postroom-kebab", files))
    rules = RULES.replace("use: sqlite, path: mail.db", "use: eml, path: inbox")
    folder = write(tmp_path / "rules", {"rules.yaml": rules.replace("id: all", "id: all_of_it")})
    postroom = environment.folder / "env" / "bin" / "postroom"
    said = run(postroom, "check", folder)
    assert "warning[PR359]: the id `all_of_it` is not in kebab case" in said
    run(postroom, "check", "--strict", folder, code=1)
