"""Do one thing to one message, after making sure that it is the same one."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from postroom.hooks.contracts import Receipt
from postroom_graph import folder
from postroom_graph.mime import fetched
from postroom_graph.problems import DeclinedError, protocol_broken

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.model.envelope import ServerAction
    from postroom_graph.client import Graph

_SELECT = "parentFolderId,isRead,categories,flag"
_LONGEST = 255
_SEPARATORS = ",;"
"""What Outlook takes for the end of a category's name."""
_GONE = frozenset({404, 410})
_CHANGED = 412
_NO_ID = "ErrorInvalidIdMalformed"
_ELSEWHERE = "it was read over another transport, which this one cannot follow"
_TRIES = 3


@dataclass(frozen=True, slots=True)
class _Message:
    key: str
    etag: str
    is_read: bool
    is_flagged: bool
    categories: tuple[str, ...]


def settle(graph: Graph, source: str, action: ServerAction, most: int) -> Receipt:
    """Flag, move or delete a message of a folder, whose id is `source`. Raises Problem.

    A message that lies elsewhere by now is settled: somebody moved it, or we did before we died.
    """
    if not _may(action):
        return _refused(f"`{action.target}` is not the name of a category or a folder")
    if action.place.epoch:
        return _refused(_ELSEWHERE)
    try:
        return _settle(graph, source, action, most)
    except DeclinedError as declined:
        if declined.status in _GONE:
            return Receipt(done=True, detail="already gone")
        if declined.code == _NO_ID:
            return _refused(_ELSEWHERE)
        return Receipt(done=False, detail=declined.text, final=False)


def _settle(graph: Graph, source: str, action: ServerAction, most: int) -> Receipt:
    if (message := _state(graph, source, action.place.key)) is None:
        return Receipt(done=True, detail="already gone")
    if sha256(fetched(graph, message.key, most).raw).hexdigest() != action.sha256:
        return _refused("the message has other bytes now")
    for _ in range(_TRIES):
        try:
            return _DO[action.verb](graph, message, action.target)
        except DeclinedError as declined:
            if declined.status != _CHANGED:
                raise
        if (message := _state(graph, source, action.place.key)) is None:
            return Receipt(done=True, detail="already gone")
    return Receipt(done=False, detail="somebody else keeps changing the message", final=False)


def _may(action: ServerAction) -> bool:
    target = action.target
    match action.verb:
        case "flag":
            fits = bool(target.strip()) and len(target) <= _LONGEST and target.isprintable()
            return fits and not any(each in target for each in _SEPARATORS)
        case "move":
            return folder.is_path(target.strip("/"))
        case _:
            return True


def _state(graph: Graph, source: str, key: str) -> _Message | None:
    """Return a message as it is now; None if it does not lie in the folder."""
    found = graph.get(graph.url("messages", key), "looking at a message", select=_SELECT)
    categories, flag = found.get("categories", []), found.get("flag", {})
    if not isinstance(categories, list) or not isinstance(flag, dict):
        raise protocol_broken(graph.server, "a message whose categories make no sense")
    if found.get("parentFolderId") != source:
        return None
    return _Message(
        key,
        str(found.get("@odata.etag", "")),
        found.get("isRead") is True,
        flag.get("flagStatus") == "flagged",
        tuple(map(str, categories)),
    )


def _set_flag(graph: Graph, message: _Message, target: str) -> Receipt:
    name = target.removeprefix("\\").lower()
    change: dict[str, object] | None
    if name == "seen":
        change = None if message.is_read else {"isRead": True}
    elif name == "flagged":
        change = None if message.is_flagged else {"flag": {"flagStatus": "flagged"}}
    else:
        has = any(each.casefold() == target.casefold() for each in message.categories)
        change = None if has else {"categories": [*message.categories, target]}
    if change is not None:
        url = graph.url("messages", message.key)
        graph.send("PATCH", url, "flagging a message", change, if_match=message.etag)
    return Receipt(done=True, detail=f"flagged {target}")


def _move(graph: Graph, message: _Message, target: str) -> Receipt:
    path = target.strip("/")
    known = graph.destinations.get(path)
    if known is not None:
        try:
            return _moved(graph, message, path, known)
        except DeclinedError as declined:
            if declined.status not in _GONE:
                raise
    # not known yet, or gone; if it is the message that is gone, it will be once more
    made = graph.destinations.note(path, folder.made(graph, path))
    return _moved(graph, message, path, made)


def _moved(graph: Graph, message: _Message, path: str, key: str) -> Receipt:
    destination = {"destinationId": key}
    graph.send("POST", graph.url("messages", message.key, "move"), "moving a message", destination)
    return Receipt(done=True, detail=f"moved to {path}")


def _delete(graph: Graph, message: _Message, _: str) -> Receipt:
    graph.send("DELETE", graph.url("messages", message.key), "deleting a message")
    return Receipt(done=True, detail="deleted")


def _refused(detail: str) -> Receipt:
    return Receipt(done=False, detail=detail, final=True)


_DO: dict[str, Callable[[Graph, _Message, str], Receipt]] = {
    "flag": _set_flag,
    "move": _move,
    "delete": _delete,
}
