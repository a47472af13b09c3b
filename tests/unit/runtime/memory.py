"""A store, a transport and a notifier in memory, and an engine made of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, ClassVar

from postroom.hooks.contracts import Health, Receipt, Rows
from postroom.hooks.manager import find_plugins
from postroom.identity.token import KeyRing, Tokens
from postroom.model.batch import Batch, Found, OutboxRow, Seen
from postroom.model.envelope import Envelope, Place, ServerAction
from postroom.rules.load import Kinds, load
from postroom.runtime.clock import Clock
from postroom.runtime.engine import Engine
from postroom.runtime.secrets import Secrets
from postroom.source.diagnostic import Diagnostic, Problem
from postroom.source.text import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from postroom.hooks.contracts import (
        Archive,
        Letter,
        Notifier,
        Position,
        SendOutcome,
        Transport,
        TransportContext,
    )
    from postroom.model.batch import Communication, Received, Wanted
    from postroom.model.record import Record, RecordRef, Table
    from postroom.rules.ruleset import Account, RuleSet
    from postroom.runtime.events import Event as Told

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
RULES = """
version: 1
tables:
  ticket:
    number: SUP
    fields:
      title: {type: text, max: 250}
      details: {type: text}
  contact:
    fields:
      email: {type: email, unique: true}
accounts:
  support:
    table: ticket
    address: support@kestrel.example
    receive: {use: memory, after: {decided: {move_to: Done}}}
    send: {use: memory, from: support@kestrel.example}
    access:
      create:
        - {id: anybody, then: {allow_as: guest}}
      update:
        - {id: anybody-too, then: {allow_as: guest}}
    mapping:
      set: {title: "${subject}", details: "${body.text}"}
    notify:
      - {id: page, after: created, to: boss@kestrel.example, template: page}
templates:
  page: {subject: 'New: ${record.title ?? "?"}', text: "Look."}
