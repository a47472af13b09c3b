"""`providers` and `sign_ins`: who gives tokens for OAuth 2, and who signs in there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from postroom.model.settings import SecretRef
from postroom.model.signin import KNOWN, Flow, Provider, SignIn
from postroom.rules import keys
from postroom.rules.given import Given, shaped, suggestion
from postroom.rules.names import check_name
from postroom.rules.setting_values import Unfit, secret_ref
from postroom.rules.settings import hide_all
from postroom.source.hiding import secretive
from postroom.source.nodes import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postroom.model.signin import Method
    from postroom.rules.findings import Findings
    from postroom.rules.world import World
    from postroom.source.nodes import Entry, Node
    from postroom.source.text import Span


def read_providers(world: World, sections: Iterable[Entry]) -> None:
    """Add the providers to the world."""
    for entry in sections:
        check_name(world.findings, entry.key, what="provider")
        found = _provider(world.findings, entry)
        if found is not None:
            world.providers[entry.name] = found


def read_sign_ins(world: World, sections: Iterable[Entry]) -> None:
    """Add the sign-ins that accounts share to the world."""
    for entry in sections:
        check_name(world.findings, entry.key, what="sign-in")
        world.sign_ins[entry.name] = _sign_in(world, entry.node, entry.name, entry.key.span)


def sign_in_of(world: World, entry: Entry, name: str) -> SignIn | None:
    """Return what a plugin's setting says of a sign-in: the name of one, or all of it."""
    if not isinstance(entry.node, Scalar):
        return _sign_in(world, entry.node, name, entry.key.span)
    meant = entry.node.value
    if meant not in world.sign_ins:
        hint = suggestion(meant, world.sign_ins, "the sign-ins are") or "add it to `sign_ins:`"
        world.findings.error("PR418", f"there is no sign-in `{meant}`", entry.node.span, hint)
    return world.sign_ins.get(meant)


def _provider(findings: Findings, entry: Entry) -> Provider | None:
    span = entry.key.span
    given = Given.open(findings, keys.PROVIDER, entry.node, f"`{entry.name}`", span)
    if given is None:
        return None
    scopes = tuple(each.value for each in given.texts("scopes"))
    return Provider(
        name=entry.name,
        authorize_url=_url(given, "authorize_url"),
        token_url=_url(given, "token_url"),
        device_url=_url(given, "device_url"),
        client="basic" if given.choice("client") == "basic" else "body",
        scopes={"": scopes},
        client_scopes={"": scopes},
        parameters=_parameters(findings, given),
        answers=_answers(findings, given),
        refresh_lasts=given.duration("refresh_lasts"),
        refresh_unused=given.duration("refresh_unused"),
    )


def _url(given: Given, name: str) -> str:
    """Return an address that is encrypted; a token must not go out in the clear."""
    found = given.scalar(name)
    if found is None:
        return ""
    try:
        parts = urlsplit(found.value)
        fine = parts.scheme == "https" and bool(parts.hostname) and not parts.fragment
    except ValueError:
        fine = False
    if not fine:
        message = f"`{name}` must be an address that begins with https://"
        given.findings.error("PR414", message, found.span, f"write `{name}: https://...`")
    return found.value


def _parameters(findings: Findings, given: Given) -> dict[str, dict[str, str]]:
    mapping = given.keys("parameters")
    if mapping is None:
        return {}
    asked = Given(findings, keys.PARAMETERS, mapping, given.key_span("parameters"))
    return {
        name: _texts(findings, asked.keys(name)) for name in keys.PARAMETERS.names if name in asked
    }


def _texts(findings: Findings, mapping: Mapping | None) -> dict[str, str]:
    found = {}
    for entry in mapping.entries if mapping else ():
        node = shaped(findings, entry.node, Scalar, f"`{entry.name}`")
        if node is None:
            continue
        if secretive(entry.name) and node.value and "${" not in node.value:
            findings.hide(node.span)
            message = f"`{entry.name}` is secret, and must not stand in a rule file"
            hint = f"write `{entry.name}: ${{client_secret}}`"
            findings.error("PR404", message, node.span, hint)
        found[entry.name] = node.value
    return found


