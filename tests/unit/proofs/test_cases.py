"""What is proved, what is not, and that every mail that is shown is what it is shown for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML
from tests.language.desk import CONTACT, TICKET
from tests.unit.proofs.test_laws import Asking

from postroom.rules.proofs.formula import negated
from postroom.rules.proofs.mail import Desk, scope_of
from postroom.rules.proofs.solve import Model

if TYPE_CHECKING:
    from postroom.lang.scope import Scope

BLOCKS: dict[str, str] = YAML(typ="safe").load(Path(__file__).with_name("cases.yaml"))
CASES = {
    name: [line for line in block.splitlines() if not line.startswith("#")]
    for name, block in BLOCKS.items()
}
DESK = Desk("help", "help@x.example", TICKET, CONTACT, with_record=True)


def found(*texts: str) -> tuple[Asking, Scope | None]:
    """Return the conditions, and a mail that meets them all if one is found."""
    asking = Asking(*texts)
    model = asking.solve(*asking.formulas)
    return asking, scope_of(model, DESK) if isinstance(model, Model) else None


@pytest.mark.parametrize("text", CASES["impossible"])
def test_conditions_exclude_each_other(text: str) -> None:
    asking = Asking(*text.split(" & "))
    assert asking.solve(*asking.formulas) == "no"


@pytest.mark.parametrize("text", CASES["impossible"])
def test_without_the_last_of_them_a_mail_meets_the_others(text: str) -> None:
    asking, mail = found(*text.split(" & ")[:-1])
    assert mail is not None
    assert all(condition.holds(mail) for condition in asking.conditions)


@pytest.mark.parametrize("text", CASES["never"])
def test_a_condition_never_holds(text: str) -> None:
    asking = Asking(text)
    assert asking.solve(asking.formulas[0]) == "no"
    assert isinstance(asking.solve(negated(asking.formulas[0])), Model)


@pytest.mark.parametrize("text", CASES["always"])
def test_a_condition_always_holds(text: str) -> None:
    asking = Asking(text)
    assert asking.solve(negated(asking.formulas[0])) == "no"


@pytest.mark.parametrize("text", CASES["possible"])
def test_a_mail_is_found_that_meets_all_conditions(text: str) -> None:
    asking, mail = found(*text.split(" & "))
    assert mail is not None
    assert all(condition.holds(mail) for condition in asking.conditions)
