"""A small editor: speaks JSON-RPC with the language server (LSP 3.17)."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Protocol

from postroom.authoring.editor.protocol.serve import serve
from postroom.hooks.manager import find_plugins
from postroom.runtime.rulesets.loading import kinds_of

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 60


class Server(Protocol):
    """A language server, and what it reads and writes."""

    input: IO[bytes]
    output: IO[bytes]

    def ended(self) -> int:
        """Wait for its end, and return its exit code."""


class Process:
    """One as an editor starts it."""

    def __init__(self, top: Path) -> None:
        code = "from postroom.cli.main import main; import sys; sys.exit(main())"
        self._process = subprocess.Popen(
            [sys.executable, "-c", code, "lsp"],
            cwd=top, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert self._process.stdin
        assert self._process.stdout
        self.input, self.output = self._process.stdin, self._process.stdout

    def ended(self) -> int:
        return self._process.wait(SECONDS)


class Thread:
    """One that need not be started as a process, which takes a second."""

    def __init__(self) -> None:
        (read, asks), (answers, write) = os.pipe(), os.pipe()
        self.input: IO[bytes] = os.fdopen(asks, "wb")
        self.output: IO[bytes] = os.fdopen(answers, "rb")
        streams = os.fdopen(read, "rb"), os.fdopen(write, "wb")
        self._thread = threading.Thread(target=self._serve, args=streams, daemon=True)
        self._thread.start()

    @staticmethod
    def _serve(asked: BinaryIO, answered: BinaryIO) -> None:
        with asked, answered:
            serve(kinds_of(find_plugins()), streams=(asked, answered))

    def ended(self) -> int:
        self._thread.join(SECONDS)
        return int(self._thread.is_alive())


class Client:
    """One session over standard input and output."""

    def __init__(self, top: Path, server: Server) -> None:
        self.server = server
        self.inbox: queue.Queue[dict[str, Any]] = queue.Queue()
        self.findings: dict[str, list[dict[str, Any]]] = {}
        self._number = 0
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.top = top
        root: dict[str, Any] = {"rootUri": top.as_uri(), "processId": None, "capabilities": {}}
        self.capabilities = self.ask("initialize", root)["capabilities"]
        self.tell("initialized", {})

    def _read(self) -> None:
        while header := self.server.output.readline():
            length = int(header.split(b":")[1]) if b"Content-Length" in header else 0
            while header.strip():
                header = self.server.output.readline()
                if b"Content-Length" in header:
                    length = int(header.split(b":")[1])
            self.inbox.put(json.loads(self.server.output.read(length)))

    def _send(self, message: dict[str, Any]) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.server.input.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        self.server.input.flush()

    def tell(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def reply(self, method: str, params: Any) -> dict[str, Any]:
        """Ask, and return the whole answer, which may be an error."""
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        while True:
            message = self.inbox.get(timeout=SECONDS)
            self._note(message)
            if message.get("id") == self._number and "method" not in message:
                return message

    def ask(self, method: str, params: Any) -> Any:
        answer = self.reply(method, params)
        assert "error" not in answer, answer
        return answer["result"]

    def _note(self, message: dict[str, Any]) -> None:
        if message.get("method") == "textDocument/publishDiagnostics":
            self.findings[message["params"]["uri"]] = message["params"]["diagnostics"]

    def uri(self, name: str) -> str:
        return (self.top / name).as_uri()

    def open(self, name: str, text: str) -> None:
        document = {"uri": self.uri(name), "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})

    def change(self, name: str, text: str, version: int = 2) -> None:
        document = {"uri": self.uri(name), "version": version}
        self.tell(
            "textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]}
        )

    def wait(self, name: str) -> list[dict[str, Any]]:
        """Return the next findings that are published for a file."""
        while True:
            message = self.inbox.get(timeout=SECONDS)
            self._note(message)
            if (message.get("params") or {}).get("uri") == self.uri(name):
                return self.findings[self.uri(name)]

    def at(self, method: str, name: str, text: str, mark: str, **more: Any) -> dict[str, Any]:
        """Ask about the place behind the first mark in a text; return the whole answer."""
        offset = text.index(mark) + len(mark)
        line = text.count("\n", 0, offset)
        before = text[text.rfind("\n", 0, offset) + 1 : offset]
        position = {"line": line, "character": len(before.encode("utf-16-le")) // 2}
        document = {"uri": self.uri(name)}
        return self.reply(method, {"textDocument": document, "position": position, **more})

    def close(self) -> int:
        self.ask("shutdown", None)
        self.tell("exit", None)
        code = self.server.ended()
        self._reader.join(SECONDS)
        for pipe in (self.server.input, self.server.output):
            pipe.close()
        return code


def applied(text: str, edits: list[dict[str, Any]]) -> str:
    """Return a text with an editor's edits, whose characters are counted in UTF-16."""
    lines = text.split("\n")

    def offset(at: dict[str, int]) -> int:
        line = lines[at["line"]].encode("utf-16-le")[: at["character"] * 2].decode("utf-16-le")
        return sum(len(each) + 1 for each in lines[: at["line"]]) + len(line)

    for edit in sorted(edits, key=lambda e: offset(e["range"]["start"]), reverse=True):
        start, end = offset(edit["range"]["start"]), offset(edit["range"]["end"])
        text = text[:start] + edit["newText"] + text[end:]
    return text
