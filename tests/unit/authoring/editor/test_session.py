"""A whole session with the language server, over its standard input and output."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.authoring.editor.client import Client, Process, Thread, applied

from postroom.cli.main import main
from postroom.source.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = "rules/support.yaml"
RIGHT = "subject contains_any lists.junk_phrases"


@pytest.fixture
def top(tmp_path: Path) -> Path:
    shutil.copytree(Path(str(shipped("rules"))) / "helpdesk", tmp_path / "rules")
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    return tmp_path


@pytest.fixture
def client(top: Path) -> Iterator[Client]:
    session = Client(top, Thread())
    yield session
    assert session.close() == 0


@pytest.fixture
def started(top: Path) -> Iterator[Client]:
    session = Client(top, Process(top))
    yield session
    assert session.close() == 0


def text_of(top: Path, name: str = FILE) -> str:
    return (top / name).read_text("utf-8")


def errors(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the errors; warnings come and go with what is proved of the starter rules."""
    return [each for each in found if each["severity"] == 1]


def test_a_mistake_its_hint_and_its_fix(top: Path, started: Client) -> None:
    good = text_of(top)
    wrong = good.replace(RIGHT, 'subject contains "😀" and subjct contains "x"')
    started.open(FILE, good)
    assert started.ask("textDocument/hover", {
        "textDocument": {"uri": started.uri(FILE)}, "position": {"line": 0, "character": 0},
    }) is None  # fmt: skip
    started.change(FILE, wrong)
    (found,) = errors(started.wait(FILE))
    assert (found["code"], found["severity"], found["source"]) == ("PR201", 1, "postroom")
    assert found["message"] == "unknown field `subjct`\nhelp: did you mean `subject`?"
    assert found["codeDescription"]["href"].endswith("/PR201.md")
    line = wrong.split("\n")[found["range"]["start"]["line"]]
    start, end = (found["range"][each]["character"] for each in ("start", "end"))
    units = line.encode("utf-16-le")[start * 2 : end * 2]
    assert units.decode("utf-16-le") == "subjct"
    action = started.ask("textDocument/codeAction", {
        "textDocument": {"uri": started.uri(FILE)}, "range": found["range"],
        "context": {"diagnostics": [found]},
    })[0]  # fmt: skip
    assert action["title"] == "Write `subject`"
    mended = applied(wrong, action["edit"]["changes"][started.uri(FILE)])
    assert '"😀" and subject contains "x"' in mended
    started.change(FILE, mended, 3)
    while errors(started.wait(FILE)):
        pass


def test_what_is_proved_is_said_after_a_pause(top: Path, client: Client) -> None:
    never = text_of(top).replace(RIGHT, "size > 5 and size < 3")
    client.open(FILE, never)
    while not (found := [each for each in client.wait(FILE) if each["code"] == "PR361"]):
        pass
    assert "never holds" in found[0]["message"]
    assert found[0]["severity"] == 2


def test_what_is_wrong_in_another_file_is_said_there(top: Path, client: Client) -> None:
    client.open("rules/people.yaml", text_of(top, "rules/people.yaml"))
    client.change("rules/people.yaml", text_of(top, "rules/people.yaml").replace("junk_", "jank_"))
    (found,) = errors(client.wait(FILE))
    assert found["code"] == "PR210"
    assert text_of(top, "rules/people.yaml").count("junk_phrases") == 1


def test_another_yaml_file_is_none_of_its_business(client: Client) -> None:
    client.open("compose.yaml", "services: {a: [}\n")
    answer = client.at("textDocument/completion", "compose.yaml", "services: {a: [}\n", "serv")
    assert answer["result"] == []
    assert client.findings == {}


def complete(client: Client, text: str, mark: str) -> set[str]:
    client.change(FILE, text)
    answer = client.at("textDocument/completion", FILE, text, mark)
    return {item["label"] for item in answer["result"]}


def test_completion(top: Path, client: Client) -> None:
    text = text_of(top)
    client.open(FILE, text)
    typed = text.replace(RIGHT, "from.")
    assert {"domain", "addr_spec", "display_name"} <= complete(client, typed, "when: from.")
    assert complete(client, text.replace(RIGHT, "subject in lists."), "in lists.") == {
        "partner_domains", "junk_phrases",
    }  # fmt: skip
    keys = complete(client, text.replace("shadow: true", "sh"), "heavy\n        sh")
    assert "shadow" in keys
    assert "id" not in keys
    assert "safe-senders" in complete(client, text, "- use: ")
    assert "not_open" in complete(client, text, "reply: ")
    assert {"ticket", "contact"} <= complete(client, text, "    table: ")
    assert {"imap", "eml"} <= complete(client, text, "      use: ")
    assert {"replace", "add"} == complete(client, text, "mode: ")


