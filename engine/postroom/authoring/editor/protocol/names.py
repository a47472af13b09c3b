"""Going to where a name is declared, and renaming."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from postroom.authoring.editor import rename
from postroom.authoring.editor.mentions import mentions_of
from postroom.authoring.editor.protocol.convert import range_of

if TYPE_CHECKING:
    from postroom.authoring.editor.protocol.server import Server


def find(server: Server) -> None:
    """Lead from a name to where it is declared."""

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


def rename_things(server: Server) -> None:
    """Write another name wherever a thing is named."""

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
