"""What the exit code of every verb means."""

from __future__ import annotations

FINE = 0
FINDINGS = 1
"""Something was found: mistakes in rules, failed cases, nothing that matches."""
WRONG_USE = 2
"""The command line itself was wrong; click's own code for it."""
OUTSIDE = 3
"""The outside world failed: a server, a disk, a secret, another engine."""
INTERRUPTED = 130
"""What a shell expects of what SIGINT has ended: 128 and its number."""
