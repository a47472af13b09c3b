"""The fields of a delivery report (RFC 3464), and of the reports that are built like it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from postroom.mail.reports.bounce_codes import Codes, kind_of, read_codes, read_status
from postroom.model.message import FailedRecipient

_ACTIONS: Final = {
    "failed": "failed", "failure": "failed", "fail": "failed", "error": "failed",
    "undeliverable": "failed", "bounced": "failed", "expired": "failed", "rejected": "failed",
    "delayed": "delayed", "delay": "delayed", "deferred": "delayed", "warning": "delayed",
    "delivered": "delivered", "delivery": "delivered", "success": "delivered",
    "relayed": "relayed", "relay": "relayed", "expanded": "expanded", "displayed": "delivered",
}  # fmt: skip
_MOST_GROUPS: Final = 1_000
_MOST_LINES: Final = 20_000


@dataclass(frozen=True, slots=True)
class Group:
    """A block of fields: those of the message, or those of one recipient."""

    fields: dict[str, str]
    """Names in lower case; of a repeated field the first."""

    def get(self, name: str) -> str:
        """Return a field, or ""."""
        return self.fields.get(name, "")

    @property
    def is_recipient(self) -> bool:
        """Whether it speaks of one recipient."""
        return "final-recipient" in self.fields or "original-recipient" in self.fields

    @property
    def action(self) -> str:
        """Action in the words of RFC 3464, worked out where it is missing."""
        word = self.get("action").lower().strip().partition(" ")[0].strip("();,.")
        found = _ACTIONS.get(word, "")
        if found:
            return found
        status = self.codes.status[:1]
        return {"2": "delivered", "4": "delayed"}.get(status, "failed")

    @property
    def codes(self) -> Codes:
        """Status and reply code; from the diagnostic where Status is missing."""
        said = read_codes(self.diagnostic)
        status = read_status(self.get("status")) or said.status
        smtp = said.smtp
        if smtp is None:
            smtp = read_codes(self.get("status")).smtp
        return Codes(smtp, status)

    @property
    def diagnostic(self) -> str:
        """Diagnostic-Code without its type."""
        return without_type(self.get("diagnostic-code"))

    def address(self) -> str:
        """Return the address that the sender wrote to; the one that failed where it is not told."""
        for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
            address = clean_address(without_type(self.get(name)))
            if address:
                return address
        return without_type(self.get("final-recipient")).strip("<> ")

    def recipient(self) -> FailedRecipient:
        """Return what it says."""
        codes = self.codes
        return FailedRecipient(
            addr_spec=self.address(),
            action=self.action,
            status=codes.status,
            smtp_code=codes.smtp,
            kind=kind_of(self.action, codes),
        )


def read_groups(text: str) -> list[Group]:
    """Return the blocks of fields of a report: parted by blank lines, or by a new recipient."""
    groups: list[Group] = []
    fields: dict[str, str] = {}
    name = ""
    for line in text.split("\n", _MOST_LINES)[:_MOST_LINES]:
        if not line.strip():
            name = ""
            if fields:
                groups.append(Group(fields))
                fields = {}
        elif line[0] in " \t" and name:
            fields[name] = f"{fields[name]} {line.strip()}"
        else:
            found, colon, value = line.partition(":")
            name = found.strip().lower()
            if not colon or " " in name or not name:
                name = ""
            elif name == "final-recipient" and name in fields:
                groups.append(Group(fields))
                fields = {name: value.strip()}
            elif name in fields:
                name = ""
            else:
                fields[name] = value.strip()
        if len(groups) >= _MOST_GROUPS:
            break
    if fields:
        groups.append(Group(fields))
    return groups


def without_type(value: str) -> str:
    """Return a value without the type before it: `rfc822; a@x.example`, `smtp; 550 no`."""
    before, semicolon, behind = value.partition(";")
    return behind.strip() if semicolon and " " not in before.strip() else value.strip()


def clean_address(value: str) -> str:
    """Return the address in a value, bare, or "" if it is none."""
    value = value.strip().strip("<>").strip()
    if value.lower().startswith(("smtp:", "mailto:")):
        value = value.partition(":")[2]
    local, at, domain = value.rpartition("@")
    if not at or not local or not domain or any(c in value for c in " \t<>()[],;/"):
        return ""
    return value
