"""The reference pages say what the declarations say.

After a change that is meant, run this file with POSTROOM_UPDATE_GOLDEN=1.
"""

from __future__ import annotations

import inspect
import os
from pathlib import Path

import pytest

from postroom.hooks import spec
from postroom.hooks.describe import as_table
from postroom.hooks.manager import find_plugins

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"
END = "<!-- end -->"


def kinds() -> dict[str, type]:
    """Return the settings of our own transports, receivers and notifiers by name."""
    plugins = find_plugins()
    known = [each for each in plugins.known if each.distribution == "postroom"]
    ours = {name for each in known for _, name in each.brings}
    found = {name: kind.settings for name, kind in plugins.transports().items()}
    found |= {name: kind.settings for name, kind in plugins.receivers().items()}
    found |= {
        f"{name} (sending)" if name in found else name: kind.settings
        for name, kind in plugins.notifiers().items()
    }
    found |= {name: kind.settings for name, kind in plugins.authenticators().items()}
    found |= {name: kind.settings for name, kind in plugins.scanners().items()}
    return {each: found[each] for each in found if each.removesuffix(" (sending)") in ours}


def hooks() -> str:
    rows = ["| hook | what it returns |", "| --- | --- |"]
    for name, hook in vars(spec).items():
        if name.startswith("postroom_"):
            words = (inspect.getdoc(hook) or "").split("\n\n")[0].replace("\n", " ")
            rows.append(f"| `{name}{_arguments(hook)}` | {words.removeprefix('Return ')} |")
    return "\n".join(rows) + "\n"


def _arguments(hook: object) -> str:
    assert callable(hook)
    return f"({', '.join(inspect.signature(hook).parameters)})"


def check(page: Path, mark: str, table: str) -> None:
    start = f"<!-- {mark} -->\n"
    text = page.read_text("utf-8")
    before, found, rest = text.partition(start)
    assert found, f"{page.name} has no place for `{mark}`"
    if os.environ.get("POSTROOM_UPDATE_GOLDEN"):
        _, _, after = rest.partition(END)
        page.write_text(before + start + table + END + after, "utf-8")
        return
    assert rest.partition(END)[0] == table


@pytest.mark.parametrize(
    "name",
    [
        "imap", "pop3", "lmtp", "smtp_in", "maildir", "mbox", "eml", "smtp", "console", "file",
        "clamav", "dkim", "ews", "graph", "graph (sending)", "webhook (sending)", "webhook",
        "jmap",
    ],
)  # fmt: skip
def test_the_settings_are_those_that_are_declared(name: str) -> None:
    check(REFERENCE / "transports.md", f"settings: {name}", as_table(kinds()[name]))


def test_everything_that_we_bring_is_described() -> None:
    page = (REFERENCE / "transports.md").read_text("utf-8")
    assert all(f"\n## {name}\n" in page for name in kinds())


def test_the_hooks_are_those_that_there_are() -> None:
    check(REFERENCE / "plugins.md", "hooks", hooks())
