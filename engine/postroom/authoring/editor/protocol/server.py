"""The server that an editor talks to: which folders are open, and what is wrong in each."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from postroom.authoring.editor.desk import Desk, folder_of
from postroom.authoring.editor.protocol.convert import offset_of, range_of
from postroom.authoring.pages import page

if TYPE_CHECKING:
    from postroom.rules.load import Kinds
    from postroom.source.diagnostic import Diagnostic
    from postroom.source.text import Span

PAUSE = 0.05
"""Seconds without a key before a folder is checked."""
LONG_PAUSE = 0.6
"""Seconds after that before what is proved of its rules is told as well."""


class Server(LanguageServer):
    """Knows which folders are open, and what was last found in each."""

    def __init__(self, kinds: Kinds, folder: Path | None) -> None:
        # The whole text each time: pygls ends lines where Python does, and YAML does not.
        full = types.TextDocumentSyncKind.Full
        super().__init__("postroom", version("postroom"), text_document_sync_kind=full)
        self.kinds = kinds
        self.folder = folder
        self.desks: dict[Path, Desk] = {}
        self.found: dict[Path, tuple[Diagnostic, ...]] = {}
        self._waiting: dict[Path, asyncio.TimerHandle] = {}
        self._proving: dict[Path, asyncio.TimerHandle] = {}
        self._uris: dict[Path, str] = {}
        """By path: what the editor calls the file."""
        self._shown: dict[Path, set[str]] = defaultdict(set)

    def desk(self, uri: str) -> tuple[Desk, str] | None:
        """Return the folder that a file belongs to, and its name there; None for other files."""
        path = Path(to_fs_path(uri) or "")
        folder = self.folder or next(
            (f for top in self._tops() if (f := folder_of(path, top)) is not None), None
        )
        if folder is None:
            return None
        desk = self.desks.setdefault(folder, Desk(folder, self.kinds))
        name = desk.name_of(path)
        if name is None:
            return None
        self._uris[path] = uri
        return desk, name

    def _tops(self) -> list[Path]:
        folders = [to_fs_path(each.uri) for each in self.workspace.folders.values()]
        roots = folders or [self.workspace.root_path]
        return [Path(root) for root in roots if root]

    def text(self, uri: str) -> str:
        """Return the text of a file as it stands in the editor."""
        return self.workspace.get_text_document(uri).source

    def place(self, uri: str, at: types.Position) -> tuple[Desk, str, int] | None:
        """Return folder, name and offset of a position, the folder checked as it stands."""
        found = self.desk(uri)
        if found is None:
            return None
        desk, name = found
        self.settled(desk)
        return desk, name, offset_of(self.workspace.position_codec, self.text(uri), at)

    def soon(self, desk: Desk) -> None:
        """Check a folder when nothing is typed for a moment."""
        self._cancel(desk)
        loop = asyncio.get_running_loop()
        self._waiting[desk.folder] = loop.call_later(PAUSE, self.check, desk)

    def settled(self, desk: Desk) -> None:
        """Check a folder at once if a check of it is still to come."""
        if desk.folder in self._waiting or desk.folder not in self.found:
            self._cancel(desk)
            self.check(desk)

    def check(self, desk: Desk) -> None:
        """Check a folder and tell the editor; what can be proved of its rules, a little later."""
        self._waiting.pop(desk.folder, None)
        self._tell(desk, desk.check())
        loop = asyncio.get_running_loop()
        self._proving[desk.folder] = loop.call_later(LONG_PAUSE, self._prove, desk)

    def _prove(self, desk: Desk) -> None:
        self._proving.pop(desk.folder, None)
        found = desk.prove()
        if found is not None:
            self._tell(desk, found)

    def _cancel(self, desk: Desk) -> None:
        """Forget what was still to be done for a folder."""
        for waiting in (self._waiting, self._proving):
            if desk.folder in waiting:
                waiting.pop(desk.folder).cancel()

    def _tell(self, desk: Desk, found: tuple[Diagnostic, ...]) -> None:
        """Tell the editor what was found in each file of a folder."""
        self.found[desk.folder] = found
        by_name: dict[str, list[types.Diagnostic]] = defaultdict(list)
        for each in found:
            if each.span is not None:
                by_name[each.span.source.name].append(self._diagnostic(desk, each, each.span))
        for name in self._shown[desk.folder] | set(by_name):
            uri = self._uri(desk, name)
            self.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(uri, by_name.get(name, []))
            )
        self._shown[desk.folder] = set(by_name)

    def location(self, desk: Desk, span: Span) -> types.Location:
        """Return a place as the editor finds it."""
        codec = self.workspace.position_codec
        return types.Location(self._uri(desk, span.source.name), range_of(codec, span))

    def _uri(self, desk: Desk, name: str) -> str:
        path = desk.folder / name
        return self._uris.get(path) or from_fs_path(str(path)) or ""

    def _diagnostic(self, desk: Desk, found: Diagnostic, span: Span) -> types.Diagnostic:
        wrong = found.severity == "error"
        return types.Diagnostic(
            range=self.location(desk, span).range,
            message=f"{found.message}\nhelp: {found.help}" if found.help else found.message,
            severity=types.DiagnosticSeverity.Error if wrong else types.DiagnosticSeverity.Warning,
            code=found.code,
            code_description=_page(found.code),
            source="postroom",
            related_information=[
                types.DiagnosticRelatedInformation(self.location(desk, place), words)
                for words, place in found.related
            ],
        )


def _page(code: str) -> types.CodeDescription | None:
    path = page(code)
    return types.CodeDescription(path.as_uri()) if isinstance(path, Path) else None
