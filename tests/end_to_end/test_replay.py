"""What changed rules would have made of the mail of the sample help desk."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from postroom.cli.demo import _work
from postroom.cli.main import main
from postroom.runtime.clock import SYSTEM
from postroom.runtime.rulesets import replay as module
from postroom.runtime.rulesets.loading import load_rules
from postroom.runtime.rulesets.replay import Asked, replay
from postroom.runtime.settings import folders

if TYPE_CHECKING:
    from pathlib import Path

    from postroom.pipeline.tally import Tally

MESSAGES = 48
NOBODY = "{deny: {reply: not_open, forward_to: [frontdesk@kestrel.example]}}"
_NOT_RULES = ("postroom-*", "inbox", "outbox", "*.test.yaml", "waivers.yaml")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a help desk that has worked: updates, tokens, contacts, bounces, counters, answers."""
    folder = tmp_path_factory.mktemp("replay") / "helpdesk"
    _work(folder)
    return folder


@pytest.fixture
def changed(desk: Path, tmp_path: Path) -> Path:
    """Give a copy of the rules, to be changed."""
    folder = tmp_path / "changed"
    shutil.copytree(desk, folder, ignore=shutil.ignore_patterns(*_NOT_RULES))
    return folder


def edit(folder: Path, old: str, new: str, file: str = "support.yaml") -> None:
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), "utf-8")


def under(rules: Path, desk: Path, asked: Asked | None = None) -> Tally:
    where = replace(folders(desk), rules=rules)
    return replay(where, load_rules(rules), asked or Asked())


def test_the_rules_that_decided_decide_the_same_again(desk: Path) -> None:
    tally = under(desk, desk)
    assert dict(tally.counts) == {"same": MESSAGES}
    assert tally.uncertain_messages == 0
    assert not tally.skipped


def test_the_same_rules_in_other_places_make_no_difference(desk: Path, changed: Path) -> None:
    text = (changed / "support.yaml").read_text("utf-8")
    (changed / "moved.yaml").write_text(f"# moved down\n\n{text}", "utf-8")
    (changed / "support.yaml").unlink()
    assert dict(under(changed, desk).counts) == {"same": MESSAGES}


def test_a_record_that_would_be_lost_is_the_worst(desk: Path, changed: Path) -> None:
    edit(
        changed,
        "      - id: junk\n",
        '      - {id: no-invoices, when: subject contains "invoice", then: discard}\n'
        "      - id: junk\n",
    )
    tally = under(changed, desk)
    assert tally.counts["lost"] > 0
    assert tally.fails("lost")
    assert tally.counts.total() == MESSAGES
    first = tally.samples["lost"][0]
    assert first.words[0].endswith("-> discarded")


def test_a_record_that_would_be_made_is_found(desk: Path, changed: Path) -> None:
    edit(changed, NOBODY, "{allow_as: guest}")
    tally = under(changed, desk)
    assert tally.counts["made"] > 0
    assert not tally.fails("lost")


def test_values_and_notices_are_told_apart(desk: Path, changed: Path) -> None:
    edit(changed, "set: {type: Outage, priority: 1}", "set: {type: Outage, priority: 2}")
    tally = under(changed, desk)
    assert {kind for kind, count in tally.counts.items() if count} <= {"values", "same"}
    assert any("priority: 1 -> 2" in s.words for s in tally.samples["values"])
    edit(changed, "set: {type: Outage, priority: 2}", "set: {type: Outage, priority: 1}")
    edit(changed, "to: oncall@kestrel.example", "to: nights@kestrel.example")
    tally = under(changed, desk)
    assert {kind for kind, count in tally.counts.items() if count} == {"notices", "same"}


def test_a_rule_of_another_name_is_another_reason(desk: Path, changed: Path) -> None:
    edit(changed, "{id: known,  ", "{id: customer,  ")
    tally = under(changed, desk)
    assert {kind for kind, count in tally.counts.items() if count} == {"reasons", "same"}


def test_counts_that_nobody_asked_for_are_taken_from_the_log(desk: Path, changed: Path) -> None:
    edit(
        changed,
        "      - id: junk\n",
        "      - {id: again, when: count_from_sender(2d) > 0, then: no_answer}\n      - id: junk\n",
    )
    tally = under(changed, desk)
    assert tally.uncertain_messages == 0
    assert tally.counts["same"] < MESSAGES


def test_contacts_that_nobody_asked_for_are_taken_from_the_log(desk: Path, changed: Path) -> None:
    edit(changed, "address: guest@", "address: visitor@", file="people.yaml")
    tally = under(changed, desk)
    assert tally.uncertain_messages == 0
    assert {kind for kind, count in tally.counts.items() if count} == {"reasons", "same"}
    assert all("guest@" in words for s in tally.samples["reasons"] for words in s.words[:1])


def test_only_the_newest_are_decided_where_that_is_asked(desk: Path) -> None:
    assert under(desk, desk, Asked(limit=5)).total == 5
    tomorrow = SYSTEM.now() + timedelta(days=1)
    assert under(desk, desk, Asked(since=tomorrow)).total == 0


def test_an_account_that_is_gone_is_said(desk: Path, changed: Path) -> None:
    edit(changed, "  support:\n", "  renamed:\n")
    tally = under(changed, desk)
    assert dict(tally.skipped) == {"these rules have no account `support`": MESSAGES}


def test_the_command_says_it_and_fails_if_it_is_told_to(
    desk: Path, changed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["replay", "--rules", str(changed), "--data", str(desk / "postroom-data")]
    words += ["--keys", str(desk / "postroom-keys"), "--since", "52w"]
    assert main([*words, "--fail-if", "reasons"]) == 0
    assert "48 messages decided again" in capsys.readouterr().out
    edit(changed, "set: {type: Outage, priority: 1}", "set: {type: Outage, priority: 2}")
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert "priority: 1 -> 2" in shown
    assert "postroom explain ID" in shown
    assert main([*words, "--fail-if", "outcome"]) == 0
    assert main([*words, "--fail-if", "values"]) == 1
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["classes"]["values"] == len(told["samples"]["values"])
    assert main([*words[:-1], "soon"]) == 2
    assert main([*words, "--account", "sales"]) == 2


def test_without_keys_nothing_is_decided(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["replay", "--rules", str(desk), "--keys", str(tmp_path / "none")]
    assert main(words) == 3
    assert "PR412" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_many_are_decided_side_by_side_with_the_same_result(
    desk: Path, changed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(changed, "set: {type: Outage, priority: 1}", "set: {type: Outage, priority: 2}")
    alone = under(changed, desk)
    monkeypatch.setattr(module, "_SIDE_BY_SIDE", 1)
    assert under(changed, desk) == alone
