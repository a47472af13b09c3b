"""Rules that are kept from one start to the next are the rules that were checked."""

from __future__ import annotations

import os
import pickle
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.rules.kinds import KINDS

from postroom.hooks.manager import find_plugins
from postroom.lang import later
from postroom.lang.scope import Scope
from postroom.mail.read import read
from postroom.model.facts import Facts
from postroom.model.message import Mailbox, Message
from postroom.pipeline.explain import as_lines
from postroom.rules.load import Kinds, hash_of, load, read_folder
from postroom.runtime.keeping import Keeping
from postroom.runtime.rulesets import kept_rules, loading
from postroom.runtime.rulesets.kept_rules import KeptRules, frozen, thawed
from postroom.runtime.rulesets.loading import kinds_of
from postroom.runtime.settings import folders
from postroom.runtime.start import assemble
from postroom.source.text import Source
from postroom.testing.cases import run_all, tokens_for_tests
from postroom.testing.given import CLOCK, read_given_file
from postroom.testing.trial import Trial

if TYPE_CHECKING:
    from postroom.rules.ruleset import RuleSet

TESTS = Path(__file__).parents[2]
GOLDEN = TESTS / "golden" / "decisions"
PLUGINS = find_plugins()
STARTERS = sorted(path.parent for path in (TESTS.parent / "rules").glob("*/*.test.yaml"))


NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
VALUES = """
version: 1
tables:
  contact: {fields: {email: {type: email, unique: true}}}
  ticket:
    fields:
      title: {type: text}
      watchers: {type: list, of: email}
      boxes: {type: list, of: email}
      priority: {type: integer}
      due: {type: date}
contacts: {table: contact, guest: g@x.example}
accounts:
  desk:
    table: ticket
    address: desk@x.example
    access: {create: [{id: a, then: {allow_as: guest}}], update: [{id: b, then: {allow_as: guest}}]}
    mapping:
      set:
        title: "Re: ${subject}"
        watchers: ["${from.addr_spec}", all@x.example]
        boxes: [a@x.example]
        priority: 2
        due: "${date(received_at) + 1d}"
"""


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load(read_folder(GOLDEN / "rules"), KINDS)


@pytest.fixture
def keeping(tmp_path: Path) -> Keeping:
    return Keeping(tmp_path / "cache")


def again(rules: RuleSet, kinds: Kinds = KINDS) -> RuleSet:
    """Return rules as they are at the next start."""
    data = frozen(rules)
    assert data is not None
    found = thawed(data, rules.sources, kinds)
    assert found is not None
    return found


def decisions(rules: RuleSet) -> list[str]:
    """Return all decisions on the golden mail with their reasons."""
    given = GOLDEN / "given.yaml"
    known = read_given_file(given.name, given.read_bytes(), rules)
    said: list[str] = []
    for path in sorted((GOLDEN / "mail").glob("*.eml")):
        outcome = Trial(rules, tokens_for_tests(rules), CLOCK, known).decide(
            read(path.read_bytes())
        )
        assert outcome is not None
        said += as_lines(outcome.decision, outcome.tried)
    return said


def test_they_decide_and_explain_the_same(rules: RuleSet) -> None:
    assert decisions(again(rules)) == decisions(rules)


def test_they_can_be_kept_once_more(rules: RuleSet) -> None:
    assert decisions(again(replace(again(rules)))) == decisions(rules)


@pytest.mark.parametrize("folder", STARTERS, ids=lambda folder: folder.name)
def test_the_starter_rules_can_be_kept(folder: Path) -> None:
    kinds = kinds_of(PLUGINS)
    found = again(load(read_folder(folder), kinds), kinds)
    report = run_all(found, folder)
    assert report.results
    assert all(result.passed for result in report.results)


def test_values_of_every_kind_are_kept() -> None:
    kept = again(load([Source("rules.yaml", VALUES)], KINDS))
    asked = Scope(
        Message("0" * 64, 5, subject="Hello", from_=Mailbox("Ann", "ann@x.example")),
        Facts("desk", NOON, NOON),
    )
    shape = kept.accounts["desk"].mapping
    found = {each.field: each.value.of(asked) for each in shape.assignments}
    assert found == {
        "title": "Re: Hello",
        "watchers": ("ann@x.example", "all@x.example"),
        "boxes": ("a@x.example",),
        "priority": 2,
        "due": date(2026, 2, 1),
    }
    assert shape.assignments[0].value.reads == {"subject"}


