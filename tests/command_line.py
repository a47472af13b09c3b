"""The command line, called in this process: a start of its own costs half a second each time.

What a process is needed for (signals, pipes, `kill -9`, engines side by side) gets one.
"""

from __future__ import annotations

import io
import os
from contextlib import chdir, redirect_stderr, redirect_stdout
from subprocess import CompletedProcess
from typing import TYPE_CHECKING
from unittest.mock import patch

from postroom.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def call(
    *words: str,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    together: bool = False,
) -> CompletedProcess[str]:
    """Call a verb, and return what it said; together: standard error among standard output."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    with (
        chdir(folder or "."),
        patch.dict(os.environ, environment or {}),
        redirect_stdout(out),
        redirect_stderr(out if together else err),
    ):
        code = main(words)
    said, complained = map(_text, (out, err))
    return CompletedProcess(words, code, said, complained)


def _text(written: io.TextIOWrapper) -> str:
    """Return it with the line ends that a reader of text sees."""
    written.seek(0)
    return written.read()
