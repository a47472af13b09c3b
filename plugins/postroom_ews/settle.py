"""Do one thing to one message, after making sure that it is the same one."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from postroom.hooks.contracts import Receipt
from postroom_ews.problems import DeclinedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.model.envelope import ServerAction
    from postroom_ews.session import Session

EPOCH = "ews"
"""Of every place: ids of other transports are none of ours, in a mailbox of the same name."""
_LONGEST = 255
_SEPARATORS = ",;"
"""What Outlook takes for the end of a category's name."""


def settle(session: Session, action: ServerAction, most: int) -> Receipt:
    """Flag, move or delete a message, which has another key once it is moved. Raises Problem."""
    if not _may(action):
        return _refused(f"`{action.target}` is not the name of a category or a folder")
    if action.place.epoch != EPOCH:
        return _refused("it was read over another transport, which this one cannot follow")
    key = action.place.key
    try:
        large = session.size(key) > most
        raw = session.header(key) if large else session.content(key)
        if sha256(raw).hexdigest() != action.sha256:
            return _refused("the message has other bytes now")
        return _DO[action.verb](session, key, action.target)
    except DeclinedError as declined:
        if declined.gone:
            return Receipt(done=True, detail="already gone")
        return Receipt(done=False, detail=declined.text, final=False)


def is_path(path: str) -> bool:
    """Return whether a folder can have this path."""
    parts = path.split("/")
    good = all(each.strip() not in ("", ".", "..") and len(each) <= _LONGEST for each in parts)
    return good and path.isprintable()


def _may(action: ServerAction) -> bool:
    target = action.target
    match action.verb:
        case "flag":
            fits = bool(target.strip()) and len(target) <= _LONGEST and target.isprintable()
            return fits and not any(each in target for each in _SEPARATORS)
        case "move":
            return is_path(target.strip("/"))
        case _:
            return True


def _set_flag(session: Session, key: str, target: str) -> Receipt:
    if target.removeprefix("\\").lower() == "seen":
        session.mark_read(key)
    else:
        session.add_category(key, target)
    return Receipt(done=True, detail=f"flagged {target}")


def _move(session: Session, key: str, target: str) -> Receipt:
    path = target.strip("/")
    session.move(key, path)
    return Receipt(done=True, detail=f"moved to {path}")


def _delete(session: Session, key: str, _: str) -> Receipt:
    session.delete(key)
    return Receipt(done=True, detail="deleted")


def _refused(detail: str) -> Receipt:
    return Receipt(done=False, detail=detail, final=True)


_DO: dict[str, Callable[[Session, str, str], Receipt]] = {
    "flag": _set_flag,
    "move": _move,
    "delete": _delete,
}
