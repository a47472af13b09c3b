"""What all tests share."""

from __future__ import annotations

from hypothesis import settings

# Real servers for whoever asks for them; pytest wants to hear of plugins here and nowhere else.
pytest_plugins = ["tests.servers.fixtures"]

# Laws are about what is true, not about how fast it shows: a busy machine must not refute one.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
