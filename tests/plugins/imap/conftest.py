"""What the tests of IMAP share."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.plugins.imap.box import Box

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.ca import LocalCA
    from tests.servers.dovecot import User


@pytest.fixture
def box(user: User, ca: LocalCA) -> Iterator[Box]:
    """Return an empty mailbox on a real Dovecot."""
    with closing(Box(user, ca)) as made:
        yield made
