"""What is worth an alarm, of all that is known: a pure look at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postroom.source.diagnostic import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from postroom.model.watch import EngineWatch
    from postroom.rules.ruleset import Account
    from postroom.runtime.watching.status import AccountStatus

WILL_NOT_PASS = frozenset(
    {"PR410", "PR413", "PR416", "PR417", "PR426", "PR433", "PR511", "PR512", "PR513", "PR518",
     "PR550", "PR573", "PR574"}
)  # fmt: skip
"""Problems that somebody has to mend: a secret, a password, a certificate, a folder, the rules."""


@dataclass(frozen=True, slots=True)
class Expiry:
    """Something that ends some day: a sign-in, a certificate."""

    what: str
    until: datetime
    help: str


def of_account(
    account: Account, status: AccountStatus, since: datetime, ends: list[Expiry], now: datetime
) -> Iterator[Diagnostic]:
    """Yield what is wrong with an account. since is when somebody began to look at it."""
    name, watch = account.name, account.watch
    if status.code in WILL_NOT_PASS:
        yield Diagnostic(status.code, f"account `{name}`: {status.message}", help=status.help)
    else:
        yield from _unread(account, status, since, now)
    quiet = now - (status.last_message or since)
    if watch.silent_for is not None and quiet >= watch.silent_for:
        words = f"account `{name}` has had no message for {span(quiet)}"
        hint = "see whether mail to it arrives: send it a message"
        yield Diagnostic("PR480", words, help=hint)
    if status.behind_since is not None and now - status.behind_since >= watch.behind_for:
        late = span(now - status.behind_since)
        words = f"account `{name}` lags: its server holds mail that was not taken for {late}"
        yield Diagnostic("PR482", words, help=f"postroom accounts --check {name}")
    if status.unsent_since is not None and now - status.unsent_since >= watch.unsent_for:
        late = span(now - status.unsent_since)
        words = f"account `{name}` has notices that could not be sent for {late}"
        hint = 'postroom sql "SELECT * FROM notices ORDER BY seq DESC LIMIT 20" says why'
        yield Diagnostic("PR483", words, help=hint)
    for each in ends:
        if each.until - now <= watch.expires_within:
            left = f"ends in {span(each.until - now)}" if each.until > now else "has ended"
            words = f"account `{name}`: {each.what} {left}"
            yield Diagnostic("PR485", words, help=each.help)


def of_engine(
    watch: EngineWatch, disk_free: int | None, failing: dict[str, tuple[str, timedelta]]
) -> Iterator[Diagnostic]:
    """Yield what is wrong with the engine; failing are chores, with why and for how long."""
    if disk_free is not None and disk_free < watch.disk_free:
        words = (
            f"the disk that holds the data has {disk_free / 1e9:.1f} GB left, "
            f"and {watch.disk_free / 1e9:.1f} GB are asked for"
        )
        yield Diagnostic("PR484", words, help="make room before it is full")
    for chore, (why, for_) in sorted(failing.items()):
        words = f"`{chore}` has failed for {span(for_)}: {why}"
        yield Diagnostic("PR486", words, help="what is left of it is done as soon as it can be")


def span(time: timedelta) -> str:
    """Return a time span in words, in the largest unit that says something."""
    minutes = int(time.total_seconds() // 60)
    if minutes < 120:  # noqa: PLR2004 - two hours
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 72 else f"{hours // 24} days"  # noqa: PLR2004 - three days


def _unread(
    account: Account, status: AccountStatus, since: datetime, now: datetime
) -> Iterator[Diagnostic]:
    """Note a mailbox that nobody could look into; one that is pushed to only if it fails."""
    if status.last_look is None and status.failures == 0 and status.state != "starting":
        return
    unread = now - (status.last_look or since)
    if unread < account.watch.unread_for:
        return
    why = status.message or "its server does not get on with it"
    words = f"account `{account.name}` could not be looked into for {span(unread)}: {why}"
    yield Diagnostic(
        "PR481", words, help=status.help or f"postroom accounts --check {account.name}"
    )
