"""How many automatic answers may go out. Rules may lower these numbers, and raise none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Caps:
    """What an account keeps to when it answers by itself."""

    same_again_after: timedelta = timedelta(days=1)
    """Until an address may get the same template again."""
    created_an_hour: int = 10
    """Answers to one address in an hour, where each says that a record was created."""
    domain_an_hour: int = 100
    """Answers to all addresses of one domain in an hour."""
    record_a_day: int = 20
    """Answers about one record in 24 hours."""
    an_hour: int = 200
    """Answers of the account in an hour; when they are reached, answers pause."""
