"""Completion and hover."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from postroom.authoring.editor.context import context_at
from postroom.authoring.editor.hover import hover
from postroom.authoring.editor.protocol.convert import range_of
from postroom.authoring.editor.suggest import suggestions
from postroom.source.text import Source, Span

if TYPE_CHECKING:
    from postroom.authoring.editor.protocol.server import Server
    from postroom.authoring.editor.suggest import Kind

_KINDS: dict[Kind, types.CompletionItemKind] = {
    "key": types.CompletionItemKind.Property,
    "choice": types.CompletionItemKind.EnumMember,
    "name": types.CompletionItemKind.Reference,
    "field": types.CompletionItemKind.Field,
    "function": types.CompletionItemKind.Function,
    "word": types.CompletionItemKind.Keyword,
}


def help_typing(server: Server) -> None:
    """Suggest what can stand at a place, and say what something there means."""
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
