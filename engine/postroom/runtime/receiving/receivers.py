"""Run the receivers: where mail is handed over rather than fetched."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from postroom.hooks.contracts import Reply
from postroom.mail.addresses import canonical
from postroom.mail.limits import LIMITS
from postroom.runtime.backoff import FETCHING
from postroom.runtime.events import Recovered, Trouble
from postroom.runtime.receiving.intake import TAKEN, Intake, envelope_of
from postroom.runtime.worker import what_failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from threading import Event

    from postroom.hooks.contracts import Parcel, Receiver
    from postroom.rules.ruleset import Account, Receive
    from postroom.runtime.engine import Engine

_UNKNOWN: Final = Reply("never", "there is no such address here")
_OFF: Final = Reply("later", "mail for this address is not taken at present")
_GRAVITY: Final = ("taken", "never", "later")
_log = logging.getLogger(__name__)


class Counter:
    """A `postroom.hooks.contracts.Counter` for the accounts that share a receiver."""

    def __init__(self, engine: Engine, intake: Intake, use: str, accounts: Sequence[str]) -> None:
        self._engine = engine
        self._intake = intake
        self._use = use
        self._accounts = tuple(accounts)

    @property
    def max_message(self) -> int:
        """Bytes of the largest message that is taken."""
        return LIMITS.message

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that named this receiver with the same settings."""
        return self._accounts

    def expects(self, recipient: str) -> Reply:
        """Return whether mail for an address will be taken."""
        return self._answer(list(self._with_address(recipient)), None)

    def hand_in(self, parcel: Parcel) -> Sequence[Reply]:
        """Return a reply for each recipient, when what was taken is durable.

        An account gets the message once, however many of its recipients are named.
        """
        if parcel.account:
            found = self._engine.rules.accounts.get(parcel.account)
            known = [found] if found and found.name in self._accounts else []
            return [self._answer(known, self._deliver(parcel, known))]
        owners = [list(self._with_address(each)) for each in parcel.rcpt_to]
        everybody = {account.name: account for some in owners for account in some}
        in_turn = sorted(everybody.values(), key=lambda account: account.link is not None)
        replies = self._deliver(parcel, in_turn)  # a primary before those that link to it
        return [self._answer(some, replies) for some in owners]

    def _deliver(self, parcel: Parcel, accounts: Sequence[Account]) -> dict[str, Reply]:
        """Return the reply of each account; too large a message is for none of them."""
        if len(parcel.raw) > self.max_message:
            too_large = Reply("never", f"it has more than {self.max_message:,} bytes")
            return {account.name: too_large for account in accounts}
        replies: dict[str, Reply] = {}
        for account in accounts:
            if not account.active:
                continue
            own = tuple(each for each in parcel.rcpt_to if _is_address(account, each))
            meant = replace(parcel, rcpt_to=parcel.rcpt_to if parcel.account else own)
            replies[account.name] = self._intake.hand_in(account, envelope_of(meant, self._use))
        return replies

    def _with_address(self, recipient: str) -> Iterator[Account]:
        for name in self._accounts:
            account = self._engine.rules.accounts.get(name)
            if account and _is_address(account, recipient):
                yield account

    @staticmethod
    def _answer(accounts: Sequence[Account], replies: Mapping[str, Reply] | None) -> Reply:
        """Return one reply for all of the accounts: the gravest; before there is mail, a guess."""
        if not accounts:
            return _UNKNOWN
        told = [
            _OFF if not account.active else (replies or {}).get(account.name, TAKEN)
            for account in accounts
        ]
        return max(told, key=lambda reply: _GRAVITY.index(reply.state))


def _is_address(account: Account, recipient: str) -> bool:
    """Whether it is the account's address, with or without a tag: `support+tag@kestrel.example`."""
    local, at, domain = canonical(recipient).rpartition("@")
    plain = local.partition("+")[0]
    return canonical(account.address) in (f"{local}{at}{domain}", f"{plain}{at}{domain}")


@dataclass
class Reception:
    """A receiver and those who share it, looked after by one thread, but for `interrupt`."""

    engine: Engine
    account: Account
    """The first of those who share it: whoever it is told by."""
    make: Callable[[], Receiver]
    """Raises Problem PR410 if a secret is missing."""
    receiver: Receiver | None = None

    def once(self, stop: Event) -> bool:
        """Do nothing: nothing lies anywhere that could be fetched."""
        del stop
        return True

    def until(self, stop: Event) -> None:
        """Listen until told to stop. Trouble is told and tried again."""
        failures = 0
        while not stop.is_set():
            try:
                self.receiver = self.make()
                self.receiver.open()
            except Exception as error:  # noqa: BLE001 - a receiver is somebody else's code
                failures += 1
                pause = FETCHING.after(failures)
                found = what_failed(f"account `{self.account.name}`", error)
                self.engine.tell(Trouble(self.account.name, found, pause))
                self.engine.clock.wait(stop, pause.total_seconds())
                continue
            if failures:
                self.engine.tell(Recovered(self.account.name))
            stop.wait()
        self.interrupt()

    def hangs(self) -> Literal["no", "hangs", "hopeless"]:
        """Return `no`: it waits for others, and may do so for ever."""
        return "no"

    def interrupt(self) -> None:
        """Take nothing new. Any thread may call."""
        receiver, self.receiver = self.receiver, None
        if receiver is None:
            return
        try:
            receiver.close()
        except Exception as error:  # noqa: BLE001 - it is on its way out
            _log.warning("closing `%s` failed", self.account.name, exc_info=error)


def receptions(engine: Engine, intake: Intake) -> list[Reception]:
    """Return what looks after each receiver. Accounts with equal settings share one.

    An account that is switched off shares it too, if another one is on: its senders are told to
    try again later, not that there is no such address.
    """
    kinds = engine.plugins.receivers()
    shared: list[tuple[Receive, list[Account]]] = []
    for account in engine.rules.accounts.values():
        receive = account.receive
        if receive is None or receive.use not in kinds:
            continue
        for other, accounts in shared:
            if (other.use, other.settings) == (receive.use, receive.settings):
                accounts.append(account)
                break
        else:
            shared.append((receive, [account]))

    def make(receive: Receive, accounts: Sequence[Account]) -> Receiver:
        settings = engine.secrets.settle(receive.settings, receive.span)
        counter = Counter(engine, intake, receive.use, [each.name for each in accounts])
        return kinds[receive.use](settings, counter)

    return [
        Reception(engine, accounts[0], partial(make, receive, accounts))
        for receive, accounts in shared
        if any(account.active for account in accounts)
    ]
