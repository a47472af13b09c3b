"""Maildir, mbox and .eml folders keep to the contract of a transport."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.plugins.files.boxes import EmlFolder, MaildirBox, MboxFile

from postroom.testing.transport_contract import Mailbox, TransportContract

if TYPE_CHECKING:
    from pathlib import Path


class TestMaildir(TransportContract):
    @pytest.fixture
    def mailbox(self, tmp_path: Path) -> Mailbox:
        return MaildirBox(tmp_path)


class TestMbox(TransportContract):
    @pytest.fixture
    def mailbox(self, tmp_path: Path) -> Mailbox:
        return MboxFile(tmp_path)


class TestEml(TransportContract):
    @pytest.fixture
    def mailbox(self, tmp_path: Path) -> Mailbox:
        return EmlFolder(tmp_path)
