"""Do one thing to one message, after making sure that it is the same one."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from postroom.hooks.contracts import Receipt
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


def settle(session: Session, action: ServerAction, max_message: int) -> Receipt:
    """Flag, move or delete a message. Raises LostError; the same may then be asked again."""
    if not _may(action):
        return _refused(f"`{action.target}` is not the name of a flag or a folder")
    try:
        changed = _open(session, action)
        if changed:
            return changed
        if (other := _other(session, action, max_message)) is not None:
            return other
        return _DO[action.verb](session, action)
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


def _open(session: Session, action: ServerAction) -> Receipt | None:
    """Open the folder to change it; a receipt if there is no sense in going on."""
    folder = session.folder
    if folder is None or not folder.writable or folder.name != action.place.mailbox:
        folder = session.open(action.place.mailbox, write=True)
    if folder.uidvalidity != action.place.epoch:
        return _refused("the folder was made anew on the server, and its numbers with it")
    return None if action.place.key.isdecimal() else _refused("there is no such message")


def _other(session: Session, action: ServerAction, max_message: int) -> Receipt | None:
    """Return a receipt if the message is gone, or another one now; None if it is the same."""
    uid = int(action.place.key)
    listed = session.sizes([uid])
    if not listed:
        return Receipt(done=True, detail="already gone")
    large = listed[0].size > max_message
    raw = session.header(uid) if large else session.bodies(listed).get(uid)
    if raw is None:
        return Receipt(done=True, detail="already gone")
    same = sha256(raw).hexdigest() == action.sha256
    return None if same else _refused("there is another message under this number now")


def _set_flag(session: Session, action: ServerAction) -> Receipt:
    flag = _flag(action.target) or ""
    allowed = session.folder.permanent_flags if session.folder else frozenset()
    if allowed and flag.lower() not in allowed and (flag[0] == "\\" or _ANY_KEYWORD not in allowed):
        return _refused(f"the server does not keep the flag `{action.target}`")
    session.add_flag(int(action.place.key), flag)
    return Receipt(done=True, detail=f"flagged {action.target}")


def _move(session: Session, action: ServerAction) -> Receipt:
    target, uid = action.target.strip("/"), int(action.place.key)
    if target == action.place.mailbox:
        return Receipt(done=True, detail="it is there already")
    if session.can("MOVE"):
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


def _delete(session: Session, action: ServerAction) -> Receipt:
    if not session.can("UIDPLUS"):
        return _refused("the server has no UIDPLUS, so it cannot delete one message alone")
    _remove(session, int(action.place.key))
    return Receipt(done=True, detail="deleted")


def _remove(session: Session, uid: int) -> None:
    session.add_flag(uid, "\\Deleted")
    session.expunge(uid)


def _refused(detail: str) -> Receipt:
    return Receipt(done=False, detail=detail, final=True)


_DO: dict[str, Callable[[Session, ServerAction], Receipt]] = {
    "flag": _set_flag,
    "move": _move,
    "delete": _delete,
}
