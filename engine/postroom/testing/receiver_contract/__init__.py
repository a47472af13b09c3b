"""The suite that every receiver must pass, ours and everybody's.

Subclass `ReceiverContract` in a test module of your own, and give it a pytest fixture named `line`
that returns a `Line`: a way to open your receiver for a counter, and to send mail to it.

    class TestMyReceiver(ReceiverContract):
        @pytest.fixture
        def line(self, tmp_path):
            return MyLine(tmp_path)
"""

from __future__ import annotations

from postroom.testing.receiver_contract.answering import AnsweringContract
from postroom.testing.receiver_contract.line import (
    ADDRESS,
    OTHER,
    Breakable,
    Clerk,
    Line,
    Told,
    message,
)
from postroom.testing.receiver_contract.opening import OpeningContract
from postroom.testing.receiver_contract.trouble import TroubleContract

__all__ = [
    "ADDRESS", "OTHER", "Breakable", "Clerk", "Line", "ReceiverContract", "Told", "message",
]  # fmt: skip


class ReceiverContract(AnsweringContract, TroubleContract, OpeningContract):
    """What senders rely on."""
