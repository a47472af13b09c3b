"""A small Microsoft Graph for tests: the part of v1.0 that mail needs, over https.

It answers as the service does: immutable ids where they are asked for, delta with pages and links,
410 for a link of an older state, 409 and 412, 429 with Retry-After for more than four requests at a
time, 403 with the words of an application access policy, 401 for a token that has ended.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from tests.servers.exchange import KNOWN, Folder, Item, Mailbox
from tests.servers.graph_calls import CallError, Calls
from tests.servers.web import Request, Response, Web

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Self

    from tests.servers.authority import Authority
    from tests.servers.ca import Certificate

AT_ONCE = 4
IMMUTABLE = 'IdType="ImmutableId"'
_NOT_THERE = "The specified object was not found in the store."
_CONFLICT = "The change key passed in the request does not match the current change key."


class GraphError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, code: str, text: str = "", **headers: str) -> None:
        super().__init__(code)
        said = {"error": {"code": code, "message": text or code}}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.response = _json(said, status, **named)


@dataclass
class Asked:
    """A request to a mailbox."""

    request: Request
    box: Mailbox
    parts: list[str]
    query: dict[str, str]
    immutable: bool
    page: int

    def id_of(self, item: Item) -> str:
        return item.immutable if self.immutable else item.id

    @property
    def fields(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.request.body)
        return found


@dataclass
class FakeGraph:
    """The service. Runs while it is entered."""

    certificate: Certificate
    issuer: Authority
    ca_file: Path | None = None
    """Whose certificates those must have who are called."""
    boxes: dict[str, Mailbox] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of every request."""
    blocked: set[str] = field(default_factory=set)
    """Mailboxes that a policy keeps the application out of."""
    answers: list[Response | Callable[[Request], Response | None]] = field(default_factory=list)
    """What is answered before anything else, one each; a function may pass with None, and stays."""
    state: int = 1
    """Raise it, and all older delta links are gone."""
    _busy: int = 0
    most_at_once: int = 0
    changing_ids: int = 0
    """How many requests did not ask for immutable ids."""

    def __post_init__(self) -> None:
        self.calls = Calls(self.ca_file)

    def __enter__(self) -> Self:
        self._web = Web(self.certificate, self._answer)
        self._web.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._web.__exit__()

    @property
    def url(self) -> str:
        return f"{self._web.base}/v1.0"

    def mailbox(self, address: str) -> Mailbox:
        return self.boxes.setdefault(address, Mailbox(address))

    def _answer(self, request: Request) -> Response:
        self.asked.append((request.method, unquote(request.path)))
        self.changing_ids += IMMUTABLE not in request.headers.get("Prefer", "")
        self._busy += 1
        self.most_at_once = max(self.most_at_once, self._busy)
        try:
            return self._scripted(request) or self._let_in(request)
        except GraphError as error:
            return error.response
        except CallError as error:
            return GraphError(*error.args).response
        finally:
            self._busy -= 1

    def _scripted(self, request: Request) -> Response | None:
        for at, each in enumerate(self.answers):
            if isinstance(each, Response):
                del self.answers[at]
                return each
            if (said := each(request)) is not None:
                return said
        return None

    def _let_in(self, request: Request) -> Response:
        """Answer whom we know. Raises GraphError, CallError."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not self.issuer.introspect(token)["active"]:
            words = "Lifetime validation failed, the token is expired."
            raise GraphError(
                401, "InvalidAuthenticationToken", words, WWW_Authenticate='Bearer realm=""'
            )
        if self._busy > AT_ONCE:
            words = "Application is over its MailboxConcurrency limit."
            raise GraphError(429, "ApplicationThrottled", words, Retry_After="1")
        url = urlsplit(request.path)
        parts = [unquote(each) for each in url.path.strip("/").split("/")]
        if parts[:2] == ["v1.0", "subscriptions"]:
            return self.calls.answer(request, parts[2:], self.boxes)
        return self._route(self._asked(request, url.query, parts))

    def _asked(self, request: Request, query: str, parts: list[str]) -> Asked:
        """Let a request into a mailbox. Raises GraphError."""
        if parts[:2] != ["v1.0", "users"]:
            raise GraphError(400, "BadRequest", f"Resource not found for the segment '{parts}'.")
        if parts[2] in self.blocked:
            words = (
                "Access to OData is disabled: [RAOP] : Blocked by tenant configured "
                "AppOnly AccessPolicy settings."
            )
            raise GraphError(403, "ErrorAccessDenied", words)
        if parts[2] not in self.boxes:
            words = f"The requested user '{parts[2]}' is invalid."
            raise GraphError(404, "ErrorInvalidUser", words)
        prefer = request.headers.get("Prefer", "")
        _, _, page = prefer.partition("odata.maxpagesize=")
        named = dict(parse_qsl(query))
        box = self.boxes[parts[2]]
        return Asked(request, box, parts[3:], named, IMMUTABLE in prefer, int(page or 10))

    def _route(self, asked: Asked) -> Response:
        match asked.parts:
            case ["mailFolders", folder]:
                return _json(_folder_json(_folder(asked.box, folder)))
            case ["mailFolders", folder, *what]:
                return self._of_folder(asked, _folder(asked.box, folder), what)
            case ["messages", key, *what]:
                return self._of_message(asked, _item(asked, key), what)
            case ["sendMail"]:
                asked.box.sent.append(base64.b64decode(asked.request.body, validate=True))
                return Response(202)
            case _:
                raise GraphError(400, "BadRequest", "Resource not found for the segment.")

    def _of_folder(self, asked: Asked, folder: Folder, what: list[str]) -> Response:
        match what:
            case ["childFolders"]:
                return self._children(asked, folder)
            case ["messages", "delta"]:
                return self._delta(asked, folder)
            case ["messages"]:
                return self._messages(asked, folder)
            case _:
                raise GraphError(400, "BadRequest", "Resource not found for the segment.")

    def _of_message(self, asked: Asked, item: Item, what: list[str]) -> Response:
        match what:
            case []:
                return self._message(asked, item)
            case ["$value"]:
                return self._value(item)
            case ["move"]:
                asked.box.move(item, _folder(asked.box, asked.fields["destinationId"]))
                return _json(_item_json(asked, item), 201)
            case _:
                raise GraphError(400, "BadRequest", "Resource not found for the segment.")

    def _children(self, asked: Asked, folder: Folder) -> Response:
        inside = asked.box.children(folder)
        if asked.request.method == "POST":
            name = asked.fields["displayName"]
            if any(each.name.casefold() == name.casefold() for each in inside):
                raise GraphError(409, "ErrorFolderExists", "A folder of this name exists.")
            return _json(_folder_json(asked.box.make(name, folder)), 201)
        skip = int(asked.query.get("$skip", 0))
        said: dict[str, Any] = {"value": [_folder_json(each) for each in inside[skip:][:10]]}
        if len(inside) > skip + 10:
            said["@odata.nextLink"] = self._link(asked, f"$skip={skip + 10}")
        return _json(said)

    def _delta(self, asked: Asked, folder: Folder) -> Response:
        """Answer with a page: of all messages, the newest first, or of what changed since."""
        token = asked.query.get("$skiptoken") or asked.query.get("$deltatoken")
        kind, state, at, until = (token or f"all|{self.state}|0|{len(folder.log)}").split("|")
        if int(state) != self.state:
            raise GraphError(410, "syncStateNotFound", "All changes should be resynced.")
        found: list[dict[str, Any]]
        if kind == "all":
            items = sorted(folder.items.values(), key=lambda item: item.received, reverse=True)
            found = [_item_json(asked, item) for item in items]
        else:
            until = str(len(folder.log))
            found = [_change_json(asked, folder, item) for _, item in folder.log[int(at) :]]
        first = int(at) if kind == "all" else 0
        page = found[first:][: asked.page]
        done = first + len(page)
        if done < len(found):
            rest = f"all|{state}|{done}|{until}" if kind == "all" else (
                f"since|{state}|{int(at) + done}|0"
            )  # fmt: skip
            return _json({"value": page, "@odata.nextLink": self._link(asked, _skip(rest))})
        link = self._link(asked, f"$deltatoken={quote(f'since|{state}|{until}|0')}")
        return _json({"value": page, "@odata.deltaLink": link})

    def _messages(self, asked: Asked, folder: Folder) -> Response:
        newest = asked.query.get("$orderby") == "receivedDateTime desc"
        items = sorted(folder.items.values(), key=lambda item: item.received, reverse=newest)
        top = int(asked.query.get("$top", 10))
        return _json({"value": [_item_json(asked, item) for item in items[:top]]})

    def _message(self, asked: Asked, item: Item) -> Response:
        match asked.request.method:
            case "PATCH":
                wanted = asked.request.headers.get("If-Match")
                if wanted is not None and wanted != item.etag:
                    raise GraphError(412, "ErrorIrresolvableConflict", _CONFLICT)
                item.is_read = asked.fields.get("isRead", item.is_read)
                item.categories = asked.fields.get("categories", item.categories)
                if "flag" in asked.fields:
                    item.flagged = asked.fields["flag"]["flagStatus"] == "flagged"
                asked.box.touch(item)
            case "DELETE":
                asked.box.delete(item)
                return Response(204)
            case _:
                pass
        return _json(_item_json(asked, item))

    def _value(self, item: Item) -> Response:
        if item.poison:
            raise GraphError(500, "ErrorInternalServerError", "Content conversion failed.")
        return Response(200, item.mime, {"Content-Type": "text/plain"})

    def _link(self, asked: Asked, query: str) -> str:
        return f"{self._web.base}{urlsplit(asked.request.path).path}?{query}"


def _skip(token: str) -> str:
    return f"$skiptoken={quote(token)}"


def _json(said: object, status: int = 200, **headers: str) -> Response:
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return Response(status, json.dumps(said).encode(), {**kind, **headers})


def _folder(box: Mailbox, key: str) -> Folder:
    if key.lower() in (*KNOWN, "msgfolderroot"):
        return box.known(key.lower())
    if key in box.folders:
        return box.folders[key]
    raise GraphError(404, "ErrorItemNotFound", _NOT_THERE)


def _item(asked: Asked, key: str) -> Item:
    if (item := asked.box.find(key)) is not None:
        return item
    raise GraphError(404, "ErrorItemNotFound", _NOT_THERE)


def _folder_json(folder: Folder) -> dict[str, Any]:
    return {
        "id": folder.id, "displayName": folder.name, "totalItemCount": len(folder.items),
        "unreadItemCount": sum(not each.is_read for each in folder.items.values()),
    }  # fmt: skip


def _item_json(asked: Asked, item: Item) -> dict[str, Any]:
    received = item.received.isoformat().replace("+00:00", "Z")
    found: dict[str, Any] = {
        "parentFolderId": item.folder.id, "receivedDateTime": received, "isRead": item.is_read,
        "categories": item.categories,
        "flag": {"flagStatus": "flagged" if item.flagged else "notFlagged"},
    }  # fmt: skip
    wanted = asked.query.get("$select", "").split(",")
    chosen = {k: v for k, v in found.items() if wanted == [""] or k in wanted}
    return {"id": asked.id_of(item), "@odata.etag": item.etag, **chosen}


def _change_json(asked: Asked, folder: Folder, item: Item) -> dict[str, Any]:
    if item.folder is not folder or item.id not in folder.items:
        return {"id": asked.id_of(item), "@removed": {"reason": "deleted"}}
    return _item_json(asked, item)
