"""Mail of many servers, programs and languages, in their shapes: who failed, what is new."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from postroom.mail.quotes.split import split_text
from postroom.mail.read import read


def cases(name: str) -> list[dict[str, Any]]:
    path = Path(__file__).parent / "shapes" / f"{name}.yaml"
    return list(YAML(typ="safe").load(path.read_text(encoding="utf-8")))


def written(fields: dict[str, str], text: str) -> bytes:
    header = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return f"{header}\n{text}".encode()


def bounce(case: dict[str, Any]) -> bytes:
    fields = {"From": case["from"], "To": "me@sender.example", "Subject": case["subject"]}
    fields |= case.get("headers", {})
    if "report" not in case:
        return written(fields | {"Content-Type": "text/plain; charset=utf-8"}, case["text"])
    parts = [
        f"Content-Type: text/plain; charset=utf-8\n\n{case['text']}",
        f"Content-Type: message/delivery-status\n\n{case['report']}",
    ]
    if "returned" in case:
        parts.append(f"Content-Type: message/rfc822\n\n{case['returned']}")
    kind = {"Content-Type": "multipart/report; report-type=delivery-status; boundary=b"}
    return written(fields | kind, "".join(f"--b\n{part}\n" for part in parts) + "--b--\n")


BOUNCES = cases("bounces")


@pytest.mark.parametrize(
    "case", [each for each in BOUNCES if not each.get("none")], ids=lambda case: case["server"]
)
def test_a_server_says_who_failed(case: dict[str, Any]) -> None:
    message = read(bounce(case))
    found = message.dsn.recipients
    assert message.class_ == "bounce"
    assert [each.addr_spec for each in found] == case["failed"]
    assert {each.action for each in found} == {case.get("action", "failed")}
    kinds = case.get("kinds", [case.get("kind", "hard")] * len(found))
    assert [each.kind for each in found] == kinds
    assert found[0].smtp_code == case.get("smtp", found[0].smtp_code)
    assert found[0].status == case.get("status", found[0].status)
    ids = message.dsn.original_message_ids
    assert set(case.get("ids", ())) <= set(ids)


@pytest.mark.parametrize(
    "case", [each for each in BOUNCES if each.get("none")], ids=lambda case: case["server"]
)
def test_who_speaks_of_bounces_is_not_one(case: dict[str, Any]) -> None:
    message = read(bounce(case))
    assert message.class_ != "bounce"
    assert not message.dsn.present


@pytest.mark.parametrize("case", cases("classes"), ids=lambda case: case["name"])
def test_programs_and_people_are_told_apart(case: dict[str, Any]) -> None:
    fields = {
        "From": "Ann <ann@x.example>",
        "To": "me@own.example",
        "Date": "Mon, 4 Mar 2024 10:12:44 +0100",
        "Message-ID": "<m@x.example>",
        "Content-Type": "text/plain; charset=utf-8",
    }
    message = read(written(fields | case["headers"], case["text"]))
    assert message.class_ == case["class"], message.class_reasons


@pytest.mark.parametrize("case", cases("replies"), ids=lambda case: case["p"])
def test_what_is_new_is_the_reply(case: dict[str, Any]) -> None:
    split = split_text(case["text"])
    assert split.reply.strip() == case["reply"]
    assert split.signature == case.get("sig", split.signature)


@pytest.mark.parametrize("case", cases("html"), ids=lambda case: case["p"])
def test_what_is_new_in_html_is_the_reply(case: dict[str, Any]) -> None:
    fields = {"From": "a@x.example", "Content-Type": "text/html; charset=utf-8"}
    reply = read(written(fields, case["html"])).body.reply.strip()
    if "contains" in case:
        assert case["contains"] in reply
    else:
        assert reply == "Fine with me."


@pytest.mark.parametrize("case", cases("forwards"), ids=lambda case: case["p"])
def test_what_was_carried_on_is_read(case: dict[str, Any]) -> None:
    fields = {"From": "a@y.example", "Subject": case["subject"]}
    message = read(written(fields | {"Content-Type": "text/plain; charset=utf-8"}, case["text"]))
    found = message.forwarded
    assert found is not None
    assert found.sender.addr_spec == "zoe@x.example"
    assert found.subject == "Hi" or case.get("no_subject")
    assert "Text" in found.text
