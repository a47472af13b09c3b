"""Write a block as an account in a rule file, with a provider and a sign-in of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from postroom.authoring.agiloft.block import Lost, Unknown, placed
from postroom.authoring.agiloft.names import FLOWS, GRANTS, PREFIX, SECRET, USUAL, folded
from postroom.authoring.formatting.quotes import can_be_plain, key_can_be_plain
from postroom.source.diagnostic import Diagnostic, Problem
from postroom.source.hiding import secretive

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from postroom.authoring.agiloft.block import Block

Tree = dict[str, "str | list[str] | Tree"]
_HEAD = """\
# Taken over from Agiloft. Say under `access` who may create and who may answer, and how a message
# becomes a record under `mapping`; then delete `active: false`, until which no mail is read.
"""
_NOBODY: Tree = {"nobody": "deny"}
"""The rule `access` begins with."""
_LONG = 6
"""Letters of a secret that is looked for inside other texts."""
_PORTS = {"imap": {"993", "143"}, "pop3": {"995", "110"}}


@dataclass(frozen=True)
class Carried:
    """Blocks as rule files have them."""

    text: str
    variables: tuple[str, ...]
    """Environment variables that have to be set: what stood there as text is secret."""
    lost: tuple[Lost, ...]


@dataclass
class _Writing:
    """One block while it is written."""

    block: Block
    name: str
    variables: list[str] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)

    def secret(self, what: str) -> Tree:
        variable = f"{self.name}_{what}".upper()
        self.variables.append(variable)
        return {"env": variable}

    def lose(self, line: int, words: str) -> None:
        self.lost.append(Lost(line, words))


def written(blocks: Iterable[Block], table: str) -> Carried:
    """Return rule files' text for blocks. Raises Problem PR571 if one says too little."""
    tree: Tree = {"version": "1"}
    parts: dict[str, Tree] = {"providers": {}, "sign_ins": {}, "accounts": {}}
    variables: list[str] = []
    lost: list[Lost] = []
    blocks = tuple(blocks)
    for block in blocks:
        writing = _Writing(block, _name(block.name))
        _write(writing, parts, table)
        variables += writing.variables
        lost += [*block.lost, *writing.lost]
    tree |= {name: part for name, part in parts.items() if part}
    text = _HEAD + "".join(_lines(tree, ""))
    for block in blocks:
        _refuse_secrets(block, text)
    return Carried(text, tuple(variables), tuple(sorted(lost, key=lambda each: each.line)))


def _write(writing: _Writing, parts: Mapping[str, Tree], table: str) -> None:
    settings, name = writing.block.settings, writing.name
    receive: Tree = {"use": _protocol(writing), "host": _needed(writing, "host")}
    user = settings.get("username") or settings.get("address") or _needed(writing, "username")
    receive |= _place(writing, str(receive["use"])) | {"username": user}
    if "flow" in settings or "token_url" in settings:
        parts["providers"][name] = _provider(writing)
        parts["sign_ins"][name] = _sign_in(writing)
        receive["auth"] = name
    else:
        _needed(writing, "password")
        receive["password"] = writing.secret("password")
    address = settings.get("address") or user
    parts["accounts"][name] = {
        "table": table, "address": address, "active": "false", "receive": receive,
        "access": {"create": dict(_NOBODY), "update": dict(_NOBODY)},
    }  # fmt: skip


def _place(writing: _Writing, protocol: str) -> Tree:
    settings, found = writing.block.settings, Tree()
    port = settings.get("port", "")
    starttls = settings.get("starttls", "").lower() == "true" or port in ("143", "110")
    if starttls:
        found["tls"] = "starttls"
    elif settings.get("ssl", "true").lower() == "false":
        line = writing.block.lines["ssl"]
        writing.lose(line, "mail without encryption: the account encrypts from the first byte")
    if port and port not in _PORTS[protocol]:
        found["port"] = port
    folder = settings.get("folder", "")
    if folder and folder.upper() != "INBOX" and protocol == "imap":
        found["folder"] = folder
    return found


def _protocol(writing: _Writing) -> str:
    said = writing.block.settings.get("protocol", "imap").lower().removesuffix("s")
    if said not in _PORTS:
        writing.lose(writing.block.lines["protocol"], f"the protocol `{said}`: `imap` is written")
    return said if said in _PORTS else "imap"


def _provider(writing: _Writing) -> Tree:
    block, found = writing.block, Tree()
    for name in ("authorize_url", "token_url", "device_url"):
        url = _needed(writing, name) if name == "token_url" else block.settings.get(name, "")
        if url:
            found[name] = _address(writing, name, url)
    refresh = block.settings.get("refresh_url", "")
    if refresh and refresh != block.settings["token_url"]:
        line = block.lines["refresh_url"]
        writing.lose(line, "an address of its own for renewing tokens: that of `token_url` is used")
    scopes = _scopes(writing)
    if scopes:
        found["scopes"] = scopes
    parameters = {request: lines for request in USUAL if (lines := _parameters(writing, request))}
    if parameters:
        found["parameters"] = dict(parameters)
    answers = {usual: theirs for usual, theirs in block.answers.items() if usual != theirs}
    return found | ({"answers": dict(answers)} if answers else {})


