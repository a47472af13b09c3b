"""`accounts`: inbound mailboxes, each with its rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from postroom.rules import keys
from postroom.rules.access import read_access
from postroom.rules.answers import read_answers
from postroom.rules.filters import note_unreached, read_account_filters
from postroom.rules.given import Given
from postroom.rules.mailbox import read_receive, read_send
from postroom.rules.names import check_name
from postroom.rules.notify import read_notify
from postroom.rules.parsing import read_parsing
from postroom.rules.ruleset import Account
from postroom.rules.shapes import read_mapping, read_updates
from postroom.rules.shared import read_shared
from postroom.rules.trust import read_check_senders, read_scan, read_trusted
from postroom.rules.watch import read_watch
from postroom.source.nodes import Mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postroom.model.record import Table
    from postroom.rules.filters import Placed, Shared
    from postroom.rules.ruleset import Send, Tell
    from postroom.rules.world import World
    from postroom.source.nodes import Entry
    from postroom.source.text import Span

_SHORTEST_KEPT = timedelta(days=1)


def read_accounts(world: World, sections: Iterable[Entry], shared: Shared) -> dict[str, Account]:
    """Return the accounts. Those with `send` are read first: others may send as they do."""
    sections = tuple(sections)
    found = {}
    for entry in sorted(sections, key=lambda entry: not _sends(entry)):
        check_name(world.findings, entry.key, what="account")
        span = entry.key.span
        given = Given.open(world.findings, keys.ACCOUNT, entry.node, f"`{entry.name}`", span)
        if given is None:
            continue
        table = world.table(given.scalar("table"))
        account = _account(world, entry, given, table, shared)
        if table is not None:
            found[entry.name] = account
    return {entry.name: found[entry.name] for entry in sections if entry.name in found}


def _sends(entry: Entry) -> bool:
    return isinstance(entry.node, Mapping) and any(e.name == "send" for e in entry.node.entries)


def _send(world: World, given: Given, name: str, address: str, table: Table | None) -> Send | None:
    """Return how the account sends: as it says, else as the one account of its table that does."""
    if "send" not in given:
        others = world.senders.get(table.name if table else "", [])
        return others[0] if len(others) == 1 else None
    send = read_send(world, given, name, address)
    if send is not None and table is not None:
        world.senders.setdefault(table.name, []).append(send)
    return send


def _account(
    world: World, entry: Entry, given: Given, table: Table | None, shared: Shared
) -> Account:
    """Return an account; where its table is not known, without what speaks of records."""
    address = given.address("address")
    placed = read_account_filters(world, given.items("filters"), shared)
    caps, tell_of_answers = read_answers(world, given)
    shared_as, link = read_shared(world, given, table)
    account = Account(
        name=entry.name,
        span=entry.key.span,
        table=table.name if table else "",
        address=address,
        active=given.flag("active"),
        shared=shared_as,
        link=link,
        keep_raw=given.duration("keep_raw", least=_SHORTEST_KEPT),
        receive=read_receive(world, given, entry.name),
        send=_send(world, given, entry.name, address, table),
        trust_results_from=read_trusted(world, given),
        trusted_sealers=tuple(s.value for s in given.texts("trusted_sealers")),
        check_senders=read_check_senders(world, given, entry.name),
        scan=read_scan(world, given, entry.name),
        spam_score_from=given.text("spam_score_from"),
        filters=tuple(each.filter for each in placed),
        keep_prefixes=_keep_prefixes(world, given),
        answers=caps,
        tell_of_answers=tell_of_answers,
        watch=read_watch(world, given),
    )
    account = _with_access(world, given, account, table)
    if table is not None:
        world.account_tables.add(table.name)
        account = _with_records(world, given, account, table)
    note_unreached(world, account.filters)
    _check_ids(world, account, placed)
    _check_answers(world, account, has_send="send" in given or account.send is not None)
    return account


def _with_access(world: World, given: Given, account: Account, table: Table | None) -> Account:
    span = given.key_span("access")
    access = Given.open(world.findings, keys.ACCESS, given.keys("access"), "`access`", span)
    if access is None:
        return account
    create = read_access(world, access, "create", world.scheme())
    update = read_access(world, access, "update", world.scheme(table)) if table else ()
    return replace(account, create=create, update=update)


def _with_records(world: World, given: Given, account: Account, table: Table) -> Account:
    """Return the account with what it does to records of its table."""
    account = replace(
        account,
        mapping=read_mapping(world, given, table),
        updates=read_updates(world, given, table),
        parsing=read_parsing(world, given, table),
        notify=read_notify(world, given, table, account.send),
    )
    _check_required(world, account, table, given)
    return account


def _keep_prefixes(world: World, account: Given) -> int | None:
    span = account.key_span("subject_prefixes")
    mapping = account.keys("subject_prefixes")
    given = Given.open(world.findings, keys.PREFIXES, mapping, "`subject_prefixes`", span)
    return given.integer("keep", most=20) if given else None


def _check_ids(world: World, account: Account, placed: Iterable[Placed]) -> None:
    """Note a rule id that stands twice in an account."""
    seen: dict[str, tuple[Span, Span]] = {}
    for rule_id, span, shown in _ids(account, placed):
        if rule_id not in seen or not rule_id:
            seen[rule_id] = span, shown
            continue
        first, first_shown = seen[rule_id]
        if first_shown == shown:
            continue  # both are in one shared list, where it was said
        if first == span:
            message, hint = (
                f"the rule `{rule_id}` is used here a second time",
                "delete one of the two",
            )
            world.findings.error("PR300", message, shown, hint, (("it is here", span),))
            continue
        message = f"the rule id `{rule_id}` stands in the account `{account.name}` a second time"
        related = (("first here", first), *([("and here", span)] if shown != span else []))
        world.findings.error("PR300", message, shown, "choose another id", related)


def _ids(account: Account, placed: Iterable[Placed]) -> Iterator[tuple[str, Span, Span]]:
    """Yield each rule's id, its place, and the place in the account that brings it."""
    for each in placed:
        yield each.filter.id, each.filter.span, each.span
    for access in (*account.create, *account.update):
        yield access.id, access.span, access.span
    for rule in (*account.mapping.rules, *account.updates.rules):
        yield rule.id, rule.span, rule.span
    for notice in account.notify:
        yield notice.id, notice.span, notice.span


