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
    from typing import BinaryIO

    from postroom.rules.load import Kinds


def serve(
    kinds: Kinds,
    folder: Path | None = None,
    streams: tuple[BinaryIO, BinaryIO] | tuple[None, None] = (None, None),
) -> None:
    """Answer an editor until it hangs up, over standard input and output if no streams are given.

    folder has the rule files; where it is None, that is found by the files that are open.
    """
    _server(kinds, folder).start_io(*streams)


def _server(kinds: Kinds, folder: Path | None) -> Server:
    server = Server(kinds, folder.absolute() if folder else None)
    follow_texts(server)
    help_typing(server)
    find(server)
    rename_things(server)
    mend_and_format(server)
    return server