def test_nothing_is_compiled_before_it_is_asked(
    rules: RuleSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = frozen(rules)
    for name in ("compile_condition", "compile_value", "compile_template"):
        monkeypatch.setattr(later, name, pytest.fail)
    assert data is not None
    assert thawed(data, rules.sources, KINDS) is not None


class _Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("exploded",)


@pytest.mark.parametrize("what", [_Bomb(), shutil.rmtree, KeptRules, Path.cwd, pickle.loads])
def test_nothing_but_rules_is_made(
    what: object, rules: RuleSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first: dict[str, Any] = {"lists": {}, "tables": {}, "contacts": None}
    data = pickle.dumps(first) + pickle.dumps({"accounts": what})
    assert thawed(data, rules.sources, KINDS) is None
    assert list(tmp_path.iterdir()) == []


def test_bytes_that_were_cut_are_no_rules(rules: RuleSet) -> None:
    data = frozen(rules)
    assert data is not None
    for end in range(0, len(data), len(data) // 50):
        assert thawed(data[:end], rules.sources, KINDS) is None


def test_they_are_found_by_their_text_and_their_plugins(rules: RuleSet, keeping: Keeping) -> None:
    kept = KeptRules(keeping, PLUGINS, KINDS)
    assert kept.find(rules.hash, rules.sources) is None
    kept.keep(rules)
    assert KeptRules(keeping, PLUGINS, KINDS).find(rules.hash, rules.sources) is not None
    assert KeptRules(keeping, PLUGINS, KINDS).find(hash_of(rules.sources[:0]), ()) is None
    fewer = replace(PLUGINS, known=PLUGINS.known[1:])
    assert KeptRules(keeping, fewer, KINDS).find(rules.hash, rules.sources) is None


def test_what_was_changed_is_not_used(keeping: Keeping) -> None:
    keeping.write("a.rules", b"as it was")
    assert keeping.read("a.rules") == b"as it was"
    file = keeping.folder / "a.rules"
    file.write_bytes(file.read_bytes().replace(b"was", b"is!"))
    assert keeping.read("a.rules") is None


@pytest.mark.parametrize("mode", [0o770, 0o701, 0o750])
def test_a_folder_that_others_can_open_is_not_used(keeping: Keeping, mode: int) -> None:
    keeping.write("a.rules", b"x")
    keeping.folder.chmod(mode)
    assert keeping.read("a.rules") is None
    keeping.write("b.rules", b"x")
    assert [file.name for file in keeping.folder.iterdir()] == ["a.rules"]


def test_what_belongs_to_somebody_else_is_not_used(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping.write("a.rules", b"x")
    assert keeping.read("a.rules") == b"x"
    monkeypatch.setattr(os, "geteuid", lambda: keeping.folder.stat().st_uid + 1)
    assert keeping.read("a.rules") is None
    keeping.write("b.rules", b"x")
    assert not (keeping.folder / "b.rules").exists()


def test_a_link_instead_of_a_file_is_not_followed(keeping: Keeping, tmp_path: Path) -> None:
    keeping.write("a.rules", b"x")
    (keeping.folder / "a.rules").rename(tmp_path / "elsewhere")
    (keeping.folder / "a.rules").symlink_to(tmp_path / "elsewhere")
    assert keeping.read("a.rules") is None


def test_without_owners_nothing_is_kept(keeping: Keeping, monkeypatch: pytest.MonkeyPatch) -> None:
    """So it is on Windows."""
    monkeypatch.delattr(os, "geteuid")
    keeping.write("a.rules", b"x")
    assert keeping.read("a.rules") is None


def test_what_another_version_kept_is_not_found(
    rules: RuleSet, keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    KeptRules(keeping, PLUGINS, KINDS).keep(rules)
    monkeypatch.setattr(kept_rules, "version", lambda _: "0.0.0")
    assert KeptRules(keeping, PLUGINS, KINDS).find(rules.hash, rules.sources) is None


def test_a_link_to_a_folder_is_not_used(keeping: Keeping, tmp_path: Path) -> None:
    keeping.write("a.rules", b"x")
    (tmp_path / "link").symlink_to(keeping.folder)
    assert Keeping(tmp_path / "link").read("a.rules") is None


def test_the_oldest_files_go(keeping: Keeping) -> None:
    for number in range(40):
        keeping.write(f"{number}.rules", b"x")
        os.utime(keeping.folder / f"{number}.rules", (number, number))
    kept = {file.name for file in keeping.folder.iterdir()}
    assert len(kept) == 32
    assert "39.rules" in kept
    assert "0.rules" not in kept


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path: Path) -> None:
    keeping = Keeping(tmp_path / "none" / "cache")
    keeping.write("a.rules", b"x")
    assert keeping.read("a.rules") is None


def test_the_second_start_does_not_check_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(TESTS.parent / "rules" / "helpdesk", tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("POSTROOM_SMTP_PASSWORD", "x")
    where = folders(tmp_path)
    assemble(where).close()
    with monkeypatch.context() as patch:
        patch.setattr(loading, "load", pytest.fail)
        engine = assemble(where)
        engine.close()
    assert engine.rules.hash == hash_of(read_folder(tmp_path))
    shutil.rmtree(where.data / loading.CACHE)
    assemble(where).close()
    (tmp_path / "more.yaml").write_text("version: 1\nlists: {words: [a]}\n")
    assert "words" in load(read_folder(tmp_path), kinds_of(PLUGINS)).lists
    changed = assemble(where)
    changed.close()
    assert "words" in changed.rules.lists
