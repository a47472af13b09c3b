"""The webhook keeps to the contract of a receiver, in the shape of every provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.plugins.contract import OurReceiver
from tests.plugins.webhook.line import WebhookLine
from tests.plugins.webhook.requests import SENDERS, settings
from tests.servers.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.ca import Certificate, LocalCA

    from postroom.testing.receiver_contract import Line


class TestBehindAProxy(OurReceiver):
    @pytest.fixture(params=sorted(SENDERS))
    def line(self, request: pytest.FixtureRequest) -> Iterator[Line]:
        line = WebhookLine(request.param, settings(request.param, port=free_ports(1)[0]))
        yield line
        for each in line.opened:
            each.close()


class TestWithACertificateOfItsOwn(OurReceiver):
    @pytest.fixture
    def line(self, ca: LocalCA, certificate: Certificate) -> Iterator[Line]:
        files = {"certificate": certificate.cert, "key": certificate.key}
        told = settings("signed", port=free_ports(1)[0], **files)
        line = WebhookLine("signed", told, ca.ca_file)
        yield line
        for each in line.opened:
            each.close()
