"""Change notifications as Graph sends them: it calls those who asked for it, over https."""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlsplit

from tests.servers.web import Response

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.exchange import Folder, Item, Mailbox
    from tests.servers.web import Request

_LONGEST = timedelta(minutes=10_080)
_NO_ECHO = (
    "Subscription validation request failed. Notification endpoint must respond with 200 OK to "
    "validation request."
)
_TOKEN = "Validation: Testing client application reachability for subscription <Ü> Request-Id: "


class CallError(Exception):
    """Why nobody will be called: a status, a code and words."""


@dataclass(eq=False)
class Subscription:
    """Who wants to be called about a folder."""

    key: str
    box: Mailbox
    folder: Folder
    asked: dict[str, Any]
    until: str

    @property
    def said(self) -> dict[str, Any]:
        """What is told of it; never the secret."""
        told = {k: v for k, v in self.asked.items() if k != "clientState"}
        return {**told, "id": self.key, "expirationDateTime": self.until}


@dataclass
class Calls:
    """All subscriptions of a server."""

    ca_file: Path | None
    known: dict[str, Subscription] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)
    """What notices were answered with."""
    silent: bool = False
    """Whether nobody is called any more, as when a firewall stands in between."""
    _numbers: count[int] = field(default_factory=count)

    def answer(self, request: Request, parts: list[str], boxes: dict[str, Mailbox]) -> Response:
        """Answer a request to `/subscriptions`. Raises CallError."""
        match request.method, parts:
            case "GET", []:
                return _json({"value": [each.said for each in self.known.values()]})
            case "POST", []:
                return _json(self._subscribe(json.loads(request.body), boxes).said, 201)
            case "PATCH", [key]:
                found = self._known(key)
                found.until = _checked(json.loads(request.body)["expirationDateTime"])
                return _json(found.said)
            case "DELETE", [key]:
                del self.known[self._known(key).key]
                return Response(204)
            case _:
                raise CallError(405, "Request_BadRequest", "This method is not allowed.")

    def lifecycle(self, event: str) -> None:
        """Tell of what became of the subscriptions."""
        for each in self.known.values():
            said = {"lifecycleEvent": event}
            self._call(each, each.asked["lifecycleNotificationUrl"], said)

    def _known(self, key: str) -> Subscription:
        if key not in self.known:
            raise CallError(404, "ResourceNotFound", "The object was not found.")
        return self.known[key]

    def _subscribe(self, asked: dict[str, Any], boxes: dict[str, Mailbox]) -> Subscription:
        users, address, _, folder, _ = asked["resource"].split("/")
        assert (users, asked["changeType"]) == ("users", "created")
        assert len(asked["clientState"]) <= 128
        box = boxes[address]
        until = _checked(asked["expirationDateTime"])
        for url in (asked["notificationUrl"], asked["lifecycleNotificationUrl"]):
            self._validate(url)
        key = f"{next(self._numbers):08}-subscription"
        made = Subscription(key, box, box.folders[folder], asked, until)
        self.known[made.key] = made
        box.watchers.append(lambda folder, item: self._tell(made, folder, item))
        return made

    def _validate(self, url: str) -> None:
        token = f"{_TOKEN}{next(self._numbers)}"
        try:
            status, kind, body = self._post(f"{url}?validationToken={quote_plus(token)}", b"")
        except (OSError, http.client.HTTPException):
            raise CallError(400, "ValidationError", _NO_ECHO) from None
        if (status, kind.partition(";")[0], body) != (200, "text/plain", token.encode()):
            raise CallError(400, "ValidationError", _NO_ECHO)

    def _tell(self, subscription: Subscription, folder: Folder, item: Item) -> None:
        if subscription.key in self.known and folder is subscription.folder:
            what = f"Users/{subscription.box.address}/Messages/{item.immutable}"
            said = {"changeType": "created", "resource": what}
            self._call(subscription, subscription.asked["notificationUrl"], said)

    def _call(self, subscription: Subscription, url: str, said: dict[str, str]) -> None:
        notice = {
            "subscriptionId": subscription.key,
            "clientState": subscription.asked["clientState"],
            "subscriptionExpirationDateTime": subscription.until,
            **said,
        }
        if not self.silent:
            self.statuses.append(self._post(url, json.dumps({"value": [notice]}).encode())[0])

    def _post(self, url: str, body: bytes) -> tuple[int, str, bytes]:
        there = urlsplit(url)
        context = ssl.create_default_context(cafile=self.ca_file)
        line = http.client.HTTPSConnection(there.netloc, timeout=10, context=context)
        try:
            kind = {"Content-Type": "application/json" if body else "text/plain; charset=utf-8"}
            line.request("POST", url.removeprefix(f"https://{there.netloc}"), body, kind)
            answer = line.getresponse()
            return answer.status, answer.headers["Content-Type"], answer.read()
        finally:
            line.close()


def _checked(until: str) -> str:
    left = datetime.fromisoformat(until) - datetime.now(UTC)  # noqa: TID251 - the server's clock
    if not timedelta(0) < left <= _LONGEST:
        words = "Subscription expiration can only be 10080 minutes in the future."
        raise CallError(400, "ExtensionError", words)
    return until


def _json(said: object, status: int = 200) -> Response:
    return Response(status, json.dumps(said).encode(), {"Content-Type": "application/json"})
