"""Where the servers of these tests come from."""

from __future__ import annotations

pytest_plugins = ["tests.servers.fixtures"]
