"""Fetch one message as it came in over the internet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postroom_graph.problems import THEIR_FAULT, DeclinedError, for_all

if TYPE_CHECKING:
    from postroom_graph.client import Graph

HEADER_BLOCK = 256 * 1024
"""How much of the header of a message that is too large is kept."""
_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Mime:
    """A message, or only its header where there is a problem."""

    raw: bytes
    size: int
    problem: str | None = None


def fetched(graph: Graph, key: str, most: int) -> Mime:
    """Return a message of at most so many bytes; of a larger one only the header.

    A fault of the server that comes twice while it answers otherwise is one of the message. Raises
    DeclinedError if the message is gone, and Problem.
    """
    url, doing = graph.url("messages", key, "$value"), "fetching a message"
    try:
        answer = graph.value(url, doing, most)
    except DeclinedError as declined:
        if declined.status < THEIR_FAULT:
            raise
        with for_all(graph.server, doing):
            graph.get(graph.url("mailFolders", "inbox"), doing, select="id")
        try:
            answer = graph.value(url, doing, most)
        except DeclinedError as again:
            return Mime(b"", 0, f"the server does not give the message: {again.text}")
    if answer.whole:
        return Mime(answer.body, answer.size)
    header, end, _ = answer.body[:HEADER_BLOCK].partition(_END)
    size = max(answer.size, most + 1)
    problem = f"the message has {size} bytes, and at most {most} are taken"
    return Mime(header + end, size, problem)
