"""Which notifier sends a notice, and in whose name. Each is made when it is first needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postroom.hooks.contracts import Notifier
    from postroom.model.batch import OutboxRow
    from postroom.rules.ruleset import Account, RuleSet, Send
    from postroom.runtime.secrets import Secrets


class Desk:
    """The notifiers of a rule set. Used by one thread."""

    def __init__(
        self, rules: RuleSet, kinds: Mapping[str, type[Notifier]], secrets: Secrets
    ) -> None:
        self._rules = rules
        self._kinds = kinds
        self._secrets = secrets
        self._made: dict[tuple[str, str, str], Notifier] = {}

    def sender(self, account: str) -> str:
        """Return the address in whose name an account writes."""
        found = self._account(account)
        return (found.send.sender if found.send else "") or found.address

    def send(self, account: str) -> Send | None:
        """Return how an account's mail goes out. Raises Problem PR430 if it is gone."""
        return self._account(account).send

    def address(self, account: str) -> str:
        """Return the address at which an account gets mail. Raises Problem PR430 if it is gone."""
        return self._account(account).address

    def notifier(self, row: OutboxRow) -> Notifier:
        """Return what sends the notice.

        Raises Problem PR430 if its account or its notifier are no longer there, PR410 if a secret
        is missing.
        """
        use = row.notice.use
        rule = row.notice.rule if row.notice.origin == "notify" else ""
        made = self._made.get((row.account, use, rule))
        if made is None:
            made = self._make(self._account(row.account), use, rule)
            self._made[row.account, use, rule] = made
        return made

    def close(self) -> None:
        """Let go of all connections."""
        for notifier in self._made.values():
            notifier.close()
        self._made.clear()

    def _account(self, name: str) -> Account:
        found = self._rules.accounts.get(name)
        if found is None:
            raise _gone(f"the rules have no account `{name}` any more")
        return found

    def _make(self, account: Account, use: str, rule: str) -> Notifier:
        kind = self._kinds.get(use)
        if kind is None:
            raise _gone(f"there is no notifier `{use}`")
        settings = _settings(account, use, rule)
        if settings is None:
            settings = kind.settings()
        span = account.send.span if account.send else account.span
        return kind(self._secrets.settle(settings, span))


def _settings(account: Account, use: str, rule: str) -> Any:  # noqa: ANN401 - the plugin's own type
    """Return the settings: those of the notify rule, else those of the account, else None."""
    own = [each.settings for each in account.notify if each.id == rule and each.use == use]
    if own and own[0] is not None:
        return own[0]
    return account.send.settings if account.send and account.send.use == use else None


def _gone(words: str) -> Problem:
    return Problem(Diagnostic("PR430", words, help="bring it back, and the notice goes out"))
