"""Do one thing to one message, after making sure that it is the same one (RFC 8621 4.6)."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from postroom.hooks.contracts import Receipt
from postroom_jmap.answers import inner
from postroom_jmap.folders import Folders, is_path
from postroom_jmap.listing import emails, lies_in
from postroom_jmap.problems import DeclinedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.model.envelope import ServerAction
    from postroom_jmap.answers import Fields
    from postroom_jmap.client import Client

    RawOf = Callable[[Fields], bytes]
    """Fetches the bytes that were decided on."""

_KEYWORDS: Final = {name: f"${name}" for name in ("seen", "answered", "flagged", "draft")}
_NOT_IN_KEYWORDS: Final = frozenset('(){]%*"\\')
_LONGEST: Final = 255
_FOR_GOOD: Final = frozenset({"forbidden", "invalidProperties", "tooManyKeywords", "overQuota"})
_GONE: Final = Receipt(done=True, detail="already gone")


def settle(client: Client, folder: str, action: ServerAction, raw_of: RawOf) -> Receipt:
    """Flag, move or delete a message that lies in a folder."""
    if not _may(action):
        detail = f"`{action.target}` is not the name of a flag or a folder"
        return Receipt(done=False, detail=detail)
    try:
        email = next(iter(emails(client, [action.place.key])), None)
        if email is None or not lies_in(email, folder):
            return _GONE
        if sha256(raw_of(email)).hexdigest() != action.sha256:
            return Receipt(done=False, detail="another message has this id now")
        return _do(client, folder, action, email)
    except DeclinedError as declined:
        if declined.kind == "notFound":
            return _GONE
        return Receipt(done=False, detail=str(declined), final=declined.kind in _FOR_GOOD)


def _do(client: Client, folder: str, action: ServerAction, email: Fields) -> Receipt:
    key = action.place.key
    match action.verb:
        case "flag":
            keyword = _keyword(action.target)
            _change(client, key, {f"keywords/{_escaped(keyword)}": True})
            return Receipt(done=True, detail=f"flagged {action.target}")
        case "move":
            target = Folders(client).made(action.target)
            if target != folder:
                _change(client, key, {f"mailboxIds/{folder}": None, f"mailboxIds/{target}": True})
            return Receipt(done=True, detail=f"moved to {action.target}")
        case _:
            if len(inner(email, "mailboxIds")) > 1:  # what lies elsewhere too stays there
                _change(client, key, {f"mailboxIds/{folder}": None})
            else:
                told = client.call("Email/set", "deleting a message", destroy=[key])
                _look(client, told, "notDestroyed", key)
            return Receipt(done=True, detail="deleted")


def _change(client: Client, key: str, patch: dict[str, bool | None]) -> None:
    told = client.call("Email/set", "changing a message", update={key: patch})
    _look(client, told, "notUpdated", key)


def _look(client: Client, told: Fields, refused: str, key: str) -> None:
    with client.sensible("changing a message"):
        error = inner(inner(told, refused), key)
    if error:
        raise DeclinedError(str(error.get("type")), str(error.get("description") or ""))


def _may(action: ServerAction) -> bool:
    match action.verb:
        case "flag":
            return _keyword(action.target) != ""
        case "move":
            return is_path(action.target)
        case _:
            return True


def _keyword(name: str) -> str:
    """Return a flag as JMAP has it, or "" if it cannot be one (RFC 8621 4.1.1)."""
    known = _KEYWORDS.get(name.removeprefix("\\").lower())
    if known:
        return known
    fine = all("!" <= letter <= "~" and letter not in _NOT_IN_KEYWORDS for letter in name)
    return name.lower() if fine and 0 < len(name) <= _LONGEST else ""


def _escaped(name: str) -> str:
    """Return a name as a part of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
