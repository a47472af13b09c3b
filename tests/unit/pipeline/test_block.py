from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.pipeline.block import Block, Entry, find_blocks, fold

BLOCK = """\
Hello,

-- Ticket Details (en) --
Priority: 2
Comments: It stays dark,
  even after a night: on the charger.
and in the morning

Type: Billing
-- end --
Kind regards
"""


def entries(text: str) -> dict[str, str]:
    (block,) = find_blocks(text, "Ticket Details")
    return {entry.label: entry.value for entry in block.entries}


def test_a_block_is_its_labels_and_their_values() -> None:
    assert find_blocks(BLOCK, "Ticket Details") == (
        Block(
            "en",
            (
                Entry("Priority", "2"),
                Entry(
                    "Comments",
                    "It stays dark,\neven after a night: on the charger.\nand in the morning",
                ),
                Entry("Type", "Billing"),
            ),
            closed=True,
        ),
    )


@pytest.mark.parametrize(
    "line",
    [
        "-- Ticket Details (en) --",
        "--Ticket Details (en)--",
        "  --  ticket   DETAILS  ( EN )  --  ",
        "\u2014 Ticket Details (en) \u2014",
        "\u2013\u2013 Ticket Details (en) \u2013\u2013",
        "------- Ticket Details (en) -------",
        "=== Ticket Details (en) ===",
        "*-- Ticket Details (en) --*",
        "--\u00a0Ticket\u00a0Details\u00a0(en)\u00a0--",
    ],
)
def test_mail_programs_may_change_the_delimiter(line: str) -> None:
    (block,) = find_blocks(f"{line}\nPriority: 2\n-- end --\n", "Ticket Details")
    assert (block.language, block.entries) == ("en", (Entry("Priority", "2"),))


@pytest.mark.parametrize(
    "line",
    [
        "Ticket Details (en)",
        "> -- Ticket Details (en) --",
        "-- Ticket --",
        "-- Ticket Details en --",
        "-- Other Details (en) --",
        "-- about Ticket Details (en) --",
    ],
)
def test_other_lines_begin_no_block(line: str) -> None:
    assert find_blocks(f"{line}\nPriority: 2\n-- end --\n", "Ticket Details") == ()


@pytest.mark.parametrize(
    "line",
    ["-- end --", "-- End --", "\u2014end\u2014", "== end Ticket Details ==",
     "-- End of Ticket Details --", "-- /Ticket Details --"],
)  # fmt: skip
def test_a_block_can_end_in_several_ways(line: str) -> None:
    (block,) = find_blocks(f"-- Ticket Details --\nA: 1\n{line}\nB: 2\n", "Ticket Details")
    assert block == Block("", (Entry("A", "1"),), closed=True)


def test_a_block_without_an_end_has_no_entries() -> None:
    (block,) = find_blocks("-- Ticket Details --\nPriority: 2\nbye", "Ticket Details")
    assert block == Block("", (), closed=False)


def test_a_text_may_hold_several_blocks() -> None:
    text = "-- D (en) --\nA: 1\n-- end --\nx\n-- D (de) --\nB: 2\n-- end --\n"
    assert [block.language for block in find_blocks(text, "D")] == ["en", "de"]


def test_a_block_that_begins_again_was_not_closed() -> None:
    text = "-- D --\nA: 1\n-- D --\nB: 2\n-- end --\n"
    assert [block.closed for block in find_blocks(text, "D")] == [False, True]


@pytest.mark.parametrize(
    ("line", "label", "value"),
    [
        ("Priority: 2", "Priority", "2"),
        ("Priority:2", "Priority", "2"),
        ("Priority :  2  ", "Priority", "2"),
        ("*Priority:* 2", "Priority", "2"),
        ("\u2022 Priority: 2", "Priority", "2"),
        ("Priorität\uff1a2", "Priorität", "2"),
        ("Due: 12:30", "Due", "12:30"),
        ("Empty:", "Empty", ""),
        ("Comments: *really* dark", "Comments", "*really* dark"),
    ],
)
def test_a_label_ends_with_the_first_colon(line: str, label: str, value: str) -> None:
    assert entries(f"-- Ticket Details --\n{line}\n-- end --") == {label: value}


@pytest.mark.parametrize(
    "line",
    ["  Note: indented", "\tNote: indented", "see https://x.example/a: b", "no colon", ": x"],
)
def test_other_lines_go_on_with_the_value_above(line: str) -> None:
    found = entries(f"-- Ticket Details --\nComments: a\n{line}\n-- end --")
    assert found == {"Comments": f"a\n{line.strip()}"}


def test_words_before_the_first_label_belong_to_nothing() -> None:
    assert entries("-- Ticket Details --\nplease fill in\n\nA: 1\n-- end --") == {"A": "1"}


def test_labels_are_compared_without_case_and_spaces() -> None:
    assert fold(" New\u00a0 ACCOUNT  ") == fold("new account")


@given(st.text(alphabet="-D \n:AB(en)\u2014/", max_size=300), st.text(max_size=20))
def test_any_text_can_be_searched(text: str, delimiter: str) -> None:
    for block in find_blocks(text, delimiter):
        assert block.closed or not block.entries


def test_twice_the_text_takes_about_twice_the_time() -> None:
    line = "-- D (en) --\n" + "A: b\n" * 500 + "-- end --\n"

    def seconds(times: int) -> float:
        started = time.perf_counter()
        find_blocks(line * times, "D")
        return time.perf_counter() - started

    seconds(1)
    assert min(seconds(16) for _ in range(3)) < 8 * max(min(seconds(8) for _ in range(3)), 0.002)
