"""What a JMAP server says of itself (RFC 8620 2): where its parts are, and what account is ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from postroom_jmap.answers import SenselessError, inner, number, text
from postroom_jmap.problems import problem

if TYPE_CHECKING:
    from postroom_jmap.answers import Fields
    from postroom_jmap.settings import JmapSettings

CORE: Final = "urn:ietf:params:jmap:core"
MAIL: Final = "urn:ietf:params:jmap:mail"
_MOST_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Session:
    """What the server says of itself (RFC 8620 2)."""

    api_url: str
    download_url: str
    event_url: str
    account: str
    at_once: int
    """How many objects may be asked for in one call."""


def session_of(settings: JmapSettings, address: str, told: Fields) -> Session:
    """Return what a server says of itself at an address.

    Raises SenselessError, and Problem PR511 if there is no such account.
    """
    core = inner(inner(told, "capabilities"), CORE)
    return Session(
        api_url=_safe(address, text(told, "apiUrl")),
        download_url=_safe(address, text(told, "downloadUrl")),
        event_url=_safe(address, str(told.get("eventSourceUrl") or "")),
        account=_account(settings, told),
        at_once=max(1, min(number(core, "maxObjectsInGet"), _MOST_AT_ONCE)),
    )


def _account(settings: JmapSettings, told: Fields) -> str:
    """Return the id of the account that is meant. Raises Problem PR511."""
    accounts, wanted = inner(told, "accounts"), settings.account
    if not wanted:
        found = inner(told, "primaryAccounts").get(MAIL)
        if isinstance(found, str) and found:
            return found
        words, hint = "the sign-in has no mail", "give the token the right to read mail"
        raise problem("PR511", settings, words, hint)
    for key in accounts:
        if wanted in (key, inner(accounts, key).get("name")):
            return key
    hint = "have it shared with the user; leave `account` out for the user's own"
    raise problem("PR511", settings, f"there is no account `{wanted}`", hint)


def _safe(address: str, found: str) -> str:
    """Return an address of the session in full, which must be encrypted. Raises SenselessError."""
    if not found:
        return ""
    whole = joined(address, found.replace("{", "%7B").replace("}", "%7D"))
    if urlsplit(whole).scheme != "https":
        raise SenselessError("an address that is not encrypted")
    return whole.replace("%7B", "{").replace("%7D", "}")


def joined(address: str, found: str) -> str:
    """Return what an address given by the server is in full. Raises SenselessError."""
    try:
        whole = urljoin(address, found)
        fine = urlsplit(whole).port != 0 and bool(urlsplit(whole).hostname)
    except ValueError:
        fine, whole = False, ""
    if not (fine and whole.isprintable()):
        raise SenselessError("an address that is none")
    return whole
