"""How large an expression, a template and what they give may be."""

from __future__ import annotations

EXPRESSION = 4_096
"""Characters."""
DEPTH = 32
"""Brackets, calls and operators inside one another."""
LIST = 1_000
"""Items of a list that is written out."""
PATTERN = 512
"""Bytes of UTF-8."""
PATTERN_MEMORY = 1 << 20
"""Bytes that RE2 may use for the program of one pattern and for running it."""
PATTERN_PROGRAM = 2_000
"""Instructions. The time of a match is at worst this times the length of the text: some seconds
for a megabyte."""
TEMPLATE = 65_536
"""Characters of a text with holes, as written."""
OUTPUT = 1 << 20
"""Characters that a template gives; the rest is cut."""
HEADER = 900
"""Characters of a header field's value: RFC 5322 2.1.1 allows 998 in a line."""
SHOWN = 200
"""Characters of an operand, where a decision is explained."""
SHOWN_ITEMS = 10
"""Items of a list, where a decision is explained."""
INTEGER = 1 << 63
"""An integer lies between -INTEGER and INTEGER - 1, as in a record (BIGINT)."""
DIGITS = 38
"""Digits of a decimal number."""
DECIMALS = 9
"""Of them, how many may stand after the point, as in a record (DECIMAL(38, 9))."""
