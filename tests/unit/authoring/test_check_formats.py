"""What other tools are told of findings, recorded as whole texts."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from postroom.authoring.github import as_commands
from postroom.authoring.pages import page_text
from postroom.authoring.where import Where
from postroom.cli.main import main
from postroom.source.codes import CODES
from postroom.source.diagnostic import Diagnostic
from postroom.source.text import Source, Span

GOLDEN = Path(__file__).parent / "golden" / "check"

_TEXT = {"type": "object", "required": ["text"], "properties": {
    "text": {"type": "string", "minLength": 1}, "markdown": {"type": "string"},
}, "additionalProperties": False}  # fmt: skip
_LOCATION = {"type": "object", "required": ["physicalLocation"], "properties": {
    "message": _TEXT,
    "physicalLocation": {"type": "object", "additionalProperties": False, "properties": {
        "artifactLocation": {"type": "object", "additionalProperties": False, "properties": {
            "uri": {"type": "string", "format": "uri-reference"},
        }},
        "region": {"type": "object", "additionalProperties": False, "properties": {
            name: {"type": "integer", "minimum": 1}
            for name in ("startLine", "startColumn", "endLine", "endColumn")
        }},
    }},
}, "additionalProperties": False}  # fmt: skip
_SUPPRESSION = {"type": "object", "required": ["kind"], "properties": {
    "kind": {"enum": ["inSource", "external"]},
    "status": {"enum": ["accepted", "underReview", "rejected"]},
    "justification": {"type": "string"},
}, "additionalProperties": False}  # fmt: skip
SARIF = {"type": "object", "required": ["version", "runs"], "properties": {
    "$schema": {"type": "string", "format": "uri"},
    "version": {"const": "2.1.0"},
    "runs": {"type": "array", "items": {"type": "object", "required": ["tool"], "properties": {
        "tool": {"type": "object", "required": ["driver"], "additionalProperties": False,
            "properties": {"driver": {"type": "object", "required": ["name"], "properties": {
                "name": {"type": "string"},
                "version": {"type": "string"},
                "rules": {"type": "array", "uniqueItems": True, "items": {
                    "type": "object", "required": ["id"], "properties": {
                        "id": {"type": "string"}, "shortDescription": _TEXT, "help": _TEXT,
                    }, "additionalProperties": False,
                }},
            }, "additionalProperties": False}}},
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "invocations": {"type": "array", "items": {"type": "object",
            "required": ["executionSuccessful"], "additionalProperties": False,
            "properties": {"executionSuccessful": {"type": "boolean"}}}},
        "results": {"type": "array", "items": {"type": "object", "required": ["message"],
            "properties": {
                "ruleId": {"type": "string"},
                "ruleIndex": {"type": "integer", "minimum": 0},
                "level": {"enum": ["none", "note", "warning", "error"]},
                "message": _TEXT,
                "locations": {"type": "array", "items": _LOCATION},
                "relatedLocations": {"type": "array", "items": _LOCATION, "uniqueItems": True},
                "suppressions": {"type": "array", "items": _SUPPRESSION, "uniqueItems": True},
            }, "additionalProperties": False}},
    }, "additionalProperties": False}},
}, "additionalProperties": False}  # fmt: skip
"""The part of OASIS SARIF 2.1.0, section 3, that we write."""


def report(capsys: pytest.CaptureFixture[str], shape: str, folder: str = "rules") -> str:
    assert main(["check", folder, "--format", shape]) == 1
    return capsys.readouterr().out


def recorded(name: str, text: str) -> str:
    path = GOLDEN / name
    if os.environ.get("POSTROOM_UPDATE_GOLDEN"):
        path.write_text(text, "utf-8")
    return path.read_text("utf-8")


@pytest.fixture
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN)


@pytest.mark.usefixtures("_here")
@pytest.mark.parametrize("shape", ["text", "json", "github"])
def test_a_tool_reads_exactly_this(capsys: pytest.CaptureFixture[str], shape: str) -> None:
    said = report(capsys, shape)
    assert said == recorded(f"{shape}.txt", said)


@pytest.mark.usefixtures("_here")
def test_a_sarif_log_is_valid_and_says_exactly_this(capsys: pytest.CaptureFixture[str]) -> None:
    log = json.loads(report(capsys, "sarif"))
    jsonschema.validate(log, SARIF, format_checker=jsonschema.FormatChecker())
    rules = log["runs"][0]["tool"]["driver"].pop("rules")
    assert [rule["id"] for rule in rules] == list(CODES)
    for result in log["runs"][0]["results"]:
        rule = rules[result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert rule["help"]["markdown"] == page_text(rule["id"])
    log["runs"][0]["tool"]["driver"]["version"] = "X"
    text = json.dumps(log, indent=2) + "\n"
    assert text == recorded("sarif.json", text)


def test_good_rules_give_a_sarif_log_without_results(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_text("version: 1\n")
    assert main(["check", str(tmp_path), "--format", "sarif"]) == 0
    log: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema.validate(log, SARIF)
    assert log["runs"][0]["results"] == []


def test_a_finding_without_a_place_has_none(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = str(tmp_path / "nowhere")
    (result,) = json.loads(report(capsys, "sarif", folder))["runs"][0]["results"]
    assert "locations" not in result
    title = "title=PR040%3A the folder is not there"
    assert report(capsys, "github", folder).startswith(f"::error {title}::there is no folder")


def test_a_folder_elsewhere_is_named_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "my rules").mkdir()
    (tmp_path / "my rules" / "a.yaml").write_text("tabels: {}\n")
    monkeypatch.chdir(tmp_path / "work")
    whole = (tmp_path / "my rules").resolve()
    assert f"file={whole}/a.yaml," in report(capsys, "github", "../my rules")
    assert f'"uri": "{whole.as_uri()}/a.yaml"' in report(capsys, "sarif", "../my rules")


def test_nothing_in_a_name_or_a_text_breaks_out_of_a_github_command(tmp_path: Path) -> None:
    source = Source("a, b%: c.yaml", "x: 1\n")
    said = "100% of\r\n::error::nothing, done: so"
    (line,) = as_commands([Diagnostic("PR030", said, Span(source, 0, 1))], Where.of(tmp_path))
    assert "/a%2C b%25%3A c.yaml,line=1," in line
    assert line.endswith("::100%25 of%0D%0A::error::nothing, done: so")
    assert "\n" not in line


def test_columns_are_left_out_where_a_finding_spans_lines(tmp_path: Path) -> None:
    span = Span(Source("a.yaml", "a: b\nc: d\n"), 3, 9)
    (line,) = as_commands([Diagnostic("PR030", "x", span)], Where.of(tmp_path))
    assert ",line=1,endLine=2,title" in line
    assert "col=" not in line


def test_a_name_becomes_a_uri(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert Where.of(Path("my rules")).uri("ä%.yaml") == "my%20rules/%C3%A4%25.yaml"
    assert Where.of(Path()).uri("a/b.yaml") == "a/b.yaml"


@pytest.mark.parametrize("code", CODES)
def test_a_page_stands_alone(code: str) -> None:
    text = page_text(code)
    assert text.startswith(f"# {code}: ")
    targets = [piece.partition(")")[0] for piece in text.split("](")[1:]]
    assert all("://" in target for target in targets)


def test_two_shapes_at_once_are_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--json", "--format", "sarif"]) == 2
    assert "--json" in capsys.readouterr().err


CONFLICT = """\
version: 1
tables: {ticket: {fields: {title: {type: text, required: true}, kind: {type: text}}}}
accounts:
  help:
    table: ticket
    address: help@x.example
    access:
      create: [{id: all, then: {allow_as: sender}}]
      update: [{id: rest, then: deny}]
    mapping:
      set: {title: "${subject}"}
      rules:
        - {id: a, when: subject contains "a", set: {kind: A}}
        - {id: b, when: subject contains "b", set: {kind: B}}
