"""Where a cursor, written as ^, stands: in files that are whole, and in files that are not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.rules.kinds import KINDS

from postroom.authoring.editor.context import context_at
from postroom.authoring.editor.desk import Desk, folder_of, is_rule_text
from postroom.authoring.editor.hover import hover
from postroom.authoring.editor.places import place_at
from postroom.authoring.editor.suggest import suggestions

SINK = Path(__file__).parents[1] / "formatting" / "sink.yaml"


@pytest.mark.parametrize(
    ("text", "steps", "is_key"),
    [
        ("^", "", True),
        ("tab^", "", True),
        ("accounts:\n  help:\n    ta^", "accounts help", True),
        ("accounts:\n  help:\n    table: ti^", "accounts help table", False),
        ("accounts:\n  help:\n    table: t\n    ^", "accounts help", True),
        ("filters:\n  f:\n      - id: a\n        wh^", "filters f -", True),
        ("filters:\n  f:\n  - id: a\n    wh^", "filters f -", True),
        ("filters:\n  a:\n    - ^", "filters a -", False),
        ("filters:\n  a:\n    - when: |\n        x\n          or ^", "filters a - when", False),
        ("filters:\n  a:\n    - when: |\n        x\n      th^", "filters a -", True),
        ("tests:\n  - mail: {from: a, dm^", "tests - mail", True),
        ("tests:\n  - mail: {from: a, dmarc: ^}", "tests - mail dmarc", False),
        ("tests:\n  - expect: {fired: [a, ^", "tests - expect fired -", False),
        ("tests:\n  - expect: {\n      fired: [a],\n      ^", "tests - expect", True),
        ('lists: {a: ["x: {", "y"], ^', "lists", True),
        ("# accounts:\ntables:\n  t: # why\n    ^", "tables t", True),
        ("templates:\n  t: {text: 'a\n    b', su^", "templates t", True),
    ],
)  # fmt: skip
def test_the_steps_to_a_place(text: str, steps: str, is_key: bool) -> None:  # noqa: FBT001
    place = place_at(text.replace("^", ""), text.index("^"))
    assert (" ".join(place.steps), place.is_key) == (steps, is_key)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    (tmp_path / "rules.yaml").write_text(SINK.read_text("utf-8"), "utf-8")
    found = Desk(tmp_path, KINDS)
    assert not [each for each in found.check() if each.severity == "error"]
    return found


@pytest.mark.parametrize(
    ("marked", "some"),
    [
        ("accounts: {help: {^", {"table", "address", "filters"}),
        ("accounts:\n  help:\n    receive:\n      use: eml\n      ^", {"path", "after"}),
        ("accounts:\n  help:\n    receive: {^, use: eml}", {"path"}),
        ("accounts:\n  help:\n    filters:\n      - ^", {"id", "use", "when"}),
        ("accounts:\n  help:\n    filters:\n      - id: a\n        then: ^", {"discard", "bounce"}),
        ("accounts:\n  help:\n    mapping:\n      set:\n        ^", {"title", "kind", "notes"}),
        ("accounts:\n  help:\n    active: ^", {"true", "false"}),
        ("accounts:\n  help:\n    notify: [{id: a, template: ^", {"ack"}),
        ('accounts:\n  help:\n    mapping: {set: {title: "${^', {"subject", "extract"}),
        ("accounts:\n  help:\n    mapping:\n      set:\n        title: ${subject | ^", {"limit"}),
        ("filters: {a: [{id: a, when: 'any(attachments, .^", {"size"}),
        ("accounts:\n  help:\n    filters: [{id: a, when: auth.dmarc.^", {"result", "domains"}),
        ('accounts:\n  help:\n    updates:\n      set: {title: "${record.^', {"title", "number"}),
        ("contacts: {table: ^", {"contact", "ticket"}),
        ("tests:\n  - account: ^", {"help"}),
        ("filters: {a: [{id: b, when: vow^", {"vowels", "and"}),
    ],
)  # fmt: skip
def test_what_can_be_typed(desk: Desk, marked: str, some: set[str]) -> None:
    text, offset = marked.replace("^", ""), marked.index("^")
    desk.unsaved["new.yaml"] = text
    desk.check()
    context = context_at(desk, text, offset)
    found = {each.text for each in suggestions(context, text[context.place.start : offset])}
    assert some <= found


def test_nothing_is_suggested_within_a_text(desk: Desk) -> None:
    text = 'filters: {a: [{id: b, when: subject contains "fr'
    context = context_at(desk, text, len(text))
    assert suggestions(context, text[context.place.start :]) == []


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_text_and_no_place_is_too_broken(data: st.DataObject) -> None:
    text = SINK.read_text("utf-8")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 400)))
    slip = data.draw(
        st.sampled_from(["", "{", "}", "[", "'", '"', "\n", "- ", ": ", "|", "${", "#"])
    )
    text = text[:start] + slip + text[end:]
    offset = data.draw(st.integers(0, len(text)))
    desk = Desk(Path("/nowhere"), KINDS)
    desk.unsaved["a.yaml"] = text
    desk.check()
    context = context_at(desk, text, offset)
    assert context.place.start >= 0
    suggestions(context, text[context.place.start : offset])
    hover(context, text, offset)


def test_a_folder_of_rules_is_found_by_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    (tmp_path / "rules" / "accounts").mkdir(parents=True)
    (tmp_path / "rules" / "base.yaml").write_text("# why\nlists: {}\n")
    inner = tmp_path / "rules" / "accounts" / "a.yaml"
    inner.write_text("accounts: {}\n")
    assert folder_of(inner, tmp_path) == tmp_path / "rules"
    assert folder_of(tmp_path / "compose.yaml", tmp_path) is None
    assert folder_of(Path("/elsewhere/a.yaml"), tmp_path) is None
    assert is_rule_text("---\n# x\nversion: 1\n")
    assert not is_rule_text("on: push\n")


def test_a_file_that_did_not_change_is_not_read_again(desk: Desk) -> None:
    before = desk.documents["rules.yaml"]
    desk.unsaved["b.yaml"] = "lists: {more: [a]}\n"
    desk.check()
    assert desk.documents["rules.yaml"] is before


def test_names_of_a_file_that_is_broken_for_now_are_still_known(desk: Desk) -> None:
    desk.unsaved["rules.yaml"] = SINK.read_text("utf-8") + "x: [\n"
    assert any(each.code == "PR018" for each in desk.check())
    assert desk.broken == ("rules.yaml",)
    assert "ticket" in desk.world().tables
