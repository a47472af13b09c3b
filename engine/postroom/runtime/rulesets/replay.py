"""Decide stored mail again under other rules, and count what would be different.

Everything comes from what the store has published, so an engine may run meanwhile. The facts are
those that were recorded; of what was not recorded because nobody asked for it, the log still knows
most (`postroom.pipeline.past`). What the new rules would have made of earlier mail does not change
the facts of later mail: each message is asked for itself.
"""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import repeat
from typing import TYPE_CHECKING, Any

from postroom.hooks.manager import find_plugins
from postroom.identity.token import Tokens
from postroom.mail.read import read
from postroom.pipeline.conclusion import concluded, logged
from postroom.pipeline.decide import decide
from postroom.pipeline.differences import difference
from postroom.pipeline.lookup import named_by_rules
from postroom.pipeline.past import History
from postroom.pipeline.recorded import Asking, asked_by, recorded
from postroom.pipeline.tally import Tally
from postroom.pipeline.windows import windows_of
from postroom.rules.load import load
from postroom.runtime.keys import existing_keys
from postroom.runtime.messages.quarantine import unread
from postroom.runtime.rulesets.loading import kinds_of, ready
from postroom.runtime.stores import store_kind
from postroom.source.diagnostic import Diagnostic, Problem, RuleError
from postroom.source.text import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from postroom.hooks.contracts import Archive
    from postroom.identity.keyring import Keys
    from postroom.model.batch import Stretch
    from postroom.model.message import Message
    from postroom.rules.ruleset import Account, RuleSet
    from postroom.rules.world import Kinds
    from postroom.runtime.settings import Folders

