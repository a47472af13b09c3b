"""What each provider's requests look like, but for Amazon's."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any, Final

from postroom.hooks.http_talk import RefusedError
from postroom_webhook.forms import fields, text
from postroom_webhook.proof import Tokens, check_hmac, check_password, check_time, forged
from postroom_webhook.request import Mail

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postroom.hooks.http_talk import Request
    from postroom.model.settings import Secret
    from postroom_webhook.settings import WebhookSettings

_UNFIT: Final = 422
_LONGEST_TOKEN: Final = 200


class Signed:
    """A message as it is, with a signature in the headers.

    `Postroom-Signature` is the HMAC-SHA256, in hex, of four things with a line feed behind each of
    the first three: `Postroom-Timestamp`, `Postroom-Mail-From`, `Postroom-Rcpt-To`, and the body.
    """

    never = _UNFIT

    def __init__(self, settings: WebhookSettings, secret: Secret) -> None:
        self._secret = secret
        self._window = settings.seconds

    def admit(self, headers: Mapping[str, str]) -> None:
        """Want a signature."""
        if not headers.get("postroom-signature"):
            raise forged()

    def read(self, request: Request, now: float) -> Mail:
        """Return the body, once it is known whose it is."""
        told = [
            request.header(f"postroom-{name}") for name in ("timestamp", "mail-from", "rcpt-to")
        ]
        signed = "".join(f"{each}\n" for each in told).encode("latin-1") + request.body
        check_hmac(self._secret, signed, request.header("postroom-signature"))
        timestamp, sender, recipients = told
        check_time(timestamp, now, self._window)
        given = tuple(each.strip() for each in recipients.split(",") if each.strip())
        mail_from = sender.strip("<>") if sender else None
        return Mail(request.body, mail_from, tuple(_utf8(each).strip("<>") for each in given))


class Mailgun:
    """A route that forwards to a URL that ends with `mime`: a form with the message in it.

    Its signature covers a time and a token, but not the message: so a token is for one message.
    """

    never = 406

    def __init__(self, settings: WebhookSettings, secret: Secret) -> None:
        self._secret = secret
        self._window = settings.seconds
        self._tokens = Tokens(settings.seconds)

    def admit(self, headers: Mapping[str, str]) -> None:
        """Let it in: what is to be proved is in the form."""

    def read(self, request: Request, now: float) -> Mail:
        """Return the field `body-mime`."""
        form = fields(request)
        timestamp, token = text(form, "timestamp"), text(form, "token")
        if not token or len(token) > _LONGEST_TOKEN:
            raise forged()
        check_hmac(self._secret, f"{timestamp}{token}".encode(), text(form, "signature"))
        check_time(timestamp, now, self._window)
        raw = form.get("body-mime", b"")
        if not raw:
            raise RefusedError(self.never, "there is no `body-mime`: let the URL end with `mime`")
        self._tokens.check(token, raw, now)
        recipients = tuple(
            filter(None, (each.strip() for each in text(form, "recipient").split(",")))
        )
        return Mail(raw, text(form, "sender") or None, recipients)


class SendGrid:
    """Inbound Parse with "POST the raw, full MIME message"."""

    never = _UNFIT

    def __init__(self, settings: WebhookSettings) -> None:
        self._settings = settings

    def admit(self, headers: Mapping[str, str]) -> None:
        """Compare the password, if there is one."""
        if self._settings.secret is not None:
            check_password(self._settings.username, self._settings.secret, headers)

    def read(self, request: Request, now: float) -> Mail:
        """Return the field `email`."""
        if self._settings.public_key is not None:
            self._check_signature(request, self._settings.public_key, now)
        form = fields(request)
        raw = form.get("email", b"")
        if not raw:
            raise RefusedError(self.never, "there is no `email`: let Inbound Parse send raw MIME")
        envelope = json_object(form.get("envelope", b"{}"))
        recipients, sender = envelope.get("to"), envelope.get("from")
        return Mail(raw, sender if isinstance(sender, str) else None, texts(recipients))

    def _check_signature(self, request: Request, public_key: str, now: float) -> None:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.serialization import load_der_public_key

        timestamp = request.header("x-twilio-email-event-webhook-timestamp")
        signature = request.header("x-twilio-email-event-webhook-signature")
        try:
            key = load_der_public_key(base64.b64decode(public_key))
            if not isinstance(key, EllipticCurvePublicKey):
                raise forged()
            signed = timestamp.encode("latin-1") + request.body
            key.verify(base64.b64decode(signature), signed, ECDSA(SHA256()))
        except (InvalidSignature, ValueError):
            raise forged() from None
        check_time(timestamp, now, self._settings.seconds)


class Postmark:
    """An inbound stream with "include raw email content in JSON payload"."""

    never = 403

    def __init__(self, settings: WebhookSettings, secret: Secret) -> None:
        self._username = settings.username
        self._secret = secret

    def admit(self, headers: Mapping[str, str]) -> None:
        """Compare the password."""
        check_password(self._username, self._secret, headers)

    def read(self, request: Request, now: float) -> Mail:
        """Return `RawEmail`."""
        del now
        told = json_object(request.body)
        raw = told.get("RawEmail")
        if not isinstance(raw, str) or not raw:
            raise RefusedError(self.never, "there is no `RawEmail`: have it included")
        return Mail(raw.encode("utf-8", "replace"), None, texts([told.get("OriginalRecipient")]))


def json_object(body: bytes) -> dict[str, Any]:
    """Return an object of JSON. Raises RefusedError."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise RefusedError(400, "an object of JSON is wanted")
    return found


def texts(found: object) -> tuple[str, ...]:
    """Return those of a list that are texts."""
    if not isinstance(found, list):
        return ()
    return tuple(each for each in found if isinstance(each, str) and each)


def from_base64(words: str) -> bytes:
    """Return what words stand for. Raises RefusedError."""
    try:
        return base64.b64decode(words, validate=True)
    except (binascii.Error, ValueError):
        raise RefusedError(400, "the Base64 is broken") from None


def _utf8(header: str) -> str:
    """Return a header, whose bytes came as Latin-1, as what it was meant to be."""
    return header.encode("latin-1").decode("utf-8", "replace")
