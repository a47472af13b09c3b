"""What must be looked up before a batch of messages is decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from postroom.identity.carriers import claimed
from postroom.mail.addresses import canonical
from postroom.model.batch import Wanted
from postroom.model.facts import Window
from postroom.model.record import RecordRef
from postroom.pipeline.link import asked_about
from postroom.pipeline.parsing import named_in_blocks
from postroom.pipeline.windows import windows_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from postroom.identity.token import Tokens
    from postroom.model.facts import Direction
    from postroom.model.message import Message
    from postroom.rules.ruleset import Account, RuleSet

T = TypeVar("T")


def wanted(
    account: Account,
    mail: Sequence[tuple[Message, datetime]],
    rules: RuleSet,
    tokens: Tokens,
    now: datetime,
) -> Wanted:
    """Return what must be looked up before these messages are decided, each thing once.

    Each message comes with the time at which it was received.
    """
    messages = [message for message, _ in mail]
    named = [name for message in messages for name in named_by_mail(message, account, rules)]
    addresses = [name for name in named if isinstance(name, str)]
    refs = [name for name in named if isinstance(name, RecordRef)]
    by_token = [ref for message in messages for ref in claimed(message, tokens, now).found]
    contacts = rules.tables.get(rules.contacts.table) if rules.contacts else None
    windows = windows_of(account, rules)
    return Wanted(
        account=account.name,
        sharing=asked_about(account, rules),
        sha256s=_once(message.sha256 for message in messages),
        submissions=_once(map(submission_of, messages)),
        message_ids=_once(key for m in messages for key in (m.message_id, *refers_to(m))),
        addresses=_once((*map(sender_of, messages), *named_by_rules(account, rules), *addresses)),
        contact_table=contacts.name if contacts else "",
        contact_fields=tuple(f.name for f in contacts.of_type("email")) if contacts else (),
        refs=_once((*by_token, *refs)),
        tables=(account.table,),
        arrivals_since=_oldest([at for _, at in mail], "from", windows),
        answers_since=_oldest([now], "to", windows | {_caps(account)}),
        now=now,
    )


def sender_of(message: Message) -> str:
    """Return the sender's address as it is compared."""
    return canonical(message.from_.addr_spec)


def submission_of(message: Message) -> str:
    """Return what copies of one submission agree in; "" without a Message-ID, which is no proof."""
    return message.submission if message.message_id else ""


def refers_to(message: Message) -> tuple[str, ...]:
    """Return the messages that this one refers to, the nearest first (RFC 5322 3.6.4)."""
    returned = message.dsn.original_message_ids
    return (*message.in_reply_to, *reversed(message.references), *returned)


def named_by_rules(account: Account, rules: RuleSet) -> Iterator[str]:
    """Yield the addresses of contacts that the rules name, whoever writes."""
    if rules.contacts is not None and rules.contacts.guest:
        yield canonical(rules.contacts.guest)
    for rule in (*account.create, *account.update):
        if rule.then == "allow_as" and rule.principal not in ("sender", "guest"):
            yield canonical(rule.principal)


def named_by_mail(message: Message, account: Account, rules: RuleSet) -> Iterator[str | RecordRef]:
    """Yield what the blocks of a message refer to."""
    if account.parsing is None:
        return iter(())
    return named_in_blocks(message, account.parsing, rules.tables[account.table], rules)


def _caps(account: Account) -> Window:
    """Return what the guard counts whether rules ask for it or not."""
    return Window("to", account.answers.same_again_after)


def _oldest(
    times: Sequence[datetime], direction: Direction, windows: frozenset[Window]
) -> datetime | None:
    """Return how far back the counts of a direction reach; None if there are none."""
    spans = [window.span for window in windows if window.direction == direction]
    return min(times) - max(spans) if spans and times else None


def _once(items: Iterable[T]) -> tuple[T, ...]:
    """Return each item once, in order, without those that say nothing."""
    return tuple(dict.fromkeys(item for item in items if item))
