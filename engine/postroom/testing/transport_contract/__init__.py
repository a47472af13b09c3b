"""The suite that every transport must pass, ours and everybody's.

Subclass `TransportContract` in a test module of your own, and give it a pytest fixture named
`mailbox` that returns a `Mailbox`: an empty mailbox on a real server, or in a real folder.

    class TestMyTransport(TransportContract):
        @pytest.fixture
        def mailbox(self, tmp_path):
            return MyMailbox(tmp_path)
"""

from __future__ import annotations

from postroom.testing.transport_contract.fetching import FetchingContract
from postroom.testing.transport_contract.looking import LookingContract
from postroom.testing.transport_contract.mailbox import Mailbox, Trouble, Troubled
from postroom.testing.transport_contract.means import Ledger, action_for, fetch, message
from postroom.testing.transport_contract.poison import PoisonContract
from postroom.testing.transport_contract.positions import PositionsContract
from postroom.testing.transport_contract.settling import SettlingContract
from postroom.testing.transport_contract.trouble import TroubleContract

__all__ = [
    "Ledger", "Mailbox", "TransportContract", "Trouble", "Troubled",
    "action_for", "fetch", "message",
]  # fmt: skip


class TransportContract(
    FetchingContract,
    PositionsContract,
    TroubleContract,
    PoisonContract,
    SettlingContract,
    LookingContract,
):
    """What the engine relies on. Each test gets an empty mailbox."""
