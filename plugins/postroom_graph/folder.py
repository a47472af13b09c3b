"""Find a folder by its path, and make it where it is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.source.diagnostic import Problem
from postroom_graph.problems import DeclinedError, diagnostic, protocol_broken

if TYPE_CHECKING:
    from postroom_graph.client import Graph

_ROOT = "msgfolderroot"
_WELL_KNOWN = frozenset(
    {"inbox", "archive", "deleteditems", "drafts", "junkemail", "outbox", "sentitems"}
)
"""Folders that have this name whatever they are called in the language of the mailbox."""
_LONGEST = 255
_EXISTS = 409
_SHOWN = 10


def is_path(path: str) -> bool:
    """Return whether a folder can have this path."""
    parts = path.split("/")
    good = all(each.strip() not in ("", ".", "..") and len(each) <= _LONGEST for each in parts)
    return good and path.isprintable()


def tidy(path: str) -> str:
    """Return the path as places have it: the inbox is `INBOX`, as over IMAP."""
    path = path.strip("/")
    return "INBOX" if path.lower() == "inbox" else path


def found(graph: Graph, path: str) -> str:
    """Return the id of a folder. Raises Problem PR513 if it is missing."""
    at = _ROOT
    for depth, name in enumerate(path.split("/")):
        if depth == 0 and name.lower() in _WELL_KNOWN:
            at = _id(graph, name.lower())
            continue
        inside = _children(graph, at)
        if name.casefold() not in inside:
            names = ", ".join(f"`{each}`" for each in list(inside)[:_SHOWN])
            words = f"there is no folder `{path}`: `{name}` is missing"
            raise Problem(diagnostic("PR513", graph.server, words, f"there are: {names or 'none'}"))
        at = inside[name.casefold()]
    return at


def made(graph: Graph, path: str) -> str:
    """Return the id of a folder that is made if it is missing, and those above it."""
    at = _ROOT
    for depth, name in enumerate(path.split("/")):
        if depth == 0 and name.lower() in _WELL_KNOWN:
            at = _id(graph, name.lower())
            continue
        at = _children(graph, at).get(name.casefold()) or _make(graph, at, name)
    return at


def _make(graph: Graph, above: str, name: str) -> str:
    url = graph.url("mailFolders", above, "childFolders")
    doing = f"making the folder `{name}`"
    try:
        return _text(graph, graph.send("POST", url, doing, {"displayName": name}).get("id"))
    except DeclinedError as declined:
        if declined.status != _EXISTS:
            raise
        # somebody else was quicker
        if known := _children(graph, above).get(name.casefold()):
            return known
        raise


def _id(graph: Graph, well_known: str) -> str:
    fields = graph.get(graph.url("mailFolders", well_known), "opening the folder", select="id")
    return _text(graph, fields.get("id"))


def _children(graph: Graph, above: str) -> dict[str, str]:
    """Return the ids of folders inside another one, by their names in small letters."""
    url = graph.url("mailFolders", above, "childFolders")
    pages = graph.pages(url, "listing the folders", select="id,displayName")
    return {
        str(each.get("displayName", "")).casefold(): _text(graph, each.get("id"))
        for page in pages
        for each in page["value"]
        if isinstance(each, dict)
    }


def _text(graph: Graph, value: object) -> str:
    if isinstance(value, str) and value:
        return value
    raise protocol_broken(graph.server, "a folder without an id")
