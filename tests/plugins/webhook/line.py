"""Both ends of a webhook: the receiver, and a provider that sends requests."""

from __future__ import annotations

import http.client
import ssl
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from tests.plugins.webhook.requests import AMAZON, DATED, SENDERS, Sent

from postroom_webhook.receiver import WebhookReceiver
from postroom_webhook.sns import Ses

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from postroom.hooks.contracts import Counter
    from postroom.testing.receiver_contract import Told
    from postroom_webhook.settings import WebhookSettings


@dataclass
class WebhookLine:
    shape: str
    """Which of the senders; the provider, but for one that has two ways."""
    settings: WebhookSettings
    ca_file: Path | None = None
    several_recipients: bool = False
    opened: list[WebhookReceiver] = field(default_factory=list)

    def receiver(self, counter: Counter) -> WebhookReceiver:
        made = WebhookReceiver(self.settings, counter)
        if self.settings.provider == "ses":
            made._shape = Ses(self.settings, AMAZON.get)
        self.opened.append(made)
        return made

    def connect(self) -> http.client.HTTPConnection:
        if self.ca_file is None:
            return http.client.HTTPConnection("127.0.0.1", self.settings.port, timeout=20)
        context = ssl.create_default_context(cafile=self.ca_file)
        return http.client.HTTPSConnection(
            "localhost", self.settings.port, timeout=20, context=context
        )

    def request(self, raw: bytes, recipients: Sequence[str], sender: str = "", **more: Any) -> Sent:
        """Return a request as this provider sends it, at this time."""
        now = more.pop("now", time.time())
        sent: Sent = SENDERS[self.shape](raw, recipients, sender, now, **more)
        return sent

    def post(self, sent: Sent, method: str = "POST", path: str = "/") -> tuple[int, str]:
        """Send it over a new connection; return the status and the words."""
        connection = self.connect()
        try:
            connection.request(method, path, sent.body, sent.headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except http.client.HTTPException as error:
            raise ConnectionResetError(str(error)) from None
        finally:
            connection.close()

    def send(self, raw: bytes, recipients: Sequence[str], sender: str = "") -> list[Told]:
        return self.told(self.request(raw, recipients, sender))

    def told(self, sent: Sent) -> list[Told]:
        status, _ = self.post(sent)
        if status < 300:
            return ["taken"]
        return ["later" if status >= 500 else "never"]

    def break_off(self, raw: bytes, recipients: Sequence[str]) -> None:
        connection, sent = self.connect(), self.request(raw, recipients)
        connection.putrequest("POST", "/")
        for name, value in {**sent.headers, "Content-Length": str(len(sent.body))}.items():
            connection.putheader(name, value)
        connection.endheaders(sent.body[: len(sent.body) // 2])
        connection.close()

    def send_late(self, raw: bytes, recipients: Sequence[str]) -> list[Told]:
        if self.shape not in DATED:
            pytest.skip("a password in the URL does not end")
        now = time.time() - self.settings.seconds - 60
        return self.told(self.request(raw, recipients, now=now))