"""
WAIVER = "waivers: [{code: PR363, rule: b, reason: the order is meant}]\n"


def told_of(capsys: pytest.CaptureFixture[str], shape: str, folder: str) -> str:
    """Return what is said where there is nothing but warnings."""
    assert main(["check", folder, "--format", shape]) == 0
    return capsys.readouterr().out


def test_a_mail_that_shows_a_warning_is_told_to_machines_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_text(CONFLICT)
    log = json.loads(told_of(capsys, "sarif", str(tmp_path)))
    (result,) = log["runs"][0]["results"]
    assert 'a mail that `a` and `b` match: subject "b a"' in result["message"]["text"]
    assert 'a mail that `a` and `b` match: subject "b a"' in told_of(
        capsys, "github", str(tmp_path)
    )


def test_what_is_waived_is_suppressed_for_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_text(CONFLICT)
    (tmp_path / "waivers.yaml").write_text(WAIVER)
    log = json.loads(told_of(capsys, "sarif", str(tmp_path)))
    jsonschema.validate(log, SARIF)
    (result,) = log["runs"][0]["results"]
    assert result["ruleId"] == "PR363"
    assert result["suppressions"] == [{"kind": "external", "justification": "the order is meant"}]
    told = json.loads(told_of(capsys, "json", str(tmp_path)))
    assert told["found"] == []
    assert [(each["code"], each["reason"]) for each in told["waived"]] == [
        ("PR363", "the order is meant")
    ]
    assert told_of(capsys, "text", str(tmp_path)).endswith("no errors; no warnings; 1 waived\n")
