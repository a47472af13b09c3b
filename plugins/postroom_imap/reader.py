"""Read messages in batches, and find the one that cannot be had without losing the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from postroom.source.diagnostic import Problem
from postroom_imap.problems import DeclinedError, LostError, diagnostic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from postroom_imap.mailbox import Listed
    from postroom_imap.session import Session
    from postroom_imap.settings import ImapSettings

_BATCH = 100
_BATCH_BYTES = 8 * 1024 * 1024
_IN_A_ROW = 3
"""So many failures one after the other are the server's fault, not the messages'."""
_ROUNDS = 3
"""A message that fails in so many rounds, with no other to compare with, is at fault itself."""


@dataclass(frozen=True, slots=True)
class Had:
    """A message as it could be had."""

    listed: Listed
    raw: bytes = field(repr=False)
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class _Failed:
    listed: Listed
    why: str
    problem: Problem
    """What to raise if it turns out that the server is at fault."""
    raw: bytes = b""


@dataclass
class Reader:
    """Reads messages over a session, which may have to be a new one each time it is asked for."""

    settings: ImapSettings
    session: Callable[[], Session]
    """Return a session with the folder open. Raises Problem if the server cannot be used."""
    max_message: int
    rounds: dict[int, int]
    """By UID: in how many rounds a message failed so far. Kept from one round to the next."""
    start_at: datetime | None = None
    """Of what came before, no more than that is wanted."""
    _proved: bool = False
    """Whether the server gave a message in this round."""

    def read(self, listed: Iterable[Listed]) -> Iterator[Had]:
        """Yield messages in their order; one that is gone is left out.

        Raises Problem if it is the server that fails.
        """
        for batch in batches(listed, self.max_message):
            try:
                found = self._get(batch)
            except DeclinedError as declined:
                if declined.passing:
                    raise self._declined(declined) from None
                yield from self._one_by_one(batch)
            except LostError:
                yield from self._one_by_one(batch)
            else:
                yield from self._sort_out(batch, found)

    def _get(self, batch: Sequence[Listed]) -> dict[int, bytes | None]:
        wanted = [each for each in batch if not self._too_old(each)]
        if not wanted:
            return {}
        session, first = self.session(), wanted[0]
        if first.size <= self.max_message:
            return session.bodies(wanted)
        header = session.header(first.uid)
        return {} if header is None else {first.uid: header}

    def _sort_out(self, batch: Sequence[Listed], found: dict[int, bytes | None]) -> Iterator[Had]:
        without = self._still_there([uid for uid, raw in found.items() if raw is None])
        for each in batch:
            raw = found.get(each.uid)
            if raw is not None:
                self._proved = True
                self.rounds.pop(each.uid, None)
                yield Had(each, raw, self._too_large(each))
            elif each.uid in without:
                yield Had(each, b"", "the server gives no text of it")
            elif self._too_old(each):
                yield Had(each, b"", "it came before `start_at`")

    def _still_there(self, uids: list[int]) -> set[int]:
        """Return those that still exist: Dovecot gives NIL for what was expunged just now."""
        try:
            return {each.uid for each in self.session().sizes(uids)} if uids else set()
        except DeclinedError:
            return set(uids)

    def _too_old(self, each: Listed) -> bool:
        arrived = each.received_at
        return self.start_at is not None and arrived is not None and arrived < self.start_at

    def _too_large(self, each: Listed) -> str | None:
        if each.size <= self.max_message:
            return None
        return f"larger than {self.max_message} bytes: {each.size} bytes"

    def _one_by_one(self, batch: Sequence[Listed]) -> Iterator[Had]:
        """Try each by itself. Failures wait until it is clear whose fault they are."""
        failed: list[_Failed] = []
        for each in batch:
            outcome = self._try(each)
            if isinstance(outcome, _Failed):
                failed.append(outcome)
                if len(failed) == _IN_A_ROW:
                    raise outcome.problem
                continue
            had = list(self._sort_out([each], outcome))
            if had:
                yield from map(_blamed, failed)
                failed = []
                yield from had
        for outcome in failed:
            self.rounds[outcome.listed.uid] = self.rounds.get(outcome.listed.uid, 0) + 1
            if not self._proved and self.rounds[outcome.listed.uid] < _ROUNDS:
                raise outcome.problem
            yield _blamed(outcome)

    def _try(self, each: Listed) -> dict[int, bytes | None] | _Failed:
        lost: LostError | None = None
        for _ in range(2):
            try:
                return self._get([each])
            except DeclinedError as declined:
                if declined.code == "EXPUNGEISSUED":
                    return {}
                if declined.passing:
                    raise self._declined(declined) from None
                why = f"the server does not give it: {declined.text}"
                return _Failed(each, why, self._declined(declined), self._header(each.uid))
            except LostError as error:
                lost = error
        assert lost is not None  # noqa: S101 - two rounds without a return
        return _Failed(each, "the connection breaks when it is fetched", lost.problem)

    def _header(self, uid: int) -> bytes:
        """Return the header of a message whose text is refused, if at least that can be had."""
        try:
            return self.session().header(uid) or b""
        except (DeclinedError, LostError, Problem):
            return b""

    def _declined(self, declined: DeclinedError) -> Problem:
        code = "PR516" if declined.passing else "PR515"
        words = f"the server gives no messages: {declined.text}"
        return Problem(diagnostic(code, self.settings, words, "it is tried again by itself"))


def _blamed(failed: _Failed) -> Had:
    return Had(failed.listed, failed.raw, failed.why)


def batches(listed: Iterable[Listed], max_message: int) -> Iterator[list[Listed]]:
    """Yield runs of messages that are fetched with one command; a too large one is by itself."""
    batch: list[Listed] = []
    size = 0
    for each in listed:
        large = each.size > max_message
        full = len(batch) == _BATCH or size + each.size > _BATCH_BYTES
        if batch and (large or full):
            yield batch
            batch, size = [], 0
        if large:
            yield [each]
            continue
        batch.append(each)
        size += each.size
    if batch:
        yield batch
