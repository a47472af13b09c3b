"""A settings declaration is told in the words of a rule file."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from postroom.hooks.describe import as_table, describe
from postroom.model.settings import ByteSize, Secret, setting


@dataclass(frozen=True)
class Example:
    path: Path = setting("where it lies")
    password: Secret | None = setting("what opens it", default=None)
    tls: Literal["implicit", "starttls"] = setting("how", default="implicit")
    timeout: timedelta = setting("how long", default=timedelta(seconds=90))
    most: ByteSize = setting("how much", default=ByteSize(5))
    push: bool = setting("whether", default=True)
    hosts: tuple[str, ...] = setting("which", default=("a", "b"))


def test_each_setting_has_its_type_and_default_in_words() -> None:
    told = [(each.name, each.type, each.default) for each in describe(Example)]
    assert told == [
        ("path", "path", ""),
        ("password", "reference to a secret", "none"),
        ("tls", "`implicit` | `starttls`", "implicit"),
        ("timeout", "time span", "90s"),
        ("most", "size", "5"),
        ("push", "true or false", "true"),
        ("hosts", "list of text", "[a, b]"),
    ]


def test_a_table_says_what_is_required_and_keeps_its_columns() -> None:
    lines = as_table(Example).splitlines()
    assert lines[2] == "| `path` | path | required | where it lies |"
    assert lines[4] == "| `tls` | `implicit` \\| `starttls` | `implicit` | how |"


def test_where_there_is_nothing_to_set_it_says_so() -> None:
    @dataclass(frozen=True)
    class Nothing:
        pass

    assert as_table(Nothing) == "There is nothing to set.\n"


def test_a_type_that_no_setting_can_have_is_refused() -> None:
    @dataclass(frozen=True)
    class Odd:
        value: complex = setting("what")

    with pytest.raises(KeyError):
        list(describe(Odd))