contacts: {table: contact, guest: guest@kestrel.example}
"""


@dataclass(frozen=True)
class NoSettings:
    """Nothing to set."""


class Store:
    """A `postroom.hooks.contracts.Store` without a disk."""

    name: ClassVar[str] = "memory"
    settings: ClassVar[type] = NoSettings

    def __init__(self, _settings: Any = None, _folder: Path | None = None) -> None:
        self.received: list[Received] = []
        self.communications: list[Communication] = []
        self.batches: list[Batch] = []
        self.cursors: dict[tuple[str, str, str], str] = {}
        self.actions: dict[int, ServerAction] = {}
        self.outbox: list[OutboxRow] = []
        self.sends: list[tuple[OutboxRow, SendOutcome]] = []
        self.refuse: Callable[[Batch], Exception | None] = lambda _batch: None
        self.published = 0
        self.closed = False
        self.tables: Mapping[str, int] = {"ticket": 1}
        self.deaths: dict[tuple[str, Place], int] = {}
        self.in_hand: dict[int, Sequence[Place]] = {}
        self._lock = Lock()

    @classmethod
    def archive(cls, folder: Path) -> Archive:
        raise NotImplementedError

    def open(self, tables: Mapping[str, Table]) -> None: ...

    def declare(self, tables: Mapping[str, Table]) -> None:
        if "ticket" not in tables:
            raise Problem(Diagnostic("PR521", "`ticket` would be lost"))
        self.tables = {name: number for number, name in enumerate(tables, start=1)}

    def table_ids(self) -> Mapping[str, int]:
        return self.tables

    def remember_rules(self, hash: str, sources: Mapping[str, str]) -> None: ...  # noqa: A002

    def cursor(self, account: str, mailbox: str, epoch: str) -> str:
        return self.cursors.get((account, mailbox, epoch), "")

    def unknown(self, account: str, mailbox: str, epoch: str, keys: Sequence[str]) -> list[str]:
        known = {each.place for each in self.received if each.account == account}
        return [key for key in keys if Place(mailbox, epoch, key) not in known]

    def suspects(self) -> Mapping[tuple[str, Place], int]:
        return self.deaths

    def take_in_hand(self, account: str, places: Sequence[Place]) -> int:
        del account
        with self._lock:
            number = max(self.in_hand, default=0) + 1
            self.in_hand[number] = places
        return number

    def let_go(self, number: int, *, done: bool) -> None:
        del done
        del self.in_hand[number]

    def lookup(self, wanted: Wanted) -> Found:
        seen = {
            each.sha256: Seen(each.id, each.account, "in", each.sha256, each.ref)
            for each in reversed(self.communications)
        }
        by_id = {each.id: each.sha256 for each in self.communications}
        epochs: dict[str, set[tuple[str, str]]] = {}
        for each in self.received:
            place = (each.place.mailbox, each.place.epoch)
            if each.communication in by_id:  # 0 stands for mail that was left alone
                epochs.setdefault(by_id[each.communication], set()).add(place)
        made = [change.ref.id for batch in self.batches for change in batch.changes]
        return Found(
            by_sha256={key: seen[key] for key in wanted.sha256s if key in seen},
            epochs={key: frozenset(places) for key, places in epochs.items()},
            next_communication=max(by_id, default=0) + 1,
            next_record={"ticket": max(made, default=0) + 1},
        )

    def commit(self, batch: Batch) -> None:
        error = self.refuse(batch)
        if error is not None:
            raise error
        with self._lock:
            self.batches.append(batch)
            self.received += (*batch.received, *batch.renumbered)
            self.communications += batch.communications
            for row in batch.notices:
                self.outbox.append(replace(row, id=len(self.outbox) + 1))
            for each in batch.cursors:
                self.cursors[each.account, each.mailbox, each.epoch] = each.key
            for plan in batch.actions:
                number = len(self.actions) + 1
                self.actions[number] = ServerAction(
                    number, plan.account, plan.place, plan.verb, plan.target, plan.due_at,
                    plan.sha256,
                )  # fmt: skip

    def record(self, ref: RecordRef) -> Record | None:
        raise NotImplementedError

    def raw(self, communication: int) -> bytes:
        return next(each.raw for each in self.communications if each.id == communication)

    def due_actions(self, account: str, now: datetime, limit: int) -> list[ServerAction]:
        due = [a for a in self.actions.values() if a.account == account and a.due_at <= now]
        return due[:limit]

    def settled(self, receipts: Sequence[tuple[int, Receipt]], now: datetime) -> None:
        del now
        for number, receipt in receipts:
            if receipt.done or receipt.final:
                del self.actions[number]

    def lease(self, now: datetime, limit: int) -> list[OutboxRow]:
        due = [row for row in self.outbox if row.due_at <= now][:limit]
        for row in due:
            self.outbox.remove(row)
        return due

    def sent(self, row: OutboxRow, outcome: SendOutcome, now: datetime) -> None:
        del now
        self.sends.append((row, outcome))
        if outcome.state == "retry" and outcome.due_at:
            again = replace(row, due_at=outcome.due_at, attempts=row.attempts + 1)
            self.outbox.append(again)

    def publish(self) -> int:
        self.published += 1
        return self.published

    def query(self, sql: str) -> Rows:
        raise NotImplementedError

    def close(self) -> None:
        self.closed = True


@dataclass
class Server:
    """A mail server: what lies in its mailbox, and what goes wrong with it."""

    epoch: str = "1"
    mails: dict[str, bytes] = field(default_factory=dict)
    moved: list[str] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)
    """Raised one after the other by `fetch`."""
    fetches: int = 0
    sweeps: list[bool] = field(default_factory=list)
    busy: Event | None = None
    """If set, `wait` blocks until the connection is closed."""

    def deliver(self, *raws: bytes) -> None:
        for raw in raws:
            self.mails[str(len(self.mails) + len(self.moved) + 1)] = raw


def transport_of(servers: Mapping[str, Server]) -> type[Transport]:
    """Return a transport class that reads these servers, one for each account."""

    class Memory:
        name: ClassVar[str] = "memory"
        settings: ClassVar[type] = NoSettings

        def __init__(self, settings: Any, context: TransportContext) -> None:
            del settings
            self.server = servers[context.account]
            self.closed = Event()

        def fetch(self, position: Position, limit: int) -> Iterator[Envelope]:
            self.server.fetches += 1
            self.server.sweeps.append(position.full_sweep)
            keys = position.unknown("INBOX", self.server.epoch, list(self.server.mails))
            for key in keys[:limit]:
                raw = self.server.mails[key]
                yield Envelope(Place("INBOX", self.server.epoch, key), raw, len(raw))
            if self.server.fails:
                raise self.server.fails.pop(0)

        def settle(self, action: ServerAction) -> Receipt:
            self.server.mails.pop(action.place.key, None)
            self.server.moved.append(action.place.key)
            return Receipt(done=True, detail=f"moved to {action.target}")

        def wait(self, timeout: timedelta) -> bool:
            if self.server.busy is None:
                return False
            self.server.busy.set()
            return self.closed.wait(timeout.total_seconds())

        def probe(self) -> Health:
            return Health(ok=True, detail="")

        def close(self) -> None:
            self.closed.set()

    return Memory


@dataclass
class Post:
    """Where letters arrive, and what goes wrong on the way."""

    letters: list[Letter] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)

    def notifier(self) -> type[Notifier]:
        """Return a notifier class that delivers here."""
        post = self

        class Memory:
            name: ClassVar[str] = "memory"
            settings: ClassVar[type] = NoSettings

            def __init__(self, settings: Any) -> None:
                del settings

            def send(self, letter: Letter) -> bytes:
                if post.fails:
                    raise post.fails.pop(0)
                post.letters.append(letter)
                return b"sent"

            def close(self) -> None: ...

        return Memory


class Time:
    """A clock that moves only when somebody waits."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.waits: list[float] = []

    def wait(self, stop: Event, seconds: float) -> bool:
        self.waits.append(seconds)
        self.seconds += max(0.0, seconds)
        return stop.is_set()

    @property
    def clock(self) -> Clock:
        return Clock(
            now=lambda: NOW + timedelta(seconds=self.seconds),
            monotonic=lambda: self.seconds,
            wait=self.wait,
        )


