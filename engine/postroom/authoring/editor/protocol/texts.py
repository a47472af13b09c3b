"""Texts that are opened, typed, saved and closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from postroom.authoring.editor.protocol.server import Server


def follow_texts(server: Server) -> None:
    """Check a folder whenever the text of one of its files changes in the editor."""

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
