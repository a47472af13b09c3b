"""The language server (LSP 3.17), made of the modules beside this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.authoring.editor.protocol.mending import mend_and_format
from postroom.authoring.editor.protocol.names import find, rename_things
from postroom.authoring.editor.protocol.server import Server
from postroom.authoring.editor.protocol.texts import follow_texts
from postroom.authoring.editor.protocol.typing_help import help_typing

if TYPE_CHECKING:
    from pathlib import Path

    from postroom.rules.load import Kinds


def serve(kinds: Kinds, folder: Path | None = None) -> None:
    """Answer an editor over standard input and output until it hangs up."""
    _server(kinds, folder).start_io()


def _server(kinds: Kinds, folder: Path | None) -> Server:
    server = Server(kinds, folder.absolute() if folder else None)
    follow_texts(server)
    help_typing(server)
    find(server)
    rename_things(server)
    mend_and_format(server)
    return server
