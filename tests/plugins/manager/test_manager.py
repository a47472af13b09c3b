"""Plugins are found through their distributions, and what is wrong with one is said by name."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from tests.docs.page import blocks

from postroom.cli.main import main
from postroom.hooks import allowed as permission
from postroom.hooks.manager import Plugin, Plugins, find_plugins
from postroom.model.settings import Secret, SecretRef
from postroom.source.diagnostic import Problem
from postroom.source.render import as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


ERRORS = Path(__file__).parents[3] / "docs" / "errors"

HEAD = """
from dataclasses import dataclass
from typing import ClassVar
from postroom.hooks.spec import hookimpl
from postroom.model.settings import Secret, setting
"""

TRANSPORT = (
    HEAD
    + """
@dataclass(frozen=True)
class Settings:
    path: str = setting("where")

class Pigeon:
    name = "pigeon"
    settings = Settings
    def __init__(self, settings, context): ...
    def fetch(self, position, limit): return iter(())
    def settle(self, action): ...
    def wait(self, timeout): return False
    def probe(self): ...
    def close(self): ...

@hookimpl
def postroom_transports():
    return [Pigeon]
"""
)

NOTIFIER = (
    HEAD
    + """
@dataclass(frozen=True)
class Settings:
    path: str = setting("where")

class Drum:
    name = "drum"
    settings = Settings
    def __init__(self, settings): ...
    def send(self, letter): return b""
    def close(self): ...

@hookimpl
def postroom_notifiers():
    return [Drum]
"""
)

FUNCTION = (
    HEAD
    + """
class Shout:
    name = "shout"
    parameters = ("text",)
    returns = "text"
    help = "the text in capitals"
    def __call__(self, value): return value.upper()

@hookimpl
def postroom_functions():
    return [Shout]
"""
)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Put a distribution with one plugin on the path, as pip would leave it there.

    It is allowed, unless that is what is tested.
    """
    monkeypatch.setattr(permission, "PLACE", tmp_path / "etc" / "plugins.txt")
    modules: list[str] = []

    def do(
        name: str, code: str, *, dist: str = "", version: str = "1.2", allowed: bool = True
    ) -> None:
        dist = dist or f"postroom-{name}"
        if allowed:
            permission.allow(dist)
        module = f"{dist.replace('-', '_')}_hooks"
        modules.append(module)
        folder = tmp_path / dist
        info = folder / f"{dist.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {dist}\nVersion: {version}\n", "utf-8"
        )
        (info / "entry_points.txt").write_text(f"[postroom]\n{name} = {module}\n", "utf-8")
        (folder / f"{module}.py").write_text(dedent(code), "utf-8")
        monkeypatch.syspath_prepend(str(folder))

    yield do
    for module in modules:
        sys.modules.pop(module, None)


def codes(plugins: Plugins) -> list[str]:
    return [each.code for each in plugins.problems]


def words(plugins: Plugins) -> str:
    return "\n".join(f"{each.message} / {each.help}" for each in plugins.problems)


def test_our_own_plugins_come_through_the_same_door() -> None:
    plugins = find_plugins()
    assert {"files", "imap", "smtp", "duckdb"} <= {each.name for each in plugins.known}
    assert {each.distribution for each in plugins.known} == {"postroom"}


def test_a_plugin_of_another_distribution_is_listed_with_what_it_brings(
    install: Callable[..., None],
) -> None:
    install("pigeon", TRANSPORT, version="3.1")
    plugins = find_plugins()
    expected = Plugin("pigeon", "postroom-pigeon", "3.1", (("transport", "pigeon"),))
    assert expected in plugins.known
    assert plugins.transports()["pigeon"].name == "pigeon"
    assert plugins.problems == ()


def test_a_notifier_and_a_function_are_found_by_name(install: Callable[..., None]) -> None:
    install("drum", NOTIFIER)
    install("shout", FUNCTION)
    plugins = find_plugins()
    assert plugins.notifiers()["drum"].name == "drum"
    assert plugins.functions()["shout"]()("hi") == "HI"


def test_a_plugin_that_is_left_out_is_not_even_imported(install: Callable[..., None]) -> None:
    install("rogue", "raise SystemExit('imported')")
    assert "rogue" not in {each.name for each in find_plugins(without=["rogue"]).known}
    assert "postroom_rogue_hooks" not in sys.modules


