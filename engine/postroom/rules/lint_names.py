"""Names that nothing uses: noted while rules are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postroom.rules.filters import Shared
    from postroom.rules.world import World
    from postroom.source.nodes import Entry


def note_unused(
    world: World, lists: Iterable[Entry], templates: Iterable[Entry], shared: Shared
) -> None:
    """Warn of lists, templates and lists of filters that nothing names.

    Says nothing while there are errors: what names them may be what is wrong.
    """
    if world.findings.failed:
        return
    for entry in lists:
        if entry.name not in world.lists_read:
            hint = f"read it as `lists.{entry.name}`, or delete it"
            world.findings.warn(
                "PR351", f"the list `{entry.name}` is not used", entry.key.span, hint
            )
    for entry in templates:
        if entry.name not in world.template_uses:
            message = f"the template `{entry.name}` is not used"
            world.findings.warn("PR352", message, entry.key.span, "delete it, or name it in a rule")
    for name, key in shared.keys.items():
        if name not in shared.used:
            message = f"the list of filters `{name}` is not used"
            hint = f"add `- use: {name}` to the filters of an account, or delete it"
            world.findings.warn("PR353", message, key.span, hint)
