"""How a plugin declares its settings: a frozen dataclass whose fields say what they are for.

The declaration is all there is: the checker, the reference pages and the JSON Schema read it.
A field's type is one of str, int, bool, float, datetime.timedelta (`1m`), ByteSize (`25MB`), Path,
Secret, a Literal of strings, tuple[str, ...], and any of these with `| None`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NewType

if TYPE_CHECKING:
    from datetime import date

ByteSize = NewType("ByteSize", int)


class Secret:
    """A password or a token. Shows itself nowhere; `reveal` is for the line that sends it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("a secret is not written anywhere")


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret is kept; a rule file never holds the secret itself."""

    scheme: Literal["env", "file", "keyring"]
    name: str
    until: date | None = field(default=None, compare=False)
    """The last day on which it is good, as far as somebody has written that down."""


@dataclass(frozen=True, slots=True)
class Caution:
    """What is wise to know of settings that are allowed all the same.

    A settings class may have a method `cautions` that yields some; `check` shows them as warnings.
    """

    code: str
    message: str
    hint: str


def setting(help: str, **kwargs: Any) -> Any:  # noqa: A002, ANN401 - as dataclasses.field does
    """Declare one setting with a sentence that says what it is for."""
    return field(metadata={"help": help}, **kwargs)
