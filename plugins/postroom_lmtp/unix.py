"""A unix socket to listen on."""

from __future__ import annotations

import errno
import shutil
import socket
import stat
from typing import TYPE_CHECKING

from postroom.hooks.listening import BACKLOG, cannot_listen

if TYPE_CHECKING:
    from pathlib import Path


def on_socket(path: Path, group: str) -> socket.socket:
    """Return a unix socket that listens, for its owner and a group. Raises Problem PR518."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_stale(path)
        listening.bind(str(path))
        path.chmod(0o660 if group else 0o600)
        if group:
            shutil.chown(path, group=group)
        listening.listen(BACKLOG)
    except (OSError, LookupError) as error:
        listening.close()
        raise cannot_listen(str(path), error, "correct `socket:` or `group:`") from None
    return listening


def _remove_stale(path: Path) -> None:
    """Remove a socket that nobody listens on any more. Raises OSError if somebody does."""
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise FileExistsError(errno.EEXIST, "there is a file of that name")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
    raise OSError(errno.EADDRINUSE, "somebody listens there already")
