"""Do one thing to one message, after making sure that it is the same one."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from postroom.hooks.contracts import Receipt
from postroom_imap.gmail import TRASH
from postroom_imap.problems import DeclinedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.model.envelope import ServerAction
    from postroom_imap.session import Session

_SYSTEM = {
    name: f"\\{name.title()}" for name in ("seen", "answered", "flagged", "deleted", "draft")
}
_KEYWORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$-.")
_LONGEST = 100
_ANY_KEYWORD = "\\*"


def settle(session: Session, action: ServerAction, folder: str, max_message: int) -> Receipt:
    """Flag, move or delete a message. Raises LostError; the same may then be asked again.

    folder is the account's: where a message is looked for that has no number, but an id.
    """
    if not _may(action):
        return _refused(f"`{action.target}` is not the name of a flag or a folder")
    try:
        found = _numbered(session, action, folder)
        if isinstance(found, Receipt):
            return found
        if (other := _other(session, action, found, max_message)) is not None:
            return other
        return _DO[action.verb](session, found, action.target)
    except DeclinedError as declined:
        return Receipt(done=False, detail=declined.text, final=False)


def _may(action: ServerAction) -> bool:
    target = action.target
    match action.verb:
        case "flag":
            return _flag(target) is not None
        case "move":
            parts = target.strip("/").split("/")
            known = all(part.strip() not in ("", ".", "..") for part in parts)
            return known and target.isprintable() and len(target) <= _LONGEST
        case _:
            return True


def _flag(name: str) -> str | None:
    """Return a flag as the protocol has it: the five that it names, or a keyword."""
    system = _SYSTEM.get(name.removeprefix("\\").lower())
    if system or not name or len(name) > _LONGEST or not _KEYWORD.issuperset(name):
        return system
    return name


def _numbered(session: Session, action: ServerAction, own: str) -> int | Receipt:
    """Open the folder to change it and return the message's UID; or why there is no sense in it."""
    place = action.place
    if not place.key.isdecimal() or (not place.epoch and not session.gmail):
        return _refused("there is no such message")
    name = place.mailbox if place.epoch else own
    folder = session.folder
    if folder is None or not folder.writable or folder.name != name:
        folder = session.open(name, write=True)
    if not place.epoch:
        return session.find(place.key) or Receipt(done=True, detail="already gone")
    if folder.uidvalidity != place.epoch:
        return _refused("the folder was made anew on the server, and its numbers with it")
    return int(place.key)


def _other(session: Session, action: ServerAction, uid: int, max_message: int) -> Receipt | None:
    """Return a receipt if the message is gone, or another one now; None if it is the same."""
    listed = session.sizes([uid])
    if not listed:
        return Receipt(done=True, detail="already gone")
    large = listed[0].size > max_message
    raw = session.header(uid) if large else session.bodies(listed).get(uid)
    if raw is None:
        return Receipt(done=True, detail="already gone")
    same = sha256(raw).hexdigest() == action.sha256
    return None if same else _refused("there is another message under this number now")


def _set_flag(session: Session, uid: int, target: str) -> Receipt:
    flag = _flag(target) or ""
    if session.gmail and not flag.startswith("\\"):  # a keyword is shown to nobody there
        _into(session, target, lambda: session.add_label(uid, target))
        return Receipt(done=True, detail=f"labelled {target}")
    allowed = session.folder.permanent_flags if session.folder else frozenset()
    if allowed and flag.lower() not in allowed and (flag[0] == "\\" or _ANY_KEYWORD not in allowed):
        return _refused(f"the server does not keep the flag `{target}`")
    session.add_flag(uid, flag)
    return Receipt(done=True, detail=f"flagged {target}")


def _move(session: Session, uid: int, target: str) -> Receipt:
    target = target.strip("/")
    if session.folder and target == session.folder.name:
        return Receipt(done=True, detail="it is there already")
    if session.gmail and session.holds_all:
        _into(session, target, lambda: session.add_label(uid, target))
    elif session.can("MOVE"):
        _into(session, target, lambda: session.move(uid, target))
    elif session.can("UIDPLUS"):
        _into(session, target, lambda: session.copy(uid, target))
        _remove(session, uid)
    else:
        return _refused("the server has neither MOVE nor UIDPLUS, so it cannot move one message")
    return Receipt(done=True, detail=f"moved to {target}")


def _into(session: Session, target: str, do: Callable[[], None]) -> None:
    """Do it; if the server refuses, make the folder and do it again."""
    try:
        do()
    except DeclinedError as declined:
        if declined.passing:
            raise
        session.create(target)
        do()


def _delete(session: Session, uid: int, _: str) -> Receipt:
    if session.gmail and (trash := session.special(TRASH)):  # elsewhere it would stay in All Mail
        session.move(uid, trash)
        return Receipt(done=True, detail=f"moved to {trash}")
    if not session.can("UIDPLUS"):
        return _refused("the server has no UIDPLUS, so it cannot delete one message alone")
    _remove(session, uid)
    return Receipt(done=True, detail="deleted")


def _remove(session: Session, uid: int) -> None:
    session.add_flag(uid, "\\Deleted")
    session.expunge(uid)


def _refused(detail: str) -> Receipt:
    return Receipt(done=False, detail=detail, final=True)


_DO: dict[str, Callable[[Session, int, str], Receipt]] = {
    "flag": _set_flag,
    "move": _move,
    "delete": _delete,
}
