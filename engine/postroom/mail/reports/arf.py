"""Feedback reports: somebody pressed "this is spam" (RFC 5965)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.mail.reports.dsn_fields import read_groups
from postroom.model.message import NO_ARF, Arf

if TYPE_CHECKING:
    from postroom.mail.structure.part import Part


def read_arf(root: Part) -> Arf:
    """Return what a provider reports about a message of ours; an empty Arf if it is no report.

    The feedback type is in lower case: abuse, fraud, virus, not-spam, auth-failure, other.
    """
    for part in root.own():
        if part.content_type == "message/feedback-report":
            groups = read_groups(part.text())
            found = next((value for g in groups if (value := g.get("feedback-type"))), "")
            return Arf(present=True, feedback_type=found.lower())
    if root.content_type == "multipart/report":
        return Arf(present=root.params.get("report-type", "").lower() == "feedback-report")
    return NO_ARF
