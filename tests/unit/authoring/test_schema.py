"""The schema takes what `check` takes, and refuses typical mistakes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.docs.page import blocks
from tests.unit.authoring.core import as_data
from tests.unit.rules.kinds import KINDS
from tests.unit.rules.test_example import SLIPS

from postroom.authoring import layout
from postroom.authoring.schema import as_schema
from postroom.cli.main import main
from postroom.hooks.manager import find_plugins
from postroom.rules import keys
from postroom.rules.load import load, read_folder
from postroom.runtime.rulesets.loading import kinds_of
from postroom.source.diagnostic import RuleError
from postroom.source.shipped import shipped
from postroom.source.text import Source

TOP = Path(__file__).parents[3]
EXAMPLE = TOP / "tests" / "unit" / "rules" / "example"
SHIPPED = sorted(TOP.joinpath("rules").rglob("*.yaml"))
DOCS = [
    block.text
    for page in (TOP / "docs").rglob("*.md")
    for block in blocks(page)
    if block.language == "yaml" and block.file
]
ACCOUNT = """
accounts:
  help:
    table: ticket
    address: help@x.example
    access:
      create: [{id: all, then: {allow_as: sender}}]
      update: [{id: all, then: deny}]
"""


@cache
def installed() -> Draft202012Validator:
    return Draft202012Validator(as_schema(kinds_of(find_plugins())))


@cache
def of_test_kinds() -> Draft202012Validator:
    return Draft202012Validator(as_schema(KINDS))


def test_it_is_a_schema_of_its_draft() -> None:
    Draft202012Validator.check_schema(installed().schema)
    assert installed().schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_there_are_shipped_rules() -> None:
    assert SHIPPED
    assert shipped("rules").is_dir()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: f"{p.parent.name}-{p.name}")
def test_shipped_rules_are_valid(path: Path) -> None:
    installed().validate(as_data(path.read_text("utf-8")))


@pytest.mark.parametrize("source", read_folder(EXAMPLE), ids=lambda s: s.name)
def test_the_example_of_the_language_is_valid(source: Source) -> None:
    of_test_kinds().validate(as_data(source.text))


@pytest.mark.parametrize("text", DOCS)
def test_files_of_the_docs_are_valid(text: str) -> None:
    data = as_data(text)
    if data is not None:  # some pages show a file that is not YAML
        installed().validate(data)


@pytest.mark.parametrize(
    "text",
    [
        ACCOUNT,
        'version: "1"\n',
        f"{ACCOUNT}    receive: {{use: imap, host: h, username: u, password: {{env: P}}, port: 9}}",
        f"{ACCOUNT}    filters: [{{use: shared}}, {{id: a, then: discard}}]",
        f'{ACCOUNT}    subject_prefixes: {{keep: "1"}}',
        f"{ACCOUNT}    mapping: {{set: {{title: 5, due: [a, 2]}}}}",
        f"{ACCOUNT}    notify: [{{id: a, after: created, use: smtp, to: a@b.c, template: t}}]",
        "lists: {numbers: [1, 2], texts: [a, yes]}",
        "tables: {t: {fields: {a: {type: integer, min: 1, max: 3, default: 2}}}}",
    ],
)
def test_what_check_takes_is_valid(text: str) -> None:
    installed().validate(as_data(text))


@pytest.mark.parametrize(
    "text",
    [
        "tabels: {}",
        "version: 2",
        "version:",
        "lists: {words: a}",
        "lists: {my-words: [a]}",
        "tables: {t: {fields: {a: {typ: text}}}}",
        "tables: {t: {fields: {a: {type: string}}}}",
        "tables: {t: {fields: {a: {type: choice}}}}",
        "tables: {t: {fields: {a: {type: text, values: [a]}}}}",
        "tables: {t: {fields: {id: {type: text}}}}",
        "tables: {t: {fields: {a: {type: text, required: yes}}}}",
        'tables: {t: {fields: {a: {type: text, required: "true"}}}}',
        "templates: {t: {subject: a}}",
        "filters: {f: {id: a, then: discard}}",
        "filters: {f: [{then: discard}]}",
        "filters: {f: [{id: A b, then: discard}]}",
        "filters: {f: [{id: a, then: {discard: {}, quarantine: a}}]}",
        "filters: {f: [{id: a, then: drop}]}",
        "filters: {f: [{id: a, when: [a], then: discard}]}",
        ACCOUNT.replace("table: ticket", ""),
        ACCOUNT.replace("help@x.example", "help"),
        ACCOUNT.replace("allow_as", "allow"),
        f"{ACCOUNT}    filters: [{{use: shared, id: a}}]",
        f"{ACCOUNT}    receive: {{host: h}}",
        f"{ACCOUNT}    receive: {{use: imapp}}",
        f"{ACCOUNT}    receive: {{use: eml}}",
        f"{ACCOUNT}    receive: {{use: eml, path: a, pth: b}}",
        f"{ACCOUNT}    receive: {{use: eml, path: a, poll_every: 5}}",
        f"{ACCOUNT}    receive: {{use: eml, path: a, after: {{decided: {{}}}}}}",
        f"{ACCOUNT}    receive: {{use: imap, host: h, username: u, password: secret}}",
        f"{ACCOUNT}    receive: {{use: imap, host: h, username: u, password: {{envv: P}}}}",
        f"{ACCOUNT}    receive: {{use: imap, host: h, username: u, password: {{env: P}}, tls: no}}",
        f"{ACCOUNT}    notify: [{{id: a, after: create, to: a@b.example, template: t}}]",
        f"{ACCOUNT}    notify: [{{id: a, after: created, to: a@b.example, template: t, host: h}}]",
        f"{ACCOUNT}    mapping: {{rules: [{{id: a}}]}}",
        f"{ACCOUNT}    subject_prefixes: {{keep: one}}",
        f"{ACCOUNT}    parsing: {{delimiter: a, languages: {{english: {{a: b}}}}}}",
        "tests: [{name: a, account: b, expect: {decision: created}}]",
        "tests: [{name: a, account: b, mail: {from: a}, eml: b, expect: {decision: created}}]",
        "tests: [{name: a, account: b, mail: {from: a}, expect: {decision: made}}]",
        "tests: [{name: a, account: b, mail: {from: a, dmarc: ok}, expect: {decision: created}}]",
    ],
)
def test_a_typical_mistake_is_not_valid(text: str) -> None:
    data = as_data(text)
    assert data is not None
    assert not installed().is_valid(data)


@settings(max_examples=150)
@given(st.data())
def test_what_the_schema_refuses_check_refuses_too(data: st.DataObject) -> None:
    sources = list(read_folder(EXAMPLE))
    at = data.draw(st.integers(0, len(sources) - 1))
    text = sources[at].text
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 20, len(text))))
    text = text[:start] + data.draw(SLIPS) + text[end:]
    held = as_data(text)
    if held is None or of_test_kinds().is_valid(held):
        return
    sources[at] = Source(sources[at].name, text)
    with pytest.raises(RuleError):
        load(sources, KINDS)


def test_every_key_says_what_it_is_for() -> None:
    defined = [installed().schema, *installed().schema["$defs"].values()]
    for section in defined:
        for name, key in section["properties"].items():
            assert key["description"], name


def test_defaults_are_written_as_in_a_rule_file() -> None:
    receive = installed().schema["$defs"]["accounts-NAME-receive"]["properties"]
    assert receive["full_sweep_every"]["default"] == "45m"
    assert installed().schema["$defs"]["accounts-NAME"]["properties"]["active"]["default"] is True


def test_every_section_is_laid_out() -> None:
    seen: set[str] = set()
    waiting: list[layout.Shape] = [layout.ROOT]
    while waiting:
        shape = waiting.pop()
        if isinstance(shape, layout.Items | layout.Named):
            waiting.append(shape.of)
        elif isinstance(shape, layout.Keys):
            for section in filter(None, (shape.section, shape.use)):
                if section.title not in seen:
                    seen.add(section.title)
                    waiting += [s for n in section.names if (s := layout.below(section, n))]
    assert seen == {section.title for section in keys.SECTIONS}


def test_what_holds_keys_or_a_list_is_laid_out() -> None:
    for section in keys.SECTIONS:
        for key in section.keys:
            shape = layout.below(section, key.name)
            if key.kind in ("keys", "items", "any", "values"):
                assert not isinstance(shape, layout.One), f"{section.title}: {key.name}"
        assert set(layout.BELOW.get(section.title, {})) <= set(section.names)


def test_the_verb_prints_it_and_writes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["schema"]) == 0
    printed = capsys.readouterr().out
    assert json.loads(printed) == installed().schema
    target = tmp_path / "postroom.schema.json"
    assert main(["schema", "--output", str(target)]) == 0
    assert target.read_text("utf-8") == printed


def test_a_file_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["schema", "--output", str(tmp_path / "no" / "s.json")]) == 1
    assert "s.json" in capsys.readouterr().err
