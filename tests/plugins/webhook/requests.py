"""Requests in the shape of each provider, written by us after what their pages say."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_from_bytes, unquote, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from postroom.model.settings import Secret
from postroom_webhook.s3 import Bucket
from postroom_webhook.settings import WebhookSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KEY = "xyzzy-webhook-47"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:kestrel-mail"
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1234.pem"
SUBSCRIBE_URL = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=abc"
BUCKET = Bucket("kestrel-mail", "eu-west-1", "AKIAKESTREL", Secret(KEY))
BOUNDARY = "----kestrel7MA4YWxk"


@dataclass(frozen=True)
class Sent:
    """A request as a provider sends it."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    def with_header(self, name: str, value: str) -> Sent:
        return replace(self, headers={**self.headers, name: value})


def signed(
    raw: bytes, to: Sequence[str], sender: str, now: float, *, key: str = KEY, **_: Any
) -> Sent:
    told = [str(int(now)), f"<{sender}>", ", ".join(to)]
    text = "".join(f"{each}\n" for each in told).encode() + raw
    names = ("Postroom-Timestamp", "Postroom-Mail-From", "Postroom-Rcpt-To")
    signature = hmac.new(key.encode(), text, sha256).hexdigest()
    return Sent(raw, {**dict(zip(names, told, strict=True)), "Postroom-Signature": signature})


def multipart(fields: dict[str, bytes]) -> Sent:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        + value
        + b"\r\n"
        for name, value in fields.items()
    ]
    kind = f'multipart/form-data; boundary="{BOUNDARY}"'
    return Sent(b"".join(parts) + f"--{BOUNDARY}--\r\n".encode(), {"Content-Type": kind})


def urlencoded(fields: dict[str, bytes]) -> Sent:
    body = "&".join(f"{name}={quote_from_bytes(value)}" for name, value in fields.items())
    return Sent(body.encode(), {"Content-Type": "application/x-www-form-urlencoded"})


def mailgun(
    raw: bytes, to: Sequence[str], sender: str, now: float, *, key: str = KEY, **more: Any
) -> Sent:
    form = more.get("form", multipart)
    token = more.get("token") or sha256(raw).hexdigest()[:50]
    signature = hmac.new(key.encode(), f"{int(now)}{token}".encode(), sha256).hexdigest()
    told = {
        "recipient": ",".join(to), "sender": sender, "from": sender, "subject": "x",
        "timestamp": str(int(now)), "token": token, "signature": signature,
    }  # fmt: skip
    sent: Sent = form({**{name: each.encode() for name, each in told.items()}, "body-mime": raw})
    return sent


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"postroom:{password}".encode()).decode()


def sendgrid(
    raw: bytes, to: Sequence[str], sender: str, now: float, *, key: str = KEY, **_: Any
) -> Sent:
    del now
    envelope = json.dumps({"to": list(to), "from": sender}).encode()
    sent = multipart({"email": raw, "envelope": envelope, "SPF": b"pass"})
    return sent.with_header("Authorization", basic(key))


SENDGRID_KEY = ec.generate_private_key(ec.SECP256R1())


def sendgrid_signed(
    raw: bytes, to: Sequence[str], sender: str, now: float, *, key: Any = None, **_: Any
) -> Sent:
    sent = sendgrid(raw, to, sender, now)
    timestamp = str(int(now))
    signer = key if isinstance(key, ec.EllipticCurvePrivateKey) else SENDGRID_KEY
    if isinstance(key, str):
        signer = ec.generate_private_key(ec.SECP256R1())
    signature = signer.sign(timestamp.encode() + sent.body, ec.ECDSA(hashes.SHA256()))
    return replace(
        sent,
        headers={
            "Content-Type": sent.headers["Content-Type"],
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        },
    )


def postmark(
    raw: bytes, to: Sequence[str], sender: str, now: float, *, key: str = KEY, **_: Any
) -> Sent:
    del now
    told = {"From": sender, "OriginalRecipient": to[0], "RawEmail": raw.decode()}
    return Sent(json.dumps(told).encode(), {"Authorization": basic(key)})


