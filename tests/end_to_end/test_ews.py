"""From Exchange Web Services to a record, as soon as the server tells of it."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

from tests.end_to_end.desk import mail
from tests.servers.ews import PASSWORD, USER

if TYPE_CHECKING:
    from tests.end_to_end.desk import Desk
    from tests.servers.ca import LocalCA
    from tests.servers.ews import FakeEws

ADDRESS = "support@kestrel.example"


def test_a_new_message_is_a_record_at_once_and_ctrl_c_ends_cleanly(
    desk: Desk, ews: FakeEws, ca: LocalCA
) -> None:
    """It would be looked for in ten minutes."""
    desk.environment["EXCHANGE_PASSWORD"] = PASSWORD
    mailbox = ews.mailbox(ADDRESS)
    receive = (
        f"{{use: ews, url: {ews.url}, mailbox: {ADDRESS}, username: {USER}, method: basic, "
        f"password: {{env: EXCHANGE_PASSWORD}}, ca_file: {ca.ca_file}, poll_every: 10m}}"
    )
    desk.write(support=receive)
    engine = desk.start("--json")
    try:
        assert ews.streams.open.wait(60)
        mailbox.deliver(mail(1))
        assert engine.stdout is not None
        assert any(json.loads(line)["event"] == "committed" for line in engine.stdout)
        engine.send_signal(signal.SIGINT)
        assert engine.wait(30) == 0
    finally:
        engine.kill()
        engine.communicate()
    assert ews.streams.known == {}, "the server need not keep notices for us any more"