def _address(writing: _Writing, name: str, url: str) -> str:
    """Return an address without its query, which becomes parameters of the request."""
    parts, line = urlsplit(url), writing.block.lines[name]
    request = name.removesuffix("_url")
    for key, value in parse_qsl(parts.query.replace("+", "%2B"), keep_blank_values=True):
        text = placed(value)
        if isinstance(text, Unknown):
            words = f"the placeholder `%{text.name}%` in `{name}`, which is not known"
            writing.lose(line, words)
        else:
            given = writing.block.payloads.setdefault(request, {})
            given.setdefault(key, (text.replace("+", " "), line))
    if "${" in parts.netloc + parts.path:
        writing.lose(line, f"a secret in the address `{name}`: see to it by hand")
    return urlunsplit(parts._replace(query=""))


def _scopes(writing: _Writing) -> list[str]:
    """Return what to ask for, from its own setting or from where it stands among parameters."""
    said = writing.block.settings.get("scope", "")
    for request in ("authorize", "device", "token", "refresh"):
        given, _ = writing.block.payloads.get(request, {}).get("scope", ("", 0))
        if not said and given and "${" not in given:
            said = given
    return said.replace(",", " ").split()


def _parameters(writing: _Writing, request: str) -> Tree:
    """Return what a request carries besides the usual; a usual name with another in its place."""
    given = writing.block.payloads.get(request, {})
    usual, found, scopes = USUAL[request], Tree(), _scopes(writing)
    for name, (value, line) in given.items():
        text = _without_secrets(writing, value)
        text = "${client_id}" if text == writing.block.settings.get("client_id") else text
        if usual.get(name) == text or (name == "scope" and text.split() == scopes):
            continue
        if request == "token" and name == "grant_type" and text in GRANTS:
            continue
        if secretive(name) and "${" not in text:
            writing.lose(line, f"the value of `{name}`, which is secret")
            continue
        found[name] = text
    under_another = {text for text in found.values() if isinstance(text, str) and "${" in text}
    return found | {name: "" for name, text in usual.items() if text in under_another}


def _without_secrets(writing: _Writing, value: str) -> str:
    """Return a value in which no secret of the block stands."""
    for what in SECRET:
        secret = writing.block.settings.get(what, "")
        if secret and (secret == value or (len(secret) >= _LONG and secret in value)):
            value = value.replace(secret, f"${{{what}}}")
    return value


def _refuse_secrets(block: Block, text: str) -> None:
    """Refuse a text in which a secret of the block stands, wherever it came from."""
    for what in SECRET:
        secret = block.settings.get(what, "")
        if len(secret) >= _LONG and secret in text:
            words = f"the `{what}` of the block `{block.name}` also stands in another setting"
            hint = "write a reference to it there: `${...}`"
            raise Problem(Diagnostic("PR571", words, help=hint))


def _sign_in(writing: _Writing) -> Tree:
    settings, lines = writing.block.settings, writing.block.lines
    said = settings.get("flow", "manual")
    flow = FLOWS.get(folded(said).removesuffix("flow"))
    if flow is None:
        writing.lose(lines["flow"], f"the flow `{said}`: `code` is written")
    found: Tree = {"provider": writing.name, "flow": flow or "code"}
    found["client_id"] = _needed(writing, "client_id")
    payloads = [v for p in writing.block.payloads.values() for v, _ in p.values()]
    if settings.get("client_secret") or any("${client_secret}" in value for value in payloads):
        found["client_secret"] = writing.secret("client_secret")
    for ours in ("tenant", "redirect_url"):
        if settings.get(ours):
            found[ours] = settings[ours]
    for what in ("refresh_token", "access_token"):
        if settings.get(what):
            words = f"the {what.replace('_', ' ')}: sign in once more, `postroom login`"
            writing.lose(lines[what], words)
    if settings.get("password"):
        writing.lose(lines["password"], "the password, which the sign-in takes the place of")
    return found


def _needed(writing: _Writing, what: str) -> str:
    found = writing.block.settings.get(what, "")
    if not found:
        words = f"the block `{writing.block.name}` does not say its `{what}`"
        hint = f"add `{PREFIX}{what.replace('_', '.')}` to the file"
        raise Problem(Diagnostic("PR571", words, help=hint))
    return found


def _name(text: str) -> str:
    """Return a name as rule files have it."""
    kept = "".join(c if c.isascii() and c.isalnum() else "_" for c in text.lower()).strip("_")
    return kept if kept[:1].isalpha() else f"agiloft_{kept}".rstrip("_")


def _lines(tree: Tree, indent: str) -> Iterable[str]:
    for key, value in tree.items():
        name = key if key_can_be_plain(key) else json.dumps(key, ensure_ascii=False)
        match value:
            case str():
                yield f"{indent}{name}: {_scalar(value)}\n"
            case list():
                yield f"{indent}{name}: [{', '.join(map(_quoted, value))}]\n"
            case dict() if value == _NOBODY:
                yield f"{indent}{name}: [{{id: nobody_may_{name}, then: deny}}]\n"
            case dict() if set(value) == {"env"}:
                yield f"{indent}{name}: {{env: {value['env']}}}\n"
            case dict():
                yield f"{indent}{name}:\n"
                yield from _lines(value, indent + "  ")


def _scalar(value: str) -> str:
    bare = value == "false" or (value.isdecimal() and value.isascii() and value[0] != "0")
    return value if bare else _quoted(value)


def _quoted(value: str) -> str:
    plain = can_be_plain(value, in_flow=True)
    return value if plain else json.dumps(value, ensure_ascii=False)
