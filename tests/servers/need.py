"""Skip where a program is missing; fail where that must not be."""

from __future__ import annotations

import os
import shutil

import pytest


def need(program: str, package: str) -> str:
    """Return the path of a program.

    Without it the test is skipped on somebody's own machine, and fails where `CI` is set: a skip
    there would pass for a test.
    """
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if path:
        return path
    words = f"{program} is not installed: apt-get install {package}"
    if os.environ.get("CI"):
        pytest.fail(words)
    pytest.skip(words)