class Amazon:
    """Signs as SNS does, with a certificate of its own."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        now = datetime.now(UTC)  # noqa: TID251 - certificates are dated by the real clock
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(1)
            .not_valid_before(now)
            .not_valid_after(now + timedelta(days=1))
            .sign(self.key, hashes.SHA256())
        )
        self.pem = made.public_bytes(serialization.Encoding.PEM)
        self.asked: list[str] = []
        self.objects: dict[str, bytes] = {}
        self.down = False

    def get(self, address: str, headers: Mapping[str, str], largest: int) -> bytes:
        """Answer what is fetched from SNS, or from a bucket that knows who asks."""
        self.asked.append(address)
        if ".s3." in address:
            when = datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            key = unquote(urlsplit(address).path[1:])
            good = BUCKET.asks(key, when.timestamp()) == (address, dict(headers))
            if not good or len(self.objects.get(key, b"")) > largest or key not in self.objects:
                raise OSError("answered with 403 or 404")
            return self.objects[key]
        if self.down:
            raise OSError("unreachable")
        return self.pem if address.endswith(".pem") else b"<Confirmed/>"

    def sign(self, told: dict[str, str], version: str = "2") -> Sent:
        wanted = ["Message", "MessageId"]
        wanted += ["SubscribeURL"] if "SubscribeURL" in told else ["Subject"]
        wanted += ["Timestamp", *(["Token"] if "SubscribeURL" in told else []), "TopicArn", "Type"]
        text = "".join(f"{name}\n{told[name]}\n" for name in wanted if name in told)
        digest = hashes.SHA256() if version == "2" else hashes.SHA1()
        signature = self.key.sign(text.encode(), padding.PKCS1v15(), digest)
        whole = {
            "SigningCertURL": CERTIFICATE_URL,
            "Signature": base64.b64encode(signature).decode(),
            "SignatureVersion": version,
            **told,
        }
        headers = {"x-amz-sns-message-type": told["Type"], "Content-Type": "text/plain"}
        return Sent(json.dumps(whole).encode(), headers)

    def told(self, now: float, message: str, **more: str) -> dict[str, str]:
        when = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
        return {
            "Type": "Notification",
            "MessageId": "5f1c",
            "TopicArn": TOPIC,
            "Message": message,
            "Timestamp": when.replace("+00:00", "Z"),
            **more,
        }

    def ses(
        self,
        raw: bytes,
        to: Sequence[str],
        sender: str,
        now: float,
        *,
        key: str = KEY,
        encoding: str = "BASE64",
        **_: Any,
    ) -> Sent:
        content = base64.b64encode(raw).decode() if encoding == "BASE64" else raw.decode()
        message = {
            "notificationType": "Received",
            "mail": {"source": sender, "destination": list(to)},
            "receipt": {"recipients": list(to), "action": {"type": "SNS", "encoding": encoding}},
            "content": content,
        }
        told = self.told(now, json.dumps(message), Subject="Amazon SES Email Receipt")
        sent = self.sign(told)
        return sent if key == KEY else Amazon().sign(told)

    def stored(
        self, raw: bytes, to: Sequence[str], sender: str, now: float, *, key: str = KEY, **more: Any
    ) -> Sent:
        """Put the message into the bucket, and tell of it."""
        name = f"in coming/{sha256(raw).hexdigest()}"
        self.objects[name] = raw
        action = {"type": "S3", "bucketName": BUCKET.name, "objectKey": name, **more}
        message = {
            "notificationType": "Received",
            "mail": {"source": sender, "destination": list(to)},
            "receipt": {"recipients": list(to), "action": action},
        }
        sent = self.sign(told := self.told(now, json.dumps(message)))
        return sent if key == KEY else Amazon().sign(told)


AMAZON = Amazon()
SENDERS: dict[str, Any] = {
    "signed": signed,
    "mailgun": mailgun,
    "ses": AMAZON.ses,
    "ses_stored": AMAZON.stored,
    "sendgrid": sendgrid,
    "sendgrid_signed": sendgrid_signed,
    "postmark": postmark,
}
DATED = ("signed", "mailgun", "ses", "ses_stored", "sendgrid_signed")
"""Those that say when they were sent, and sign it."""


def settings(provider: str, **more: Any) -> WebhookSettings:
    """Return what a rule file would say."""
    told: dict[str, Any]
    match provider:
        case "ses":
            told = {"topic": TOPIC}
        case "ses_stored":
            provider = "ses"
            told = {"topic": TOPIC, "bucket": BUCKET.name, "access_key": BUCKET.access_key}
            told |= {"secret": BUCKET.secret}
        case "sendgrid_signed":
            provider = "sendgrid"
            public = SENDGRID_KEY.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            told = {"public_key": base64.b64encode(public).decode()}
        case _:
            told = {"secret": Secret(KEY)}
    return WebhookSettings(provider=provider, **{**told, **more})  # type: ignore[arg-type]
