"""JMAP keeps to the contract of a transport, on a real Cyrus."""

from __future__ import annotations

from tests.plugins.contract import OurTransport


class TestJmap(OurTransport):
    usually_many = 60  # Cyrus takes its time
    in_a_run = 30
