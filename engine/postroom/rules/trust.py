"""`trust_results_from`, `check_senders`, `scan_for_malware`: whose word on mail counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from postroom.mail.providers import PROVIDERS
from postroom.rules import keys
from postroom.rules.given import Given
from postroom.rules.mailbox import plugin_settings
from postroom.rules.ruleset import CheckSenders, ScanForMalware
from postroom.source.near import near

if TYPE_CHECKING:
    from postroom.rules.world import World


def read_trusted(world: World, account: Given) -> tuple[str, ...]:
    """Return the names of servers and providers; note one that is nearly a provider's word.

    A server may have a name without a dot, so that not every other word is a mistake.
    """
    found = account.texts("trust_results_from")
    for each in found:
        meant = None if "." in each.value else near(each.value, PROVIDERS)
        if meant is not None and meant != each.value:
            message = f"no provider is called `{each.value}`"
            world.findings.error("PR371", message, each.span, f"did you mean `{meant}`?")
    return tuple(each.value for each in found)


def read_check_senders(world: World, account: Given, name: str) -> CheckSenders | None:
    """Return who checks senders for the account of that name; None if it cannot be used."""
    mapping = account.keys("check_senders")
    if mapping is None:
        return None
    span = account.key_span("check_senders")
    if "trust_results_from" in account:
        message = "a server's word on the sender counts here, so nothing is checked again"
        related = (("its word is taken here", account.key_span("trust_results_from")),)
        world.findings.error("PR372", message, span, "keep one of the two", related)
    given = Given(world.findings, keys.CHECK_SENDERS, mapping, span)
    use = given.scalar("use")
    if use is None:
        return None
    settings = plugin_settings(world, "authenticator", use, given.others, name)
    return CheckSenders(use.value, settings, span)


def read_scan(world: World, account: Given, name: str) -> ScanForMalware | None:
    """Return who looks for malware for the account of that name; None if it cannot be used."""
    mapping = account.keys("scan_for_malware")
    if mapping is None:
        return None
    span = account.key_span("scan_for_malware")
    given = Given(world.findings, keys.SCAN, mapping, span)
    use = given.scalar("use")
    if use is None:
        return None
    settings = plugin_settings(world, "scanner", use, given.others, name)
    found, down = (_policy(given, key) for key in ("when_found", "when_down"))
    return ScanForMalware(use.value, settings, span, found, down)


def _policy(given: Given, key: str) -> Literal["quarantine", "go_on"]:
    return cast("Literal['quarantine', 'go_on']", given.choice(key) or "quarantine")
