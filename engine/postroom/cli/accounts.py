"""`postroom accounts`: where each account gets its mail, and whether that can be had."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from postroom.cli import exits, options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from postroom.hooks.manager import Plugins
    from postroom.rules.ruleset import Account
    from postroom.runtime.secrets import Secrets
    from postroom.runtime.signin.kept import Keeper


@click.command("accounts")
@click.argument("names", nargs=-1, metavar="[ACCOUNT]...")
@click.option("--check", is_flag=True, help="Connect, sign in and look into each mailbox.")
@options.rules
@options.data
@options.keys
@options.as_json
def command(
    names: tuple[str, ...],
    *,
    check: bool,
    rules: Path,
    data: Path | None,
    keys: Path | None,
    as_json: bool,
) -> int:
    """Show each account: where its mail comes from, and how it signs in.

    With --check each mailbox is looked into, which changes nothing there; where mail is handed
    over, it is tried who listens. Exit code 1 if one cannot be read, or the wrong one listens. It
    can be done while an engine runs. A sign-in that opens every mailbox of a Microsoft tenant is
    named.
    """
    from postroom.hooks.manager import find_plugins
    from postroom.runtime.clock import SYSTEM
    from postroom.runtime.rulesets.loading import load_rules
    from postroom.runtime.settings import folders
    from postroom.runtime.signin.kept import Keeper
    from postroom.runtime.start import open_secrets

    plugins, where = find_plugins(), folders(rules, data, keys)
    accounts = _meant(load_rules(rules, plugins).accounts, names)
    secrets = open_secrets(where, plugins)
    keeper = Keeper(where.data, where.keys, resolve=secrets.resolve)
    fine = True
    for account in accounts:
        told = _told(account, keeper, SYSTEM.now())
        if check and told["state"] != "off":
            told["check"] = _checked(plugins, secrets, account, where.data)
            fine = fine and told["check"]["ok"]
        told["warnings"] = _warnings(account, keeper)
        click.echo(json.dumps(told) if as_json else "\n".join(_lines(told)))
    return exits.FINE if fine else exits.FINDINGS


def _meant(known: Any, names: tuple[str, ...]) -> list[Account]:  # noqa: ANN401
    from postroom.source.diagnostic import Diagnostic, Problem

    for name in names:
        if name not in known:
            hint = f"the accounts are {', '.join(sorted(known))}"
            raise Problem(Diagnostic("PR442", f"there is no account `{name}`", help=hint))
    return [known[name] for name in names or known]


def _told(account: Account, keeper: Keeper, now: datetime) -> dict[str, Any]:
    from postroom.runtime.signin.login import sign_ins_of

    receive = account.receive
    settings = receive.settings if receive else None
    sign_ins = {sign_in.name: sign_in for sign_in, _ in sign_ins_of(account)}
    return {
        "account": account.name,
        "address": account.address,
        "table": account.table,
        "state": "on" if account.active and receive else "off",
        "use": receive.use if receive else "",
        "host": str(getattr(settings, "host", "") or ""),
        "folder": str(getattr(settings, "folder", None) or getattr(settings, "path", None) or ""),
        "sign_ins": [_sign_in(each, keeper, now) for each in sign_ins.values()],
    }


def _sign_in(sign_in: Any, keeper: Keeper, now: datetime) -> dict[str, Any]:  # noqa: ANN401
    from postroom.runtime.watching.expiry import refresh_until
    from postroom.source.diagnostic import Problem

    told: dict[str, Any] = {
        "name": sign_in.name,
        "provider": sign_in.provider.name,
        "flow": sign_in.flow,
        "token_days": None,
        "ends": None,
    }
    try:
        tokens = keeper.read(sign_in.name)
    except Problem as error:
        return {**told, "state": error.diagnostic.message}
    if not sign_in.by_person:
        return {**told, "state": "signs in by itself"}
    if tokens is None or not tokens.refresh_token:
        return {**told, "state": "nobody has signed in"}
    days = int((now.timestamp() - tokens.since) // 86_400) if tokens.since else None
    until = refresh_until(sign_in, tokens)
    ends = until.date().isoformat() if until else None
    return {**told, "state": "signed in", "token_days": days, "ends": ends}


def _warnings(account: Account, keeper: Keeper) -> list[dict[str, Any]]:
    """Return what is wrong with the tokens that are kept, those of a check among them."""
    from postroom.runtime.signin.breadth import domain_wide, warnings
    from postroom.runtime.signin.login import sign_ins_of
    from postroom.source.diagnostic import Problem
    from postroom.source.render import as_json

    found = []
    for sign_in in {each.name: each for each, _ in sign_ins_of(account)}.values():
        try:
            tokens = keeper.read(sign_in.name)
        except Problem:
            continue  # it is told as the state of the sign-in
        kept = [each.token for each in tokens.access.values()] if tokens else []
        broad = (*domain_wide(sign_in), *warnings(sign_in.name, kept))
        found += [as_json(each) for each in broad]
    return found


def _checked(plugins: Plugins, secrets: Secrets, account: Account, data: Path) -> dict[str, Any]:
    from postroom.runtime.connect import probe
    from postroom.runtime.worker import what_failed
    from postroom.source.render import as_json

    try:
        health = probe(plugins, secrets, account, data)
    except Exception as error:  # noqa: BLE001 - a transport is somebody else's code
        found = what_failed(f"account `{account.name}`", error)
        return {"ok": False, **as_json(found)}
    if health is None:
        return {"ok": True, "detail": "it gets no mail", "high_water": "", "waiting": None}
    return {
        "ok": health.ok,
        "detail": health.detail,
        "high_water": health.high_water,
        "waiting": health.waiting,
    }


def _lines(told: dict[str, Any]) -> Iterator[str]:
    from postroom.pipeline.explain import printable

    where = " ".join(part for part in (told["use"], told["host"], told["folder"]) if part)
    head = f"{told['account']}: {told['address']} -> {told['table']}; {where or 'gets no mail'}"
    yield printable(head if told["state"] == "on" or not where else f"{head} (off)")
    for each in told["sign_ins"]:
        days = each["token_days"]
        age = f", its token is {days} days old" if days is not None else ""
        age += f" and would end on {each['ends']}" if each["ends"] else ""
        yield printable(f"  sign-in {each['name']} ({each['provider']}): {each['state']}{age}")
    for warning in told["warnings"]:
        yield printable(f"  {warning['code']} {warning['message']}")
        yield printable(f"    {warning['help']}")
    checked = told.get("check")
    if checked is None:
        return
    if "code" in checked:
        yield printable(f"  {checked['code']} {checked['message']}")
        if checked.get("help"):
            yield printable(f"    {checked['help']}")
        return
    mark = f"; newest {checked['high_water']}" if checked["high_water"] else ""
    yield printable(f"  {checked['detail']}{mark}")
