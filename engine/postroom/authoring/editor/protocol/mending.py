"""Quick fixes and formatting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from postroom.authoring.editor.fixes import fix
from postroom.authoring.editor.protocol.convert import whole
from postroom.authoring.formatting.format import Changed, Unreadable, formatted
from postroom.source.text import Source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postroom.authoring.editor.desk import Desk
    from postroom.authoring.editor.protocol.server import Server


def mend_and_format(server: Server) -> None:
    """Write what a finding says to write, or the whole file in its usual form."""
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