def test_a_broken_plugin_is_named_and_the_others_are_still_listed(
    install: Callable[..., None],
) -> None:
    install("broken", "import a_module_that_nobody_has", version="0.9")
    install("pigeon", TRANSPORT)
    plugins = find_plugins()
    assert codes(plugins) == ["PR421"]
    assert "plugin `broken` of postroom-broken 0.9" in words(plugins)
    assert "a_module_that_nobody_has" in words(plugins)
    assert "pigeon" in plugins.transports()


@pytest.mark.parametrize("raised", ["ValueError('no\\nreason')", "KeyError(1)", "SystemExit()"])
def test_whatever_an_import_raises_is_caught(install: Callable[..., None], raised: str) -> None:
    install("broken", f"raise {raised}")
    assert codes(find_plugins()) == ["PR421"]


def test_a_hook_that_raises_is_named(install: Callable[..., None]) -> None:
    install("broken", HEAD + "@hookimpl\ndef postroom_stores():\n    raise OSError('no disk')\n")
    plugins = find_plugins()
    assert codes(plugins) == ["PR421"]
    assert "`postroom_stores`: OSError: no disk" in words(plugins)


def test_two_plugins_of_one_name_are_both_named_and_neither_is_used(
    install: Callable[..., None],
) -> None:
    install("pigeon", TRANSPORT, dist="one-pigeon")
    install("pigeon", TRANSPORT, dist="other-pigeon", version="2")
    plugins = find_plugins()
    assert codes(plugins) == ["PR422"]
    assert "`pigeon`: of one-pigeon 1.2 and other-pigeon 2" in words(plugins)
    assert "pigeon" not in plugins.transports()


def test_two_transports_of_one_name_are_both_named_and_neither_is_used(
    install: Callable[..., None],
) -> None:
    install("white", TRANSPORT)
    install("black", TRANSPORT)
    plugins = find_plugins()
    assert codes(plugins) == ["PR423"]
    assert "`black` of postroom-black 1.2" in words(plugins)
    assert "`white` of postroom-white 1.2" in words(plugins)
    assert "pigeon" not in plugins.transports()


def test_one_plugin_that_brings_a_name_twice_is_named(install: Callable[..., None]) -> None:
    install("twice", TRANSPORT.replace("[Pigeon]", "[Pigeon, Pigeon]"))
    assert codes(find_plugins()) == ["PR423"]


def test_a_hook_that_does_not_exist_is_named(install: Callable[..., None]) -> None:
    install("odd", HEAD + "@hookimpl\ndef postroom_telegrams():\n    return []\n")
    plugins = find_plugins()
    assert codes(plugins) == ["PR424"]
    assert "`postroom_telegrams`" in words(plugins)


def test_a_hook_with_an_argument_that_it_does_not_have_is_named(
    install: Callable[..., None],
) -> None:
    install("odd", HEAD + "@hookimpl\ndef postroom_stores(folder):\n    return []\n")
    plugins = find_plugins()
    assert codes(plugins) == ["PR424"]
    assert "folder" in words(plugins)


def test_a_plugin_cannot_wrap_what_others_answer(install: Callable[..., None]) -> None:
    install(
        "nosy",
        HEAD + "@hookimpl(wrapper=True)\ndef postroom_transports():\n    return (yield)[:0]\n",
    )
    plugins = find_plugins()
    assert codes(plugins) == ["PR424"]
    assert "imap" in plugins.transports()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "pigeon"', "", "has no `name`, a text"),
        ('name = "pigeon"', 'name = "Brief Taube"', "`Brief Taube`"),
        ("settings = Settings", "settings = dict", "has no `settings`, a frozen dataclass"),
        ("(frozen=True)", "", "are not frozen"),
        ('path: str = setting("where")', "path: str", "`path`, without help"),
        ("def probe(self): ...", "", "has no method `probe`"),
        ("def fetch(self, position, limit)", "def fetch(self, limit)", "(self, position, limit)"),
        ("def settle(self, action): ...", "settle = 3", "has no method `settle`"),
        ("(self, settings, context)", "(self)", "(self, settings, context)"),
        ("return [Pigeon]", "return ['Pigeon']", "is not a class"),
        ("return [Pigeon]", "return None", "returns no list"),
    ],
)
def test_a_class_that_lacks_what_its_contract_demands_is_named(
    install: Callable[..., None], old: str, new: str, said: str
) -> None:
    assert old in TRANSPORT
    install("pigeon", TRANSPORT.replace(old, new))
    plugins = find_plugins()
    assert set(codes(plugins)) == {"PR425"}
    assert said in words(plugins)
    assert "pigeon" not in {each.name for each in plugins.known}