def _answers(findings: Findings, given: Given) -> dict[str, str]:
    mapping = given.keys("answers")
    if mapping is None:
        return {}
    said = Given(findings, keys.PROVIDER_ANSWERS, mapping, given.key_span("answers"))
    return {name: said.text(name) for name in keys.PROVIDER_ANSWERS.names if name in said}


def _sign_in(world: World, node: Node, name: str, span: Span) -> SignIn | None:
    findings = world.findings
    given = Given.open(findings, keys.SIGN_IN, node, f"`{name}`", span)
    if given is None:
        return None
    provider = _named_provider(world, given)
    client_id = _text_or_reference(given, "client_id")
    secret = _text_or_reference(given, "client_secret", secret=True)
    if provider is None or client_id is None:
        return None
    flow = given.choice("flow") or ("device" if _has(provider, "device") else "code")
    certificate, ca_file = given.text("certificate"), given.text("ca_file")
    key = _text_or_reference(given, "key", secret=True)
    _check_flow(given, provider, flow, secret or certificate)
    return SignIn(
        name=name,
        provider=_at(given, provider),
        flow=cast("Flow", flow),
        client_id=client_id,
        span=span,
        client_secret=secret if isinstance(secret, SecretRef) else None,
        certificate=Path(certificate) if certificate else None,
        key=key if isinstance(key, SecretRef) else None,
        tenant=_text_or_reference(given, "tenant") or "common",
        scopes=tuple(each.value for each in given.texts("scopes")),
        method=cast("Method | None", given.choice("method") or None),
        user=given.text("user"),
        redirect_url=given.text("redirect_url"),
        ca_file=Path(ca_file) if ca_file else None,
        refresh_lasts=given.duration("refresh_lasts"),
    )


def _at(given: Given, provider: Provider) -> Provider:
    """Return the provider at the address that a sign-in gives."""
    return replace(provider, authority=_url(given, "authority") or provider.authority)


def _named_provider(world: World, given: Given) -> Provider | None:
    found = given.scalar("provider")
    if found is None:
        return None
    known = {**KNOWN, **world.providers}
    if found.value not in known:
        hint = suggestion(found.value, known, "the providers are") or "add it to `providers:`"
        world.findings.error("PR418", f"there is no provider `{found.value}`", found.span, hint)
    return known.get(found.value)


def _has(provider: Provider, flow: str) -> bool:
    """Return whether a provider has what a flow needs."""
    if provider.authority:
        return flow != "service"
    if flow in ("client", "service"):
        return True
    return bool(provider.device_url if flow == "device" else provider.authorize_url)


def _check_flow(given: Given, provider: Provider, flow: str, secret: object) -> None:
    findings, span = given.findings, given.key_span("flow")
    if not _has(provider, flow):
        message = f"the provider `{provider.name}` does not have the flow `{flow}`"
        hints = {"device": "write `flow: code`", "service": "write `flow: client`"}
        hint = hints.get(flow, "give it `authorize_url:`")
        findings.error("PR415", message, span, hint)
    if flow == "client" and not secret:
        hint = "add `client_secret: {env: NAME}`, or `certificate: file.pem`"
        findings.error("PR415", "the flow `client` needs a secret or a certificate", span, hint)
    for name in ("key", "user") if flow == "service" else ():
        if name not in given:
            hint = {"key": "add `key: {file: key.json}`", "user": "add `user:`, the mailbox"}[name]
            findings.error("PR415", f"the flow `service` needs `{name}`", span, hint)
    if "key" in given and flow != "service":
        message = f"`key` is for the flow `service`, not for `{flow}`"
        hint = "write `flow: service`, or delete the key"
        findings.error("PR415", message, given.key_span("key"), hint)
    if "certificate" in given and not provider.authority:
        message = f"certificates are for `microsoft`, not for `{provider.name}`"
        hint = "add `client_secret: {env: NAME}`"
        findings.error("PR415", message, given.key_span("certificate"), hint)


def _text_or_reference(given: Given, name: str, *, secret: bool = False) -> str | SecretRef | None:
    """Return a text, or the reference that stands for it; a secret is never a text."""
    node = given.node(name)
    if node is None:
        return None
    if isinstance(node, Scalar) and not secret:
        return node.value
    try:
        return secret_ref(name, node)
    except Unfit as unfit:
        hide_all(given.findings, node)
        given.findings.error(unfit.code, f"`{name}` {unfit.takes}", node.span, unfit.write)
        return None
