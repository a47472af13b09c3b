"""What the audit log says about the code that ran.

Row of docs/explanation/threats.md: plugins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.plugins.manager.test_manager import RULES

from postroom.hooks.manager import find_plugins
from postroom.runtime.settings import folders
from postroom.runtime.start import assemble
from postroom.runtime.stores import archive

if TYPE_CHECKING:
    from pathlib import Path


def test_each_plugin_stands_in_the_log_with_its_hash(tmp_path: Path) -> None:
    rules = RULES.replace("use: pigeon, path: here", "use: eml, path: inbox")
    (tmp_path / "rules.yaml").write_text(rules, "utf-8")
    where = folders(tmp_path)
    assemble(where).close()
    logged = [body for _, body in archive(where.data).entries(["plugin_loaded"])]
    assert [(each["name"], each["distribution"], each["sha256"]) for each in logged] == [
        (each.name, each.distribution, each.sha256()) for each in find_plugins().known
    ]
    assert all(len(each["sha256"]) == 64 for each in logged)