def _check_answers(world: World, account: Account, *, has_send: bool) -> None:
    """Note rules that answer or forward in an account that sends nothing."""
    if has_send:
        return
    places = [each.span for each in account.filters if _tells(each.tell)]
    places += [each.span for each in (*account.create, *account.update) if _tells(each.tell)]
    places += [account.span] if account.tell_of_answers else []
    parsing = account.parsing
    if parsing:
        policies = (parsing.unknown_label, parsing.invalid_value, parsing.not_permitted)
        places += [parsing.span] if any(policy.tell for policy in policies) else []
    for span in places:
        message = f"the account `{account.name}` has nothing to send this with"
        hint = f"add `send:` to the account `{account.name}`"
        world.findings.error("PR304", message, span, hint)


def _tells(tell: Tell) -> bool:
    return bool(tell.reply or tell.forward_to)


def _check_required(world: World, account: Account, table: Table, given: Given) -> None:
    """Note a required field that nothing can fill in, so that no record could be created."""
    if not any(rule.then == "allow_as" for rule in account.create):
        return
    filled = {each.field for each in account.mapping.assignments}
    filled |= {each.field for rule in account.mapping.rules for each in rule.assignments}
    if account.parsing:
        filled |= {
            name for labels in account.parsing.languages.values() for name in labels.values()
        }
    for field in table.fields.values():
        if field.required and field.default is None and field.name not in filled:
            message = f"`{field.name}` is required in `{table.name}`, and nothing fills it in"
            hint = f"set it under `mapping:`, `set: {{{field.name}: ...}}`, or give it a `default`"
            span = given.key_span("mapping" if "mapping" in given else "table")
            world.findings.error("PR303", message, span, hint)
