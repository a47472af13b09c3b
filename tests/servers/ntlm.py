"""The side of a server in NTLM over HTTP ([MS-NTHT]), by pyspnego as an acceptor.

It lets in a connection, not a request, and wants the client to have seen the certificate that it
shows itself, as Exchange does where Extended Protection is on (RFC 5929 4).
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import spnego
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate
from spnego.channel_bindings import GssChannelBindings
from spnego.exceptions import SpnegoError

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from tests.servers.ca import Certificate
    from tests.servers.web import Request


@dataclass
class Ntlm:
    """What lets connections in."""

    bindings: GssChannelBindings
    handshakes: int = 0
    """How many were begun."""

    @classmethod
    def knowing(
        cls, user: str, password: str, folder: Path, certificate: Certificate,
        patch: pytest.MonkeyPatch,
    ) -> Ntlm:  # fmt: skip
        """Return one that knows a user, `DOMAIN\\name`."""
        users = folder / "ntlm-users"
        users.write_text(user.replace("\\", ":") + f":{password}\n", "utf-8")
        patch.setenv("NTLM_USER_FILE", str(users))  # the only way to tell an acceptor
        shown = load_pem_x509_certificate(certificate.cert.read_bytes())
        digest = hashlib.sha256(shown.public_bytes(Encoding.DER)).digest()
        return cls(GssChannelBindings(application_data=b"tls-server-end-point:" + digest))

    def wants(self, request: Request) -> str:
        """Return what must be answered in `WWW-Authenticate`; "" if the connection is let in."""
        connection = request.connection
        kind, _, shown = request.headers.get("Authorization", "").partition(" ")
        if connection.user and not shown:
            return ""
        if kind != "NTLM":
            return "NTLM"
        step = connection.handshake
        if not isinstance(step, spnego.ContextProxy):
            self.handshakes += 1
            step = connection.handshake = spnego.server(
                protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm,
                channel_bindings=self.bindings,
            )  # fmt: skip
        try:
            challenge = step.step(base64.b64decode(shown))
        except SpnegoError:
            connection.handshake = None
            return "NTLM"
        if challenge is not None:
            return "NTLM " + base64.b64encode(challenge).decode()
        connection.handshake, connection.user = None, str(step.client_principal)
        return ""
