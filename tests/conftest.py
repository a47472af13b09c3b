"""Real servers for whoever asks for them; pytest wants to hear of plugins here and nowhere else."""

from __future__ import annotations

pytest_plugins = ["tests.servers.fixtures"]
