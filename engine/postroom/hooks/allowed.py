"""Which distributions may bring plugins: ours, and those that somebody has allowed by name.

A plugin has all our rights, and any distribution may bring one, a library of a library too. So
nothing of it is imported until its name stands in a list, which lies in the environment that the
plugin is installed in: whoever may write there may change our own code as well.
"""

from __future__ import annotations

import hashlib
import site
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import EntryPoint

OURS: Final = "postroom"
PLACE = Path(sys.prefix) / "etc" / "postroom" / "plugins.txt"
"""Names of distributions, one a line; `#` starts a comment."""


def allowed() -> frozenset[str]:
    """Return the names of the distributions that somebody has allowed."""
    try:
        lines = PLACE.read_text("utf-8").splitlines()
    except OSError:
        return frozenset()
    names = (line.partition("#")[0].strip() for line in lines)
    return frozenset(normalized(name) for name in names if name)


def allow(distribution: str) -> None:
    """Add a distribution to those that may bring plugins. Raises Problem PR428."""
    if normalized(distribution) in allowed():
        return
    try:
        PLACE.parent.mkdir(parents=True, exist_ok=True)
        with PLACE.open("a", encoding="utf-8") as file:
            file.write(f"{normalized(distribution)}\n")
    except OSError as error:
        words = f"the list of plugins that are allowed cannot be written: {error.strerror or error}"
        hint = f"add the line `{distribution}` to `{PLACE}`"
        raise Problem(Diagnostic("PR428", words, help=hint)) from None


def may_load(entry: EntryPoint, names: frozenset[str]) -> bool:
    """Return whether a plugin may be imported."""
    if entry.dist is None:
        return False
    name = normalized(entry.dist.name)
    return _came_with_us(entry) if name == OURS else name in names


def fingerprint(module: str) -> str:
    """Return the SHA-256, in hex, of all files of a plugin's package; "" if there are none.

    Nothing is imported: only the outermost package is looked for, and its files are read.
    """
    digest = hashlib.sha256()
    found = False
    for name, path in sorted(_files(module.partition(".")[0])):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{content}  {name}\n".encode())
        found = True
    return digest.hexdigest() if found else ""


def normalized(name: str) -> str:
    """Return the name of a distribution in the one form in which names are compared (PEP 503)."""
    words = name.strip().lower().replace("_", "-").replace(".", "-").split("-")
    return "-".join(word for word in words if word)


def _came_with_us(entry: EntryPoint) -> bool:
    """Return whether it was installed where we were: a name is quickly taken by anybody."""
    if entry.dist is None:
        return False
    engine = Path(__file__).parents[2]
    installed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *_users()}
    where = Path(str(entry.dist.locate_file(""))).resolve()
    return where in {engine.resolve(), *(Path(each).resolve() for each in installed)}


def _users() -> Iterator[str]:
    if site.ENABLE_USER_SITE:
        yield site.getusersitepackages()


def _files(top: str) -> Iterator[tuple[str, Path]]:
    spec = find_spec(top)
    if spec is None:
        return
    for folder in spec.submodule_search_locations or ():
        for path in Path(folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(folder).as_posix(), path
    if not spec.submodule_search_locations and spec.origin:
        yield Path(spec.origin).name, Path(spec.origin)
