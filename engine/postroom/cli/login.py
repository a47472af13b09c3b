"""`postroom login`: sign in to an account with OAuth 2, and prove that its mailbox can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from postroom.cli import options
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from pathlib import Path

    from postroom.hooks.manager import Plugins
    from postroom.model.signin import SignIn
    from postroom.rules.ruleset import Account, RuleSet
    from postroom.runtime.secrets import Secrets


@click.command("login")
@click.argument("account", metavar="ACCOUNT")
@click.option("--paste", is_flag=True, help="The browser is on another machine: paste its address.")
@options.rules
@options.data
@options.keys
def command(
    account: str, rules: Path, data: Path | None, keys: Path | None, *, paste: bool
) -> None:
    """Sign in to an account whose rules say `auth:`, once.

    ACCOUNT is the name of an account, or of a sign-in in `sign_ins:`. The tokens are kept,
    encrypted, and renewed from then on. Afterwards the mailbox is opened, to prove that it can be.
    """
    from postroom.hooks.manager import find_plugins
    from postroom.runtime.rulesets.loading import load_rules
    from postroom.runtime.settings import folders
    from postroom.runtime.signin.login import login
    from postroom.runtime.start import open_credentials, open_secrets

    plugins, places = find_plugins(), folders(rules, data, keys)
    meant = _meant(load_rules(rules, plugins), account)
    secrets, credentials = open_secrets(places, plugins), open_credentials(places, plugins)
    for sign_in, purpose in _sign_ins(meant, account):
        login(credentials, secrets.placed(sign_in), purpose, _Terminal(), paste=paste)
        click.echo(f"{sign_in.name}: signed in; the tokens are kept, encrypted")
    for each in meant:
        _prove(plugins, secrets, each, places.data)


def _meant(ruleset: RuleSet, name: str) -> list[Account]:
    """Return the account of that name, or those that use the sign-in of that name."""
    from postroom.runtime.signin.login import sign_ins_of

    if name in ruleset.accounts:
        return [ruleset.accounts[name]]
    using = [
        account
        for account in ruleset.accounts.values()
        if any(sign_in.name == name for sign_in, _ in sign_ins_of(account))
    ]
    if not using:
        words = f"there is no account and no sign-in `{name}`"
        hint = f"the accounts are {', '.join(sorted(ruleset.accounts))}"
        raise Problem(Diagnostic("PR442", words, help=hint))
    return using


def _sign_ins(accounts: list[Account], name: str) -> list[tuple[SignIn, str]]:
    """Return the sign-ins that are meant, each once, with what it is for in the first place."""
    from postroom.runtime.signin.login import sign_ins_of

    found: dict[str, tuple[SignIn, str]] = {}
    for account in accounts:
        for sign_in, purpose in sign_ins_of(account):
            if name in (account.name, sign_in.name):
                found.setdefault(sign_in.name, (sign_in, purpose))
    if not found:
        words = f"the account `{name}` does not sign in with OAuth 2"
        raise Problem(Diagnostic("PR442", words, help="its rules say nothing of `auth:`"))
    return list(found.values())


def _prove(plugins: Plugins, secrets: Secrets, account: Account, data: Path) -> None:
    """Open the mailbox, changing nothing. Raises Problem if it cannot be read."""
    from postroom.runtime.connect import probe

    health = probe(plugins, secrets, account, data)
    if health is not None:
        click.echo(f"{account.name}: {health.detail}")


class _Terminal:
    """Says on a terminal what the person has to do."""

    def go_to(self, url: str) -> None:
        click.echo(f"Open this address in a browser and sign in:\n\n  {url}\n")

    def type_code(self, url: str, code: str) -> None:
        click.echo(f"Open {url} on any machine and type the code {code}\n")

    def pasted(self) -> str:
        found = click.prompt("Then paste the address that the browser shows in the end")
        return str(found)