def test_a_function_needs_to_be_callable_itself(install: Callable[..., None]) -> None:
    install("shout", FUNCTION.replace("__call__", "call"))
    assert "has no method `__call__`" in words(find_plugins())


def test_a_plugin_that_is_refused_answers_no_hook(install: Callable[..., None]) -> None:
    install(
        "odd",
        HEAD
        + "@hookimpl\ndef postroom_secret(reference):\n    return Secret('x')\n"
        + "@hookimpl\ndef postroom_telegrams():\n    return []\n",
    )
    assert find_plugins().secret(SecretRef("env", "PASSWORD")) is None


def test_the_first_plugin_that_knows_a_secret_is_believed(install: Callable[..., None]) -> None:
    install(
        "vault",
        HEAD
        + "@hookimpl\ndef postroom_secret(reference):\n"
        + "    return Secret('xyzzy') if reference.name == 'MINE' else None\n",
    )
    plugins = find_plugins()
    assert plugins.secret(SecretRef("env", "MINE")) == Secret("xyzzy")
    assert plugins.secret(SecretRef("env", "OTHER")) is None


@pytest.mark.parametrize("answer", ["raise RuntimeError('xyzzy')", "return 'xyzzy'"])
def test_a_plugin_that_fails_over_a_secret_does_not_give_it_away(
    install: Callable[..., None], answer: str
) -> None:
    install("vault", HEAD + f"@hookimpl\ndef postroom_secret(reference):\n    {answer}\n")
    with pytest.raises(Problem) as caught:
        find_plugins().secret(SecretRef("env", "MINE"))
    assert caught.value.diagnostic.code == "PR426"
    assert "{env: MINE}" in caught.value.diagnostic.message
    assert "xyzzy" not in str(caught.value)


def test_each_call_looks_again(install: Callable[..., None]) -> None:
    assert "pigeon" not in find_plugins().transports()
    install("pigeon", TRANSPORT)
    assert "pigeon" in find_plugins().transports()


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
    receive: {use: pigeon, path: here}
    access:
      create: [{id: all, then: {allow_as: sender}}]
      update: [{id: replies, then: {allow_as: sender}}]
    mapping: {set: {title: "${subject}"}}
