"""Where a message lies in Amazon S3, and how it is asked for: Signature Version 4, by hand."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postroom.model.settings import Secret

_NOTHING: Final = sha256(b"").hexdigest()
_METHOD: Final = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket, and a key that may read it."""

    name: str
    region: str
    access_key: str
    secret: Secret
    domain: str = "amazonaws.com"

    def asks(
        self, key: str, now: float, more: Mapping[str, str] | None = None
    ) -> tuple[str, dict[str, str]]:
        """Return address and headers of a request for an object; now in seconds since 1970."""
        host = f"{self.name}.s3.{self.region}.{self.domain}"
        when = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
        headers = {"host": host, "x-amz-content-sha256": _NOTHING, "x-amz-date": when}
        path = "/" + quote(key, safe="/-_.~")
        return f"https://{host}{path}", self.signed(path, {**headers, **(more or {})})

    def signed(self, path: str, headers: Mapping[str, str]) -> dict[str, str]:
        """Return headers with a signature over them: names in small letters, `x-amz-date` among."""
        when = headers["x-amz-date"]
        names = ";".join(sorted(headers))
        lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        asked = f"GET\n{path}\n\n{lines}\n{names}\n{_NOTHING}"
        scope = f"{when[:8]}/{self.region}/s3/aws4_request"
        text = f"{_METHOD}\n{when}\n{scope}\n{sha256(asked.encode()).hexdigest()}"
        key = f"AWS4{self.secret.reveal()}".encode()
        for each in scope.split("/"):
            key = hmac.new(key, each.encode(), sha256).digest()
        signature = hmac.new(key, text.encode(), sha256).hexdigest()
        shown = f"Credential={self.access_key}/{scope},SignedHeaders={names},Signature={signature}"
        return {**headers, "authorization": f"{_METHOD} {shown}"}
