"""What a store has published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from postroom.model.batch import Kept, Stretch


@dataclass(frozen=True, slots=True)
class Rows:
    """The answer to a query."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]


class Archive(Protocol):
    """What a store has published: read from any process, whether the engine runs or not.

    Holds no lock and stops nobody. What was committed a moment ago may not be published yet.
    """

    def query(self, sql: str) -> Rows:
        """Answer a read-only query, confined; raises Problem PR530."""
        ...

    def find(self, words: str) -> list[Kept]:
        """Return the communications meant by an id, a Message-ID, or the number of a record."""
        ...

    def raw(self, communication: int) -> bytes:
        """Return the raw message. Raises KeyError if there is none, or it is no longer kept."""
        ...

    def mail(self, communications: Sequence[int]) -> Iterator[bytes | None]:
        """Yield raw messages in the order in which they are asked for, None for what is gone.

        Raises Problem PR522 if one is damaged.
        """
        ...

    def decided(
        self, since: datetime | None = None, account: str = "", limit: int | None = None
    ) -> list[Stretch]:
        """Return where the decisions since then are, or the newest so many of them, in their order.

        A stretch has at most a thousand. Those of other accounts may lie among them.
        """
        ...

    def history(
        self, after: int, up_to: int, tables: Sequence[str] = ()
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the entries of record changes that tell what decisions in a range of entries read.

        They are those of every record that the facts of such a decision name, and of all records
        of some tables; up to the end of the range, in their order, as `entries` has them.
        """
        ...

    def entries(
        self, kinds: Sequence[str], after: int = 0, up_to: int | None = None
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield numbers and bodies of the audit entries of some kinds, in their order.

        Personal values are back in their places; of one that was erased the commitment stands
        there: `{"private": ...}`. after is left out, up_to is not.
        """
        ...

    def rules(self, hash: str) -> Mapping[str, str]:  # noqa: A002 - the word the ledger has for it
        """Return name and text of the files of a rule set. Raises KeyError if it is not known."""
        ...