"""
SECRET = "@hookimpl\ndef postroom_secret(reference):\n    return 'xyzzy'\n"
SHOWN: dict[str, tuple[tuple[str, str, str], ...]] = {
    "PR421": (("pigeon", "import pigeon_post", "postroom-pigeon"),),
    "PR422": (("pigeon", TRANSPORT, "postroom-pigeon"), ("pigeon", TRANSPORT, "other-pigeon")),
    "PR423": (("black", TRANSPORT, "postroom-black"), ("white", TRANSPORT, "postroom-white")),
    "PR424": (
        (
            "pigeon",
            HEAD + "@hookimpl\ndef postroom_transport():\n    return []\n",
            "postroom-pigeon",
        ),
    ),
    "PR425": (("pigeon", TRANSPORT.replace("probe", "ask"), "postroom-pigeon"),),
}


@pytest.mark.parametrize("code", SHOWN)
def test_the_page_of_a_code_shows_what_is_said(install: Callable[..., None], code: str) -> None:
    for name, source, dist in SHOWN[code]:
        install(name, source, dist=dist)
    (found,) = find_plugins().problems
    assert next(blocks(ERRORS / f"{code}.md")).text == as_text(found) + "\n"


def test_the_page_of_a_failed_secret_shows_what_is_said(install: Callable[..., None]) -> None:
    install("vault", HEAD + SECRET)
    with pytest.raises(Problem) as caught:
        find_plugins().secret(SecretRef("env", "IMAP_PASSWORD"))
    shown = next(blocks(ERRORS / "PR426.md")).text
    assert shown == as_text(caught.value.diagnostic) + "\n"


# --- which plugins may be loaded ----------------------------------------------


ROGUE = "raise SystemExit('imported')"


def test_a_rogue_plugin_on_the_path_is_not_imported(install: Callable[..., None]) -> None:
    install("rogue", ROGUE, allowed=False)
    plugins = find_plugins()
    assert "postroom_rogue_hooks" not in sys.modules
    assert "rogue" not in {each.name for each in plugins.known}
    assert plugins.not_allowed == (Plugin("rogue", "postroom-rogue", "1.2"),)
    assert plugins.problems == ()


def test_a_plugin_that_calls_itself_ours_is_not_imported(install: Callable[..., None]) -> None:
    install("rogue", ROGUE, dist="postroom", version="99")
    plugins = find_plugins()
    assert "postroom_hooks" not in sys.modules
    assert [each.distribution for each in plugins.not_allowed] == ["postroom"]


def test_a_plugin_is_loaded_once_it_is_allowed(install: Callable[..., None]) -> None:
    install("pigeon", TRANSPORT, allowed=False)
    assert "pigeon" not in find_plugins().transports()
    permission.allow("Postroom_Pigeon")
    assert "pigeon" in find_plugins().transports()


def test_allowing_one_distribution_allows_no_other(install: Callable[..., None]) -> None:
    install("pigeon", TRANSPORT)
    install("rogue", ROGUE, dist="postroom-pigeon-extra", allowed=False)
    assert [each.distribution for each in find_plugins().not_allowed] == ["postroom-pigeon-extra"]


def test_the_list_of_what_is_allowed_can_be_written_by_hand(install: Callable[..., None]) -> None:
    install("pigeon", TRANSPORT, allowed=False)
    permission.PLACE.parent.mkdir(parents=True)
    permission.PLACE.write_text("# ours\n\npostroom-pigeon   # by Ann\n", "utf-8")
    assert "pigeon" in find_plugins().transports()


def test_the_hash_of_a_plugin_changes_with_its_files(
    install: Callable[..., None], tmp_path: Path
) -> None:
    install("pigeon", TRANSPORT)
    (found,) = (each for each in find_plugins().known if each.name == "pigeon")
    before = found.sha256()
    code = tmp_path / "postroom-pigeon" / "postroom_pigeon_hooks.py"
    code.write_text(code.read_text("utf-8") + "# changed", "utf-8")
    assert len(before) == 64
    assert found.sha256() not in ("", before)


def test_each_plugin_has_a_hash_and_it_is_the_same_every_time() -> None:
    hashes = {each.name: each.sha256() for each in find_plugins().known}
    assert len(set(hashes.values())) == len(hashes)
    assert hashes == {each.name: each.sha256() for each in find_plugins().known}


def test_the_page_of_a_plugin_that_is_not_allowed_shows_what_is_said(
    install: Callable[..., None],
) -> None:
    install("pigeon", TRANSPORT, allowed=False)
    (found,) = find_plugins().warnings
    assert next(blocks(ERRORS / "PR427.md")).text == as_text(found) + "\n"


def test_it_is_allowed_on_the_command_line(
    install: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    install("pigeon", TRANSPORT, allowed=False)
    assert main(["plugins"]) == 0
    assert "postroom plugins --allow postroom-pigeon" in capsys.readouterr().err
    assert main(["plugins", "--allow", "postroom-pidgeon"]) != 0
    assert capsys.readouterr().err == next(blocks(ERRORS / "PR429.md")).text
    assert main(["plugins", "--allow", "postroom-pigeon", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "pigeon" in {each["name"] for each in told["plugins"]}
    assert told["not_allowed"] == []


def test_a_list_that_cannot_be_written_says_what_to_write(
    install: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install("pigeon", TRANSPORT, allowed=False)
    (tmp_path / "file").touch()
    monkeypatch.setattr(permission, "PLACE", tmp_path / "file" / "plugins.txt")
    with pytest.raises(Problem) as caught:
        permission.allow("postroom-pigeon")
    assert caught.value.diagnostic.code == "PR428"
    assert "postroom-pigeon" in str(caught.value.diagnostic.help)


def test_rules_that_want_it_are_told_that_it_is_not_allowed(
    install: Callable[..., None], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    install("pigeon", TRANSPORT, allowed=False)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "rules.yaml").write_text(RULES, "utf-8")
    assert main(["check", str(tmp_path / "rules")]) == 1
    said = capsys.readouterr().out
    assert "there is no transport `pigeon`" in said
    assert "plugin `pigeon` of postroom-pigeon 1.2 is not allowed" in said
