from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.plugins.contract import OurReceiver
from tests.plugins.lmtp.line import LmtpLine
from tests.servers.ports import free_ports

from postroom_lmtp.settings import LmtpSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postroom.testing.receiver_contract import Line


class TestLmtp(OurReceiver):
    @pytest.fixture(params=["tcp", "unix"])
    def line(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Line]:
        if request.param == "tcp":
            settings = LmtpSettings(port=free_ports(1)[0])
        else:
            settings = LmtpSettings(socket=tmp_path / "lmtp")
        line = LmtpLine(settings)
        yield line
        for each in line.opened:
            each.close()
