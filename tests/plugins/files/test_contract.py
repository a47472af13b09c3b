"""Maildir, mbox and .eml folders keep to the contract of a transport."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.plugins.contract import OurTransport
from tests.plugins.files.boxes import EmlFolder, MaildirBox, MboxFile

if TYPE_CHECKING:
    from pathlib import Path

    from postroom.testing.transport_contract import Mailbox


class TestMaildir(OurTransport):
    @pytest.fixture
    def mailbox(self, tmp_path: Path) -> Mailbox:
        return MaildirBox(tmp_path)


class TestMbox(OurTransport):
    @pytest.fixture
    def mailbox(self, tmp_path: Path) -> Mailbox:
        return MboxFile(tmp_path)


class TestEml(OurTransport):
    @pytest.fixture
    def mailbox(self, tmp_path: Path) -> Mailbox:
        return EmlFolder(tmp_path)
