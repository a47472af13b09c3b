"""The suite that every plugin must pass that knows secrets, ours and everybody's.

Subclass `SecretContract` in a test module of your own, and give it a pytest fixture named `vault`
that returns a `Vault`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from postroom.model.settings import Secret, SecretRef

if TYPE_CHECKING:
    from collections.abc import Callable

_STRANGE = ("", "NOBODY_HAS_THIS", "a/b/c", "../../etc/passwd", "\udcff", "x" * 5_000)
_THREADS = 8


@dataclass(frozen=True)
class Vault:
    """What the author of a plugin provides: the hook, and one secret that it knows."""

    secret: Callable[[SecretRef], Secret | None]
    """The function with the decorator `hookimpl`: `postroom_secret`."""
    known: SecretRef
    value: str = field(repr=False)
    """What `known` stands for."""


class SecretContract:
    """The facts that hold for whoever knows secrets."""

    def test_a_reference_of_its_own_is_looked_up(self, vault: Vault) -> None:
        """A `Secret` comes back, not a text."""
        found = vault.secret(vault.known)
        assert isinstance(found, Secret)
        assert found.reveal() == vault.value

    def test_a_reference_of_somebody_else_is_left_to_him(self, vault: Vault) -> None:
        """Or what stands in the environment, a file or a keyring could not be had any more."""
        for name in _STRANGE:
            for scheme in ("env", "file", "keyring"):
                assert vault.secret(SecretRef(scheme, name)) is None

    def test_a_last_day_makes_no_difference(self, vault: Vault) -> None:
        """`until` is a note of the author's."""
        found = vault.secret(replace(vault.known, until=date(2027, 3, 31)))
        assert found is not None
        assert found.reveal() == vault.value

    def test_any_thread_may_ask_at_any_time(self, vault: Vault) -> None:
        """Accounts start in threads of their own."""
        with ThreadPoolExecutor(_THREADS) as threads:
            found = list(threads.map(vault.secret, [vault.known] * 2 * _THREADS))
        assert {each.reveal() if each else "" for each in found} == {vault.value}

    def test_it_shows_itself_nowhere(self, vault: Vault) -> None:
        """Not in what a traceback or a log would show."""
        assert vault.value not in repr(vault.secret(vault.known))
