"""The notifiers keep to their contract."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.plugins.smtp.desks import FileDesk, SmtpDesk

from postroom.testing.notifier_contract import Desk, MailContract

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.ca import Certificate, LocalCA


class TestSmtpImplicitTls(MailContract):
    @pytest.fixture
    def desk(self, ca: LocalCA, certificate: Certificate) -> Iterator[Desk]:
        with closing(SmtpDesk(ca, certificate, implicit=True)) as desk:
            yield desk


class TestSmtpStartTls(MailContract):
    @pytest.fixture
    def desk(self, ca: LocalCA, certificate: Certificate) -> Iterator[Desk]:
        with closing(SmtpDesk(ca, certificate, implicit=False)) as desk:
            yield desk


class TestFile(MailContract):
    @pytest.fixture
    def desk(self, tmp_path: Path) -> Desk:
        return FileDesk(tmp_path)
