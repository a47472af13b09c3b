"""What filters and access rules do: `then`, and whom it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.rules import keys
from postroom.rules.given import Given, listed, suggestion
from postroom.rules.ruleset import Tell
from postroom.source.nodes import Mapping, Scalar

if TYPE_CHECKING:
    from postroom.rules.keys import Section
    from postroom.rules.world import World


def verb_of(
    world: World, given: Given, words: tuple[str, ...], section: Section
) -> tuple[str, Given | None]:
    """Return which effect `then` names, and its keys where it is written as such.

    The effect is "" where something is wrong with it.
    """
    node = given.node("then")
    if isinstance(node, Scalar):
        return _word(world, node, words, section), None
    if not isinstance(node, Mapping):
        if node is not None:
            hint = f"write one of {listed(words)}"
            world.findings.error("PR032", "`then` names one effect, not a list", node.span, hint)
        return "", None
    then = Given(world.findings, section, node, given.key_span("then"))
    named = [entry for entry in node.entries if entry.name in section.names]
    if len(named) > 1:
        message = f"`then` names {len(named)} effects: {listed(e.name for e in named)}"
        hint = "keep one; write another rule for the other"
        world.findings.error("PR044", message, named[1].key.span, hint)
    elif not node.entries:
        hint = f"write one of {listed(words)}"
        world.findings.error("PR033", "`then` says nothing", node.span, hint)
    return (named[0].name, then) if len(named) == 1 else ("", None)


def _word(world: World, node: Scalar, words: tuple[str, ...], section: Section) -> str:
    if node.value in words:
        return node.value
    name = node.value.partition(" ")[0]
    hint = suggestion(node.value, (*words, *section.names), "the effects are")
    if name in section.names and name not in words:
        rest = node.value.removeprefix(name).strip() or "sender"
        hint = f"write `then: {{{name}: {rest}}}`"
    world.findings.error("PR035", f"`{node.value}` is not an effect of this rule", node.span, hint)
    return ""


def tell_of(world: World, given: Given | None, name: str) -> Tell:
    """Return whom an effect tells; nobody where it says nothing of it."""
    mapping = given.keys(name) if given and name in given else None
    if given is None or mapping is None:
        return Tell()
    tell = Given(world.findings, keys.TELL, mapping, given.key_span(name))
    forward_to = tell.addresses("forward_to")
    for key in ("template", "attachments"):
        if key in tell and "forward_to" not in tell:
            message = f"`{key}` is about a forwarded message, and none is forwarded"
            hint = "add `forward_to: [name@example.com]`, or delete the key"
            world.findings.error("PR044", message, tell.key_span(key), hint)
    return Tell(
        reply=world.template(tell.scalar("reply"), table="", with_record=False),
        forward_to=forward_to,
        template=world.template(tell.scalar("template"), table="", with_record=False),
        attachments=tell.flag("attachments"),
    )
