"""The contract of plugins that know secrets, kept by the one on the page about plugins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.docs.page import blocks

from postroom.model.settings import Secret, SecretRef
from postroom.testing.secret_contract import SecretContract, Vault

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "plugins.md"
KNOWN, VALUE = SecretRef("env", "vault/mail"), "xyzzy-47"


def vault_of_the_page() -> Vault:
    (block,) = (each for each in blocks(PAGE) if "def postroom_secret" in each.text)
    held: dict[str, Any] = {"look_up": {KNOWN.name: VALUE}.__getitem__}
    exec(block.text, held)
    return Vault(held["postroom_secret"], KNOWN, VALUE)


class TestTheVaultOfThePage(SecretContract):
    @pytest.fixture
    def vault(self) -> Vault:
        return vault_of_the_page()


def told(reference: SecretRef) -> str:
    return VALUE if reference == KNOWN else ""


BROKEN: dict[str, Any] = {
    "knows nothing": lambda _: None,
    "returns text": told,
    "knows everything": lambda _: Secret(VALUE),
    "knows it until a day": lambda ref: (
        Secret(VALUE) if ref == KNOWN and ref.until is None else None
    ),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_one_does_not_pass(how: str) -> None:
    suite, vault, failed = SecretContract(), Vault(BROKEN[how], KNOWN, VALUE), []
    for name in dir(SecretContract):
        if name.startswith("test_"):
            try:
                getattr(suite, name)(vault)
            except (AssertionError, AttributeError):
                failed.append(name)
    assert failed
