"""docs/reference/audit.md says of each view what the view is.

Run as a script, this writes that part of the page.
"""

from __future__ import annotations

from pathlib import Path

from postroom_duckdb.views import VIEWS

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "audit.md"
MARK = "checked by the tests -->\n"


def written() -> str:
    """Return what the page must say below its mark."""
    return "".join(
        f"\n## {view.name}\n\n{view.help}\n\n| column | type | |\n| --- | --- | --- |\n"
        + "".join(f"| `{name}` | {kind} | {help_} |\n" for name, kind, help_ in view.columns)
        for view in VIEWS
    )


def test_the_page_says_what_each_column_is() -> None:
    assert PAGE.read_text("utf-8").partition(MARK)[2] == written()


if __name__ == "__main__":
    head, mark, _ = PAGE.read_text("utf-8").partition(MARK)
    PAGE.write_text(head + mark + written(), "utf-8")