@dataclass
class House:
    """An engine and everything around it."""

    servers: dict[str, Server] = field(
        default_factory=lambda: {"support": Server(), "sales": Server()}
    )
    post: Post = field(default_factory=Post)
    store: Store = field(default_factory=Store)
    time: Time = field(default_factory=Time)
    told: list[Told] = field(default_factory=list)
    rules_text: str = RULES

    def __post_init__(self) -> None:
        kinds = Kinds({"memory": NoSettings}, {"memory": NoSettings})
        self.rules: RuleSet = load([Source("rules.yaml", self.rules_text)], kinds)
        plugins = replace(
            find_plugins(without=["dkim", "duckdb", "files", "imap", "lmtp", "pop3", "smtp"]),
            _things={
                "transport": {"memory": transport_of(self.servers)},
                "notifier": {"memory": self.post.notifier()},
                "receiver": {},
                "store": {},
                "authenticator": {},
                "function": {},
            },  # one of each, found nowhere
        )
        self.engine = Engine(
            rules=self.rules,
            store=self.store,
            tokens=Tokens(KeyRing.single(bytes(range(64)), "test"), {"ticket": 1}),
            plugins=plugins,
            secrets=Secrets(Path(), environment={}),
            clock=self.time.clock,
            listener=self.told.append,
        )

    @property
    def server(self) -> Server:
        return self.servers["support"]

    @property
    def account(self) -> Account:
        return self.rules.accounts["support"]

    def events(self, kind: type) -> list[Any]:
        return [each for each in self.told if isinstance(each, kind)]


def mail(number: int, body: str = "Hello.") -> bytes:
    """Return a small message, different for each number."""
    return (
        f"From: Ann <ann@weaver.example>\r\nTo: support@kestrel.example\r\n"
        f"Subject: Request {number}\r\nMessage-ID: <{number}@weaver.example>\r\n"
        f"Date: Mon, 2 Nov 2026 08:00:00 +0000\r\n\r\n{body}\r\n"
    ).encode()


def envelope(key: int, raw: bytes, epoch: str = "1") -> Envelope:
    return Envelope(Place("INBOX", epoch, str(key)), raw, len(raw))


def disk_full() -> Problem:
    return Problem(Diagnostic("PR523", "the disk is full"))
