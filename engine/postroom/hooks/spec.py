"""Every hook that a plugin may implement. None of them can change a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from postroom.hooks.contracts import (
        Authenticator,
        Function,
        Notifier,
        Receiver,
        Scanner,
        Store,
        Transport,
    )
    from postroom.hooks.lints import Lint
    from postroom.model.settings import Secret, SecretRef

NAME = "postroom"
"""Of the pluggy project, and of the entry-point group."""

hookspec = pluggy.HookspecMarker(NAME)
hookimpl = pluggy.HookimplMarker(NAME)


@hookspec
def postroom_transports() -> list[type[Transport]]:
    """Return the transports this plugin brings; called once, no I/O.

    Import the mail library inside the class, not at the top of the module: the hook runs on
    machines that never use it.
    """
    return []


@hookspec
def postroom_receivers() -> list[type[Receiver]]:
    """Return the receivers this plugin brings, for mail that is pushed; called once, no I/O."""
    return []


@hookspec
def postroom_stores() -> list[type[Store]]:
    """Return the stores this plugin brings; called once, no I/O."""
    return []


@hookspec
def postroom_notifiers() -> list[type[Notifier]]:
    """Return the notifiers this plugin brings; called once, no I/O."""
    return []


@hookspec
def postroom_authenticators() -> list[type[Authenticator]]:
    """Return what checks who sent a message, where no server does; called once, no I/O."""
    return []


@hookspec
def postroom_scanners() -> list[type[Scanner]]:
    """Return what looks for malware in messages; called once, no I/O."""
    return []


@hookspec
def postroom_functions() -> list[type[Function]]:
    """Return pure functions for the rule language; called once, no I/O."""
    return []


@hookspec
def postroom_lints() -> list[type[Lint]]:
    """Return checks of rules, whose remarks `check` shows; called once, no I/O."""
    return []


@hookspec(firstresult=True)
def postroom_secret(reference: SecretRef) -> Secret | None:
    """Return the secret that a reference stands for, or None if it is not yours to know."""
