"""Every code that a finding can have, with what it means in a few words."""

from __future__ import annotations

CODES: dict[str, str] = {
    "PR001": "the file is not valid YAML",
}
"""PR0xx file and keys, 1xx syntax, 2xx names and types, 3xx between rules, 4xx settings and
plugins, 5xx at run time. Each has a page in docs/errors/."""
