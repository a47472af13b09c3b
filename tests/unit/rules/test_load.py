"""From a folder to a rule set: which files are read, and what keeps them from being used."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.rules.kinds import KINDS

from postroom.rules.load import hash_of, load, read_folder
from postroom.source.decode import MAX_BYTES
from postroom.source.diagnostic import Diagnostic, RuleError
from postroom.source.render import as_text
from postroom.source.text import Source

BASE = (Path(__file__).parents[2] / "golden" / "errors" / "base.yaml").read_text("utf-8")
ACCOUNT = """
accounts:
  x:
    table: ticket
    address: x@xyz.example
    access:
      create: [{id: all, then: {allow_as: guest}}]
      update: [{id: others, then: deny}]
    mapping: {set: {title: x}}
"""


def refused(folder: Path) -> tuple[Diagnostic, ...]:
    with pytest.raises(RuleError) as caught:
        read_folder(folder)
    return caught.value.diagnostics


def found_in(*texts: str) -> tuple[Diagnostic, ...]:
    """Return what is found in files called a.yaml, b.yaml, ... beside the base."""
    sources = [Source(f"{'abcdef'[i]}.yaml", text) for i, text in enumerate(texts)]
    try:
        return load([*sources, Source("base.yaml", BASE)], KINDS).warnings
    except RuleError as error:
        return error.diagnostics


def codes(*texts: str) -> list[str]:
    return [finding.code for finding in found_in(*texts)]


# --- the folder -----------------------------------------------------------------------


def test_yaml_files_of_all_folders_are_read_and_nothing_else(tmp_path: Path) -> None:
    for name in (
        "b.yaml", "a.YML", "deep/er/c.yaml", "x.test.yaml",
        ".hidden.yaml", ".git/d.yaml", "postroom-data/e.yaml", "postroom-keys/f.yaml",
        "notes.txt", "contacts.csv", "yaml",
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n", "utf-8")
    names = [source.name for source in read_folder(tmp_path)]
    assert names == ["a.YML", "b.yaml", "deep/er/c.yaml", "x.test.yaml"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    (found,) = refused(tmp_path / "rules")
    assert found.code == "PR040"
    assert found.help == f"start with working rules: postroom init {tmp_path / 'rules'}"


def test_a_file_instead_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("version: 1\n", "utf-8")
    (found,) = refused(tmp_path / "a.yaml")
    assert (found.code, found.help) == ("PR040", "name the folder that holds the rule files")


def test_a_folder_without_rule_files(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    (found,) = refused(tmp_path)
    assert found.code == "PR041"
    assert "postroom init" in (found.help or "")


def test_every_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes("lists: {a: [Grüße]}".encode("latin-1"))
    (tmp_path / "b.yaml").symlink_to(tmp_path / "gone.yaml")
    (tmp_path / "c.yaml").write_text("version: 1\n", "utf-8")
    (tmp_path / "d.yaml").write_bytes(b"#" * (MAX_BYTES + 1))
    found = refused(tmp_path)
    assert {(f.code, f.span.place if f.span else None) for f in found} == {
        ("PR002", "a.yaml:1:15"), ("PR004", None), ("PR005", None),
    }  # fmt: skip
    assert any("`b.yaml` cannot be read: no such file" in f.message for f in found)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_to_read_it(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("version: 1\n", "utf-8")
    (tmp_path / "a.yaml").chmod(0)
    (found,) = refused(tmp_path)
    assert (found.code, "permission denied" in found.message) == ("PR004", True)


def test_a_folder_that_leads_back_to_itself_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("version: 1\n", "utf-8")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert [source.name for source in read_folder(tmp_path)] == ["a.yaml"]


def test_a_file_that_is_a_link_is_read(tmp_path: Path) -> None:
    (tmp_path / "..data").mkdir()
    (tmp_path / "..data" / "a.yaml").write_text("version: 1\n", "utf-8")
    (tmp_path / "a.yaml").symlink_to(tmp_path / "..data" / "a.yaml")
    assert [source.text for source in read_folder(tmp_path)] == ["version: 1\n"]


# --- all of it at once ----------------------------------------------------------------


def test_all_findings_of_all_files_are_sorted_by_place() -> None:
    found = found_in("acounts: {}\nlists: {A: [x]}\n", "tabels: {}\n", "a: [\n")
    assert [f.span.place for f in found if f.span] == [
        "a.yaml:1:1", "a.yaml:2:9", "b.yaml:1:1", "c.yaml:1:4",
    ]  # fmt: skip


def test_names_are_not_called_unknown_while_a_file_cannot_be_read() -> None:
    assert codes(ACCOUNT.replace("table: ticket", "table: order"), "tables: {order: [}\n") == [
        "PR025"
    ]
    assert codes(ACCOUNT.replace("table: ticket", "table: order")) == ["PR240"]


def test_a_key_that_stands_twice_does_not_keep_the_rest_from_being_checked() -> None:
    twice = ACCOUNT.replace("table: ticket", "table: order\n    address: a@b.example")
    assert codes(twice) == ["PR240", "PR010"]


def test_files_that_say_nothing_but_mistakes_do_not_stop_the_check() -> None:
    assert codes("", "# nothing\n", "[]\n", "null\n") == ["PR006", "PR006", "PR008", "PR006"]


def test_unused_things_are_not_mentioned_beside_errors() -> None:
    spare = "lists: {spare: [a]}\ntemplates: {spare: {text: x}}\nfilters: {spare: []}\n"
    assert sorted(codes(spare)) == ["PR351", "PR352", "PR353"]
    assert codes(spare, "acounts: {}\n") == ["PR030"]


def test_sections_may_be_spread_over_files() -> None:
    assert codes("lists: {mine: [a]}\n", "lists: {yours: [b]}\n") == ["PR351", "PR351"]
    assert codes("version: 1\n", "version: 1\n") == []


@pytest.mark.parametrize("name", ["lists", "tables", "groups", "filters", "accounts", "templates"])
def test_a_name_that_stands_in_two_files_is_shown_at_both(name: str) -> None:
    found = found_in(f"{name}: {{thing: {{}}}}\n", f"{name}: {{thing: {{}}}}\n")
    twice = [f for f in found if f.code == "PR010"]
    assert [f.span.place for f in twice if f.span] == [f"b.yaml:1:{len(name) + 4}"]
    assert [span.place for _, span in twice[0].related] == [f"a.yaml:1:{len(name) + 4}"]


# --- the hash -------------------------------------------------------------------------


def test_the_hash_tells_names_from_texts() -> None:
    one = [Source("ab", "c"), Source("d", "e")]
    assert hash_of(one) == hash_of(reversed(one))
    assert hash_of(one) != hash_of([Source("a", "bc"), Source("d", "e")])
    assert hash_of(one) != hash_of([Source("ab", "cd"), Source("", "e")])
    assert hash_of([]) != hash_of([Source("", "")])


# --- time --------------------------------------------------------------------------------


def test_twice_the_rules_take_about_twice_the_time() -> None:
    def seconds(count: int) -> float:
        rules = "".join(
            f'    - id: rule-{i}\n      when: subject contains "offer {i}" and size > {i}\n'
            "      then: discard\n"
            for i in range(count)
        )
        start = time.perf_counter()
        assert codes(f"filters:\n  many:\n{rules}") == ["PR353"]
        return time.perf_counter() - start

    seconds(50)  # what is loaded and built once
    few, many = min(seconds(250) for _ in range(3)), min(seconds(1_000) for _ in range(2))
    assert many < 4 * few * 2
    assert many < 5  # about half a second where it was written


# --- nothing in a file makes checking fail ---------------------------------------------

WORDS = st.sampled_from(
    [
        "accounts", "table", "ticket", "x", "address", "a@b.example", "access", "create", "update",
        "id", "then", "deny", "allow_as", "guest", "when", "contact.known", "set", "title",
        "${subject}", "1", "true", "null", "[]", "{}", "filters", "use", "receive", "send", "imap",
        "password", "notify", "after", "created", "template", "ack", "tests", "mail", "from", "",
        "parsing", "languages", "en", "rules", "append", "priority", "tables", "fields", "type",
        "integer", "min", "max", "values", "lists", "groups", "contacts", "to", "expect", "given",
    ]
)  # fmt: skip
NODES = st.recursive(
    WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=6),
    max_leaves=30,
)


def written(node: object) -> str:
    """Return a node as YAML in one line."""
    if isinstance(node, dict):
        return f"{{{', '.join(f'{k or chr(34) * 2}: {written(v)}' for k, v in node.items())}}}"
    if isinstance(node, list):
        return f"[{', '.join(map(written, node))}]"
    text = str(node)
    return text if text in ("[]", "{}", "null") else f'"{text}"'


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["x", "y"]), NODES), st.sampled_from(
    ["accounts", "tables", "filters", "groups", "lists", "templates", "contacts"]
), st.lists(NODES, max_size=3))  # fmt: skip
def test_no_tree_of_words_makes_checking_fail(
    names: dict[str, object], section: str, tests: list[object]
) -> None:
    text = f"{section}: {written(names)}\ntests: {written(tests)}\n"
    for finding in found_in(text):
        assert finding.message
        as_text(finding)