def test_hover_tells_type_help_and_rfc(top: Path, client: Client) -> None:
    text = text_of(top)
    client.open(FILE, text)

    def told(mark: str) -> str:
        answer = client.at("textDocument/hover", FILE, text, mark)["result"]
        return str(answer["contents"]["value"]) if answer else ""

    assert "domain" in told("when: from.doma")
    assert "RFC 5322 3.6.5" in told("when: subj")
    assert "extract(text, pattern)" in told("when: extr")
    assert "servers whose word" in told("    trust_res")
    assert "card number to collect" in told("lists.junk_ph")


def test_definitions(top: Path, client: Client) -> None:
    text = text_of(top)
    client.open(FILE, text)

    def target(mark: str) -> str:
        (found,) = client.at("textDocument/definition", FILE, text, mark)["result"]
        name = "rules/" + found["uri"].rpartition("/")[2]
        start, end = found["range"]["start"], found["range"]["end"]
        line = text_of(top, name).split("\n")[start["line"]]
        return f"{name}: {line[start['character'] : end['character']]}"

    assert target("lists.junk") == "rules/people.yaml: junk_phrases"
    assert target("use: no-lo") == "rules/filters.yaml: no-loops"
    assert target("    table: tic") == "rules/tables.yaml: ticket"
    assert target("reply: not_") == "rules/templates.yaml: not_open"
    assert target("        requ") == "rules/tables.yaml: requester"
    assert target("record.prio") == "rules/tables.yaml: priority"


def rename(client: Client, top: Path, mark: str, new: str) -> dict[str, str]:
    answer = client.at("textDocument/rename", FILE, text_of(top), mark, newName=new)["result"]
    return {
        uri.rpartition("/")[2]: applied(text_of(top, "rules/" + uri.rpartition("/")[2]), edits)
        for uri, edits in answer["changes"].items()
    }


@pytest.mark.parametrize(
    ("mark", "new", "files"),
    [
        ("lists.junk", "noise", {"people.yaml", "support.yaml"}),
        ("reply: not_", "closed", {"support.yaml", "templates.yaml", "helpdesk.test.yaml"}),
        ("- id: junk", "noise", {"support.yaml", "helpdesk.test.yaml"}),
        ("{id: pag", "call-somebody", {"support.yaml", "helpdesk.test.yaml"}),
    ],
)
def test_after_renaming_the_rules_say_the_same(
    top: Path, client: Client, mark: str, new: str, files: set[str]
) -> None:
    client.open(FILE, text_of(top))
    changed = rename(client, top, mark, new)
    assert set(changed) == files
    for name, text in changed.items():
        (top / "rules" / name).write_text(text, "utf-8")
    assert main(["check", str(top / "rules")]) == 0
    assert main(["test", str(top / "rules")]) == 0


def test_a_name_that_does_not_do_is_refused(top: Path, client: Client) -> None:
    text = text_of(top)
    client.open(FILE, text)

    def said(mark: str, new: str) -> str:
        answer = client.at("textDocument/rename", FILE, text, mark, newName=new)
        return str(answer["error"]["message"])

    assert "cannot be called `Not So`" in said("lists.junk", "Not So")
    assert "there is a list `partner_domains` already" in said("lists.junk", "partner_domains")
    assert "there is a rule `forged` already" in said("- id: junk", "forged")
    assert "nothing else" in said("    table: tic", "other")
    client.change(FILE, text + "x: [")
    assert "cannot be read" in said("lists.junk", "noise")


def test_formatting(top: Path, client: Client) -> None:
    text = text_of(top)
    loose = text.replace("{keep: 0}", "{  keep:   0 }")
    client.open(FILE, loose)
    params = {"textDocument": {"uri": client.uri(FILE)},
              "options": {"tabSize": 2, "insertSpaces": True}}  # fmt: skip
    assert applied(loose, client.ask("textDocument/formatting", params)) == text
    client.change(FILE, loose + "x: [")
    assert client.ask("textDocument/formatting", params) == []


def test_what_is_not_saved_is_forgotten_when_it_is_closed(top: Path, client: Client) -> None:
    client.open(FILE, text_of(top).replace("table: ticket", "table: tickt"))
    assert any(each["code"] == "PR240" for each in client.wait(FILE))
    client.tell("textDocument/didClose", {"textDocument": {"uri": client.uri(FILE)}})
    assert errors(client.wait(FILE)) == []


def test_it_says_which_extra_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("postroom.cli.lsp.find_spec", lambda _: None)
    assert main(["lsp"]) == 1
    assert "pip install 'postroom[lsp]'" in capsys.readouterr().err
