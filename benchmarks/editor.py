"""How long an editor waits for findings in a folder of 300 rules: python benchmarks/editor.py.

One file is changed before each check, as it is by typing. Prints the median and the worst, in
milliseconds, for rules in ten files and in one.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from postroom.authoring.editor.desk import Desk
from postroom.hooks.manager import find_plugins
from postroom.runtime.rulesets.loading import kinds_of
from postroom.source.shipped import shipped

RULES = 300
CHECKS = 20
_RULE = """        - id: rule-{number}
          when: subject contains "word {number}" and from.domain != "x{number}.example"
          set: {{type: Order, priority: 2}}
"""


def fill(folder: Path, accounts: int) -> str:
    """Write the rules of so many accounts; return the name of the file to type in."""
    starter = shipped("rules") / "helpdesk"
    for name in ("people", "tables", "templates", "filters"):
        (folder / f"{name}.yaml").write_text((starter / f"{name}.yaml").read_text("utf-8"))
    account = (starter / "support.yaml").read_text("utf-8")
    for number in range(accounts):
        rules = "".join(_RULE.format(number=each) for each in range(RULES // accounts))
        text = account.replace("  support:", f"  support-{number}:")
        text = text.replace("support@", f"support{number}@")
        text = text.replace("    updates:\n", f"{rules}\n    updates:\n", 1)
        (folder / f"account-{number}.yaml").write_text(text)
    return "account-0.yaml"


def main() -> None:
    """Measure both."""
    kinds = kinds_of(find_plugins())
    for accounts in (10, 1):
        with TemporaryDirectory() as folder:
            name = fill(Path(folder), accounts)
            text = (Path(folder) / name).read_text("utf-8")
            desk = Desk(Path(folder), kinds)
            desk.check()
            took = []
            for number in range(CHECKS):
                desk.unsaved[name] = f"{text}# {number}\n"
                start = time.process_time()
                desk.check()
                took.append((time.process_time() - start) * 1000)
        files = "10 files" if accounts > 1 else "one file"
        print(f"{files}: median {statistics.median(took):.0f} ms, worst {max(took):.0f} ms")


if __name__ == "__main__":
    main()
