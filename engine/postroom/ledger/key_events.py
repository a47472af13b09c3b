"""The audit entries of what people do to the keys of record tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from postroom.model.batch import Entry
from postroom.model.plain import plain_object
from postroom.model.sealing import Hidden, pointer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

KeyAct = Literal["key_rotated", "key_revoked", "record_tokens_revoked"]


def keys_changed(  # noqa: PLR0913 - an entry has that many parts
    act: KeyAct,
    what: Mapping[str, Any],
    now: datetime,
    salt: Callable[[], bytes],
    *,
    request: str,
    by: str,
    reason: str = "",
) -> Entry:
    """Return the entry for an act of somebody; `what` says what it did, and never holds a secret.

    An engine that dies over a request does it at its next start: an entry that is there twice has
    the same request.
    """
    hidden = Hidden(salt)
    body = {
        "recorded_at": now,
        "request": request,
        "by": hidden.hide(pointer("by"), by),
        "reason": hidden.hide(pointer("reason"), reason),
        **what,
    }
    return Entry(act, plain_object(body), hidden.rows)
