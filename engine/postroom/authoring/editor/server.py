"""The language server: what the protocol asks, answered by the modules beside this one."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from postroom.authoring.editor import rename
from postroom.authoring.editor.context import context_at
from postroom.authoring.editor.convert import offset_of, range_of, whole
from postroom.authoring.editor.desk import Desk, folder_of
from postroom.authoring.editor.fixes import fix
from postroom.authoring.editor.hover import hover
from postroom.authoring.editor.mentions import mentions_of
from postroom.authoring.editor.suggest import suggestions
from postroom.authoring.formatting.format import Changed, Unreadable, formatted
from postroom.authoring.pages import page
from postroom.source.text import Source, Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postroom.authoring.editor.suggest import Kind
    from postroom.rules.load import Kinds
    from postroom.source.diagnostic import Diagnostic

PAUSE = 0.05
"""Seconds without a key before a folder is checked."""
LONG_PAUSE = 0.6
"""Seconds after that before what is proved of its rules is told as well."""
_KINDS: dict[Kind, types.CompletionItemKind] = {
    "key": types.CompletionItemKind.Property,
    "choice": types.CompletionItemKind.EnumMember,
    "name": types.CompletionItemKind.Reference,
    "field": types.CompletionItemKind.Field,
    "function": types.CompletionItemKind.Function,
    "word": types.CompletionItemKind.Keyword,
}


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


def serve(kinds: Kinds, folder: Path | None = None) -> None:
    """Answer an editor over standard input and output until it hangs up."""
    make_server(kinds, folder).start_io()


def make_server(kinds: Kinds, folder: Path | None) -> Server:
    """Return a server that knows everything it can be asked."""
    server = Server(kinds, folder.absolute() if folder else None)
    _watch_texts(server)
    _help_typing(server)
    _find(server)
    _rename(server)
    _mend_and_format(server)
    return server


def _watch_texts(server: Server) -> None:
    def changed(uri: str, text: str | None) -> None:
        found = server.desk(uri)
        if found is None:
            return
        desk, name = found
        if text is None:
            desk.unsaved.pop(name, None)
        else:
            desk.unsaved[name] = text
        server.soon(desk)

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        changed(params.text_document.uri, params.text_document.text)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def typed(params: types.DidChangeTextDocumentParams) -> None:
        changed(params.text_document.uri, server.text(params.text_document.uri))

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        changed(params.text_document.uri, server.text(params.text_document.uri))

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        changed(params.text_document.uri, None)


def _help_typing(server: Server) -> None:
    options = types.CompletionOptions(trigger_characters=[".", " ", ":", "{", "|"])

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, options)
    def complete(params: types.CompletionParams) -> list[types.CompletionItem]:
        found = server.place(params.text_document.uri, params.position)
        if found is None:
            return []
        desk, _, offset = found
        text = server.text(params.text_document.uri)
        context = context_at(desk, text, offset)
        return [
            types.CompletionItem(
                label=each.text, kind=_KINDS[each.kind], detail=each.told or None,
                documentation=each.help or None, insert_text=each.insert or each.text,
            )
            for each in suggestions(context, text[context.place.start : offset])
        ]  # fmt: skip

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def explain(params: types.HoverParams) -> types.Hover | None:
        found = server.place(params.text_document.uri, params.position)
        if found is None:
            return None
        desk, name, offset = found
        codec, text = server.workspace.position_codec, server.text(params.text_document.uri)
        told = hover(context_at(desk, text, offset), text, offset)
        if told is None:
            return None
        start, end, words = told
        content = types.MarkupContent(types.MarkupKind.Markdown, words)
        return types.Hover(content, range_of(codec, Span(Source(name, text), start, end)))


def _find(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def definition(params: types.DefinitionParams) -> list[types.Location]:
        where = server.place(params.text_document.uri, params.position)
        if where is None or where[1] in where[0].broken:
            return []
        desk, name, offset = where
        mentions = mentions_of(desk.readable)
        found = mentions.at(name, offset)
        declared = [each for each in mentions.of(found.thing) if each.declares] if found else []
        return [server.location(desk, each.span) for each in declared]


def _rename(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    def prepare(params: types.PrepareRenameParams) -> types.Range | None:
        where = server.place(params.text_document.uri, params.position)
        if where is None:
            return None
        desk, name, offset = where
        try:
            found = rename.renamed(desk, name, offset)
        except rename.Refused as refused:
            raise JsonRpcInvalidParams(str(refused)) from None
        return range_of(server.workspace.position_codec, found.span)

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    def call(params: types.RenameParams) -> types.WorkspaceEdit | None:
        where = server.place(params.text_document.uri, params.position)
        if where is None:
            return None
        desk, name, offset = where
        try:
            spans = rename.places(desk, name, offset, params.new_name)
        except rename.Refused as refused:
            raise JsonRpcInvalidParams(str(refused)) from None
        changes: dict[str, list[types.TextEdit]] = defaultdict(list)
        for each in (server.location(desk, span) for span in spans):
            changes[each.uri].append(types.TextEdit(each.range, params.new_name))
        return types.WorkspaceEdit(changes=dict(changes))


def _mend_and_format(server: Server) -> None:
    kinds = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, kinds)
    def mend(params: types.CodeActionParams) -> list[types.CodeAction]:
        found = server.desk(params.text_document.uri)
        if found is None:
            return []
        desk, name = found
        server.settled(desk)
        return list(_fixes(server, desk, name, params))

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    def write(params: types.DocumentFormattingParams) -> list[types.TextEdit]:
        found = server.desk(params.text_document.uri)
        if found is None:
            return []
        desk, name = found
        server.settled(desk)
        errors = (e for e in server.found[desk.folder] if e.severity == "error" and e.span)
        if any(each.span and each.span.source.name == name for each in errors):
            return []
        text = server.text(params.text_document.uri)
        try:
            after = formatted(text)
        except (Unreadable, Changed):
            return []
        if after == text:
            return []
        return [types.TextEdit(whole(server.workspace.position_codec, Source(name, text)), after)]


def _fixes(
    server: Server, desk: Desk, name: str, params: types.CodeActionParams
) -> Iterable[types.CodeAction]:
    for each in server.found[desk.folder]:
        new = fix(each)
        if new is None or each.span is None or each.span.source.name != name:
            continue
        at = server.location(desk, each.span)
        if at.range.start > params.range.end or at.range.end < params.range.start:
            continue
        edit = types.WorkspaceEdit(changes={at.uri: [types.TextEdit(at.range, new)]})
        yield types.CodeAction(
            f"Write `{new}`", types.CodeActionKind.QuickFix, edit=edit, is_preferred=True
        )