_SIDE_BY_SIDE = 3
"""Stretches that are worth a second process: it takes about a second to be ready."""
_MOST_PROCESSES = 8
_AT_ONCE = 500
"""Decisions whose mail is fetched together."""
_SLACK = timedelta(days=7)
"""How long mail may have lain on its server before it was decided, and is counted all the same."""
_FOLLOWING = ("record_created", "record_updated", "notice_queued")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which mail is to be decided again."""

    since: datetime | None = None
    account: str = ""
    """ "" for all of them."""
    limit: int | None = None
    """Only the newest so many."""


@dataclass(slots=True)
class Logged:
    """A decision in the log, with the entries that follow from it."""

    seq: int
    body: dict[str, Any]
    following: list[dict[str, Any]]


def replay(
    where: Folders,
    rules: RuleSet,
    asked: Asked,
    progress: Callable[[int, int], object] = lambda _done, _total: None,
) -> Tally:
    """Decide stored mail again; progress is told how many decisions of how many were made so far.

    Raises Problem PR412 without the keys of record tokens, PR522 and PR530 where what is published
    cannot be read.
    """
    archive = store_kind(find_plugins()).archive(where.data)
    stretches = archive.decided(asked.since, asked.account, asked.limit)
    total, tally = sum(each.decisions for each in stretches), Tally()
    for found in _tallies(where, rules, stretches, asked.account):
        tally.add(found)
        progress(tally.total + tally.skipped.total(), total)
    return tally


def _tallies(
    where: Folders, rules: RuleSet, stretches: Sequence[Stretch], account: str
) -> Iterator[Tally]:
    """Yield what comes of each stretch, in order; worked on side by side where there are many."""
    if not stretches:
        return
    span = stretches[0].after, stretches[-1].up_to
    if len(stretches) < _SIDE_BY_SIDE:
        again = Again.under(where, rules, span)
        yield from (again.decide(each, account) for each in stretches)
        return
    processes, given = min(_MOST_PROCESSES, os.cpu_count() or 1), (where, rules.sources, span)
    context = multiprocessing.get_context("spawn")  # a fork would take threads of others along
    try:
        with ProcessPoolExecutor(processes, context, _begin, given) as pool:
            yield from pool.map(_decide, stretches, repeat(account))
    except BrokenExecutor:
        words = "a process that decides stored mail again has ended before its time"
        hint = "there may be too little memory; --limit asks for less at a time"
        raise Problem(Diagnostic("PR532", words, help=hint)) from None


_begun: list[Again] = []
"""In a process of its own: what it was started with."""


def _begin(where: Folders, sources: tuple[Source, ...], span: tuple[int, int]) -> None:
    _begun.append(Again.under(where, ready(sources, find_plugins(), where.data), span))


def _decide(stretch: Stretch, account: str) -> Tally:
    return _begun[0].decide(stretch, account)


class Again:
    """Decides stretches of the log again. Made once for a span."""

    def __init__(
        self, archive: Archive, rules: RuleSet, keys: Keys, kinds: Kinds, span: tuple[int, int]
    ) -> None:
        """Read of the past what these rules can ask for; a span is where decisions are."""
        self._archive, self._rules = archive, rules
        self._asking = {name: Asking(rules, each) for name, each in rules.accounts.items()}
        self._tokens = Tokens(keys.ring, _table_numbers(archive), keys.generations)
        self._history = _history(archive, rules, kinds, span)

    @classmethod
    def under(cls, where: Folders, rules: RuleSet, span: tuple[int, int]) -> Again:
        """Begin with what lies in some folders. Raises Problem PR412, PR530."""
        plugins = find_plugins()
        archive = store_kind(plugins).archive(where.data)
        return cls(archive, rules, existing_keys(where.keys), kinds_of(plugins), span)

    def decide(self, stretch: Stretch, account: str = "") -> Tally:
        """Return how the decisions of a stretch differ, of one account or of all."""
        tally = Tally()
        chunk: list[Logged] = []
        for each in _decisions(self._archive, stretch):
            if account not in ("", each.body["account"]):
                continue
            why_not = self._why_not(each.body)
            if why_not:
                tally.skipped[why_not] += 1
                continue
            chunk.append(each)
            if len(chunk) == _AT_ONCE:
                self._chunk(chunk, tally)
                chunk = []
        self._chunk(chunk, tally)
        return tally

    def _why_not(self, body: dict[str, Any]) -> str:
        if body["account"] not in self._rules.accounts:
            return f"these rules have no account `{body['account']}`"
        if body["message"]["refused"] is not None and not body["fired"]:
            return "put aside by the engine: no rule was asked"
        return ""

    def _chunk(self, chunk: Sequence[Logged], tally: Tally) -> None:
        mail = self._archive.mail([each.body["communication"] for each in chunk])
        for each, raw in zip(chunk, mail, strict=True):
            if raw is None:
                tally.skipped["its raw mail is no longer kept"] += 1
            else:
                self._one(each, raw, tally)

    def _one(self, each: Logged, raw: bytes, tally: Tally) -> None:
        body, rules = each.body, self._rules
        account, communication = rules.accounts[body["account"]], body["communication"]
        message = _message(raw, body)
        moment = self._history.before(each.seq)
        facts = recorded(body, communication, moment)
        facts = asked_by(self._asking[account.name], message, facts, moment)
        decision = decide(message, facts, account, rules, self._tokens)
        tally.not_known(tuple(dict.fromkeys(moment.unknown)))
        if body["facts"].get("review"):  # nothing is done on the server for what was released
            decision = replace(decision, after=())
        found = difference(logged(body, each.following), concluded(decision))
        tally.note(communication, account.name, found)


def _message(raw: bytes, body: dict[str, Any]) -> Message:
    """Return the message as it was read then, even if it was read in part or not at all."""
    told = body["message"]
    mail_from = told.get("mail_from")
    message = read(raw, mail_from=mail_from if isinstance(mail_from, str) else None)
    if told["problem"] is not None:
        return replace(message, sha256=told["sha256"], size=told["size"], refused=told["problem"])
    if told["refused"] is not None and message.refused is None:
        return unread(told["sha256"], told["size"], told["refused"])
    return message


def _decisions(archive: Archive, stretch: Stretch) -> Iterator[Logged]:
    """Yield decisions, each when all that follows from it was read."""
    latest: Logged | None = None
    found = archive.entries(("decision", *_FOLLOWING), stretch.after, stretch.up_to)
    for seq, body in found:
        if body["kind"] == "decision":
            if latest is not None:
                yield latest
            latest = Logged(seq, body, [])
        elif latest is not None and body["communication"] == latest.body["communication"]:
            latest.following.append(body)
    if latest is not None:
        yield latest


def _table_numbers(archive: Archive) -> dict[str, int]:
    """Return what stands for tables in record tokens, as the log says it."""
    numbers: dict[str, int] = {}
    for _, body in archive.entries(("rules_activated",)):
        numbers |= body.get("tables", {})
    return numbers


def _history(archive: Archive, rules: RuleSet, kinds: Kinds, span: tuple[int, int]) -> History:
    """Return what is known of the past, as far as these rules can ask for it."""
    first, last = span
    history, before = History(rules), [*_rule_sets(archive, kinds, rules, first, last)]
    tables = []
    if rules.contacts and not all(_same_contacts(rules, each) for each in before):
        tables = [rules.contacts.table]
        history.knows_contacts = True
    for seq, body in archive.history(first, last, tables):
        history.change(seq, body)
    if not all(_same_windows(rules, each) for each in before):
        history.knows_mail = True
        _note_mail(history, archive, _counted_from(archive, rules, first), last)
    return history


def _rule_sets(
    archive: Archive, kinds: Kinds, rules: RuleSet, first: int, last: int
) -> Iterator[RuleSet | None]:
    """Yield the rule sets that decided; None for one that can no longer be read."""
    activated = [
        (seq, body["rules"]) for seq, body in archive.entries(("rules_activated",), 0, last)
    ]
    until = [name for seq, name in activated if seq <= first][-1:]
    for name in dict.fromkeys((*until, *(name for seq, name in activated if seq > first))):
        if name == rules.hash:
            yield rules
            continue
        try:
            files = archive.rules(name)
            yield load([Source(file, text) for file, text in files.items()], kinds)
        except (KeyError, RuleError):
            yield None


def _same_contacts(rules: RuleSet, before: RuleSet | None) -> bool:
    """Whether contacts that these rules ask for, and that were not found, were asked for then."""
    if before is None or before.contacts != rules.contacts:
        return False
    return before is rules or all(
        account.parsing is None and _names(account, rules) <= _names(name, before)
        for account in rules.accounts.values()
        if (name := before.accounts.get(account.name))
    )


def _names(account: Account, rules: RuleSet) -> set[str]:
    return set(named_by_rules(account, rules))


def _same_windows(rules: RuleSet, before: RuleSet | None) -> bool:
    return before is not None and all(
        windows_of(account, rules) <= windows_of(had, before)
        for account in rules.accounts.values()
        if (had := before.accounts.get(account.name))
    )


def _counted_from(archive: Archive, rules: RuleSet, first: int) -> int:
    """Return the number of the entry after which mail is counted before the first decision."""
    _, body = next(archive.entries(("decision",), first))
    windows = (w for a in rules.accounts.values() for w in windows_of(a, rules))
    longest = max((window.span for window in windows), default=timedelta())
    since = datetime.fromisoformat(body["recorded_at"]) - longest - _SLACK
    return archive.decided(since)[0].after


def _note_mail(history: History, archive: Archive, first: int, last: int) -> None:
    for seq, body in archive.entries(("decision", "notice_queued"), first - 1, last):
        if body["kind"] == "decision":
            history.arrival(body)
        else:
            history.answer(seq, body)
