"""Public bounces: found, with the address that failed, for good or for now."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from postroom.mail.read import read

CORPORA = Path(__file__).parents[2] / ".." / "shared" / "corpora"
NOT_MAIL_ABOUT_DELIVERY = {
    "mail/spam-bogus-email-in-report.msg",
    "mail/spam-lots-of-bogus-addresses.msg",
    "mail/spam-with-image.msg",
}
"""Labelled bounces although they are advertisements: they tried a parser's speed."""

pytestmark = pytest.mark.skipif(not CORPORA.is_dir(), reason="the shared corpora are not here")


def rows(folder: str) -> list[dict[str, Any]]:
    found = json.loads((CORPORA / folder / "expected.json").read_text())
    return list(found["rows"])


def is_failing(action: str) -> bool:
    return action in ("failed", "delayed")


def test_bounces_are_found() -> None:
    wanted = missed = 0
    for row in rows("bounces-flufl"):
        if row["temporary"] or row["permanent"]:
            wanted += 1
            missed += (
                read((CORPORA / "bounces-flufl" / row["file"]).read_bytes()).class_ != "bounce"
            )
    for row in rows("bounces-perl"):
        if row.get("is_bounce") and row["file"] not in NOT_MAIL_ABOUT_DELIVERY:
            wanted += 1
            missed += read((CORPORA / "bounces-perl" / row["file"]).read_bytes()).class_ != "bounce"
    assert missed <= 0.02 * wanted


def test_what_is_no_bounce_is_not_taken_for_one() -> None:
    """Four rows are left out: three reports in the form of RFC 3464, and a delay."""
    reports = {"boxbe-cr.msg", "boxbe-cr2.msg", "whitelist.msg", "warning-8.msg"}
    for row in rows("bounces-perl"):
        if row.get("is_bounce") is False and Path(row["file"]).name not in reports:
            message = read((CORPORA / "bounces-perl" / row["file"]).read_bytes())
            assert message.class_ != "bounce", row["file"]


def test_the_address_that_failed_is_named() -> None:
    right = wanted = 0
    for row in rows("bounces-flufl"):
        addresses = {address.lower() for address in row["temporary"] + row["permanent"]}
        if addresses:
            message = read((CORPORA / "bounces-flufl" / row["file"]).read_bytes())
            found = message.dsn.recipients
            wanted += 1
            right += addresses == {r.addr_spec.lower() for r in found if is_failing(r.action)}
    assert right >= 0.93 * wanted


def test_hard_and_soft_are_told_apart() -> None:
    right = wanted = 0
    for row in rows("bounces-flufl"):
        message = read((CORPORA / "bounces-flufl" / row["file"]).read_bytes())
        kinds = {r.addr_spec.lower(): r.kind for r in message.dsn.recipients}
        for kind, name in (("soft", "temporary"), ("hard", "permanent")):
            wanted += len(row[name])
            right += sum(kinds.get(address.lower()) == kind for address in row[name])
    assert right >= 0.93 * wanted


def test_reply_codes_are_read() -> None:
    """Codes that the labels made up from a status (447 from 4.4.7) are left out."""
    made_up = {"postfix-host-unknown.msg", "long-smtp.msg"}
    for row in rows("bounces-perl"):
        if row.get("smtp_code") and Path(row["file"]).name not in made_up:
            message = read((CORPORA / "bounces-perl" / row["file"]).read_bytes())
            assert str(message.dsn.recipients[0].smtp_code) == row["smtp_code"], row["file"]


def test_the_mail_that_came_back_is_identified() -> None:
    message = read((CORPORA / "bounces-perl/mail/postfix-malformed.msg").read_bytes())
    assert "42@server4.example.co.uk" in message.dsn.original_message_ids
