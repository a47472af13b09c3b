"""An OAuth 2 authority for tests, over https: RFC 6749, 7523, 7636, 8628, and 7662 for servers.

It can be shaped like Microsoft's (a directory in every address, error codes in the answers, refresh
tokens that are used once), and can call its parameters and answers by odd names.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from tests.servers.ca import Certificate

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT, SECRET = "app-id", "app-secret"
_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_DEVICE = ("urn:ietf:params:oauth:grant-type:device_code", "device_code")
Reply = tuple[int, dict[str, Any]]


@dataclass
class Issued:
    """A token, or a code that stands for one."""

    user: str
    client: str
    scope: str
    until: float = 0
    challenge: str = ""
    redirect_uri: str = ""
    nonce: str = ""


@dataclass
class Device:
    """Somebody's television."""

    scope: str
    user_code: str
    user: str = ""
    denied: bool = False


@dataclass
class Authority:
    """What it has issued, and how it behaves. Runs while it is entered."""

    certificate: Certificate
    person: str = "ann@partner.example"
    """Who signs in when a browser comes."""
    lifetime: int = 3600
    rotates: bool = True
    """Whether a refresh token can be used once only."""
    overlaps: bool = False
    """Whether a refresh token goes on until the one that took its place is used."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What it calls parameters and answers, by their usual names."""
    fails: list[tuple[int, dict[str, Any] | bytes, dict[str, str]]] = field(default_factory=list)
    """What it answers at the token address before anything else."""
    interval: object = 1
    """Seconds between two questions about a device's code."""
    no_directory: str = ""
    """The directory that it does not know."""
    access: dict[str, Issued] = field(default_factory=dict)
    refresh: dict[str, Issued] = field(default_factory=dict)
    replaced: dict[str, str] = field(default_factory=dict)
    """By a refresh token that overlaps, the one whose place it took."""
    codes: dict[str, Issued] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Path and parameters of every request."""
    clients: dict[str, str] = field(default_factory=lambda: {CLIENT: SECRET})
    application: str = ""
    """Whose mailbox a token for an application opens."""
    service_keys: dict[str, bytes] = field(default_factory=dict)
    """By client, the PEM of the public key with which it may sign for anybody."""
    certificates: dict[str, bytes] = field(default_factory=dict)
    """By client, the PEM of the certificate that it may sign with in place of its secret."""

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        context = self.certificate.context()
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def base(self) -> str:
        return f"https://localhost:{self._server.server_port}"

    def address(self, name: str) -> str:
        """Return an endpoint: `authorize`, `token`, `devicecode`."""
        return f"{self.base}/{TENANT}/oauth2/v2.0/{name}"

    def visit(self, url: str) -> str:
        """Do what a browser does in which the person agrees; return where it is sent to."""
        asked = self._usual(dict(parse_qsl(urlsplit(url).query)))
        self.asked.append((urlsplit(url).path, asked))
        code = secrets.token_urlsafe(16)
        self.codes[code] = Issued(
            self.person,
            asked["client_id"],
            asked.get("scope", ""),
            challenge=asked.get("code_challenge", ""),
            redirect_uri=asked["redirect_uri"],
            nonce=asked.get("nonce", ""),
        )
        back = {"code": code, "state": asked["state"]}
        return asked["redirect_uri"] + "?" + urlencode(back)

    def approve(self, user_code: str) -> None:
        """Type a code, as the person."""
        device = next(each for each in self.devices.values() if each.user_code == user_code)
        device.user = self.person

    def revoke(self) -> None:
        """Take all tokens back."""
        self.access.clear()
        self.refresh.clear()

    def issue(self, user: str, *, lifetime: int | None = None, scope: str = "") -> str:
        """Return an access token."""
        token = secrets.token_urlsafe(24)
        until = time.time() + (self.lifetime if lifetime is None else lifetime)
        self.access[token] = Issued(user, CLIENT, scope, until)
        return token

    def introspect(self, token: str) -> dict[str, Any]:
        found = self.access.get(token)
        if found is None or found.until < time.time():
            return {"active": False}
        return {
            "active": True, "username": found.user, "email": found.user, "scope": found.scope,
            "client_id": found.client, "exp": int(found.until), "token_type": "Bearer",
        }  # fmt: skip

    def token(self, asked: dict[str, str]) -> Reply:
        """Answer at the token address."""
        answers = {
            "client_credentials": self._client_token,
            "refresh_token": self._refreshed_token,
            "authorization_code": self._code_token,
            _JWT: self._service_token,
            **dict.fromkeys(_DEVICE, self._device_token),
        }
        grant = asked.get("grant_type", "")
        if grant not in answers:
            return _error(400, "unsupported_grant_type", 70003, grant)
        secret = self.clients.get(asked.get("client_id", ""))
        if "client_secret" in asked and asked["client_secret"] != secret:
            return _error(401, "invalid_client", 7000222, "The client secret has expired.")
        return answers[grant](asked)

    def _client_token(self, asked: dict[str, str]) -> Reply:
        client = asked.get("client_id", "")
        assertion = asked.get("client_assertion")
        proved = (
            self._signed(assertion, client)
            if assertion
            else self.clients.get(client) == asked.get("client_secret")
        )
        if not proved:
            return _error(401, "invalid_client", 7000215, "Invalid client secret provided.")
        return self._tokens(self.application or f"app:{client}", asked, refresh=False)

    def _service_token(self, asked: dict[str, str]) -> Reply:
        """Answer to what an application signs in the name of a mailbox (RFC 7523 2.1)."""
        head, claims, signature = asked.get("assertion", "..").split(".")
        claimed = _decoded(claims) if claims else {}
        pem = self.service_keys.get(claimed.get("iss", ""))
        if pem is None:
            return _error(401, "unauthorized_client", 700016, "The client may not sign for others.")
        key = load_pem_public_key(pem)
        assert isinstance(key, rsa.RSAPublicKey)
        if not _verified(key, f"{head}.{claims}", signature, padding.PKCS1v15()):
            return _error(400, "invalid_grant", 700027, "The signature is not good.")
        lasts = claimed["exp"] - claimed["iat"]
        if claimed["aud"] != self.address("token") or not 0 < lasts <= 3600:
            return _error(400, "invalid_grant", 700023, "The assertion is not for us, or too long.")
        return self._tokens(claimed["sub"], {"scope": claimed["scope"]}, refresh=False)

    def _signed(self, assertion: str, client: str) -> bool:
        """Return whether an assertion (RFC 7523) is signed by the client's certificate, for us."""
        head, claims, signature = assertion.split(".")
        pem = self.certificates.get(client)
        if pem is None or _decoded(head)["alg"] not in ("RS256", "PS256"):
            return False
        claimed, key = _decoded(claims), load_pem_x509_certificate(pem).public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        salted = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size)
        way = salted if _decoded(head)["alg"] == "PS256" else padding.PKCS1v15()
        if not _verified(key, f"{head}.{claims}", signature, way):
            return False
        ours = claimed["aud"] == self.address("token") and claimed["exp"] > time.time()
        return bool(ours and claimed["iss"] == claimed["sub"] == client)

    def _refreshed_token(self, asked: dict[str, str]) -> Reply:
        found = self.refresh.get(asked.get("refresh_token", ""))
        if found is None:
            return _error(400, "invalid_grant", 70043, "The refresh token has expired.")
        self.refresh.pop(self.replaced.pop(asked["refresh_token"], ""), None)
        if self.rotates and not self.overlaps:
            del self.refresh[asked["refresh_token"]]
        status, answer = self._tokens(found.user, {"scope": found.scope, **asked})
        if self.rotates and self.overlaps:
            self.replaced[answer["refresh_token"]] = asked["refresh_token"]
        return status, answer

    def _code_token(self, asked: dict[str, str]) -> Reply:
        found = self.codes.pop(asked.get("code", ""), None)
        digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if found is None or found.redirect_uri != asked.get("redirect_uri"):
            return _error(400, "invalid_grant", 70008, "The code is not valid.")
        if found.challenge != proof:
            return _error(400, "invalid_grant", 50148, "The code_verifier does not match.")
        return self._tokens(found.user, {"scope": found.scope, "nonce": found.nonce, **asked})

    def _device_token(self, asked: dict[str, str]) -> Reply:
        device = self.devices.get(asked.get("device_code", ""))
        if device is None:
            return _error(400, "invalid_grant", 54005, "unknown device code")
        if device.denied:
            return _error(400, "authorization_declined", 70020, "declined")
        if not device.user:
            return _error(400, "authorization_pending", 70016, "pending")
        del self.devices[asked["device_code"]]
        return self._tokens(device.user, {**asked, "scope": device.scope})

    def _tokens(self, user: str, asked: dict[str, str], *, refresh: bool = True) -> Reply:
        scope, client = asked.get("scope", ""), asked.get("client_id", "")
        answer: dict[str, Any] = {
            "token_type": "Bearer", "expires_in": self.lifetime, "scope": scope,
            "access_token": self.issue(user, scope=scope),
        }  # fmt: skip
        if refresh:
            token = "rt." + secrets.token_urlsafe(24)
            self.refresh[token] = Issued(user, client, scope)
            answer["refresh_token"] = token
            answer["id_token"] = self._id_token(user, client, asked.get("nonce", ""))
        return 200, answer

    def _id_token(self, user: str, client: str, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": f"{self.base}/{TENANT}/v2.0", "aud": client, "iat": now, "nbf": now,
            "exp": now + 3600, "sub": f"s-{user}", "oid": f"o-{user}", "tid": TENANT,
            "preferred_username": user, "ver": "2.0", "nonce": nonce,
        }  # fmt: skip
        return ".".join([_encoded({"alg": "none", "typ": "JWT"}), _encoded(claims), ""])

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": f"{self.base}/{TENANT}/v2.0",
            "authorization_endpoint": self.address("authorize"),
            "token_endpoint": self.address("token"),
            "device_authorization_endpoint": self.address("devicecode"),
            "jwks_uri": f"{self.base}/{TENANT}/discovery/v2.0/keys",
        }

    def _device_code(self, asked: dict[str, str]) -> dict[str, Any]:
        code, user_code = secrets.token_urlsafe(16), secrets.token_hex(4).upper()
        self.devices[code] = Device(asked.get("scope", ""), user_code)
        return {
            "device_code": code, "user_code": user_code, "verification_uri": f"{self.base}/device",
            "expires_in": 900, "interval": self.interval, "message": f"enter {user_code}",
        }  # fmt: skip

    def _usual(self, asked: dict[str, str]) -> dict[str, str]:
        """Return parameters by their usual names; a usual name that should be odd is not known."""
        theirs = {odd: usual for usual, odd in self.names.items()}
        return {theirs.get(k, k): v for k, v in asked.items() if k not in self.names}

    def _odd(self, answer: dict[str, Any]) -> dict[str, Any]:
        return {self.names.get(name, name): value for name, value in answer.items()}

    def _answer(self, path: str, asked: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        self.asked.append((path, asked))
        if path.endswith("/token"):
            if self.fails:
                return self.fails.pop(0)
            status, answer = self.token(asked)
            return status, self._odd(answer), {}
        if path.endswith("/devicecode"):
            return 200, self._odd(self._device_code(asked)), {}
        if path.endswith("/introspect"):
            return 200, self.introspect(asked.get("token", "")), {}
        return 404, {"error": "not_found"}, {}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        authority = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                if authority.no_directory and authority.no_directory in path:
                    self.reply(*_error(400, "invalid_tenant", 90002, "Tenant not found."), {})
                elif path.endswith("/.well-known/openid-configuration"):
                    self.reply(200, authority._discovery(), {})
                elif path == "/tokeninfo":
                    shown = self.headers.get("Authorization", "").partition(" ")[2]
                    said = authority.introspect(shown)
                    self.reply(200 if said["active"] else 401, said, {})
                else:
                    self.reply(404, {"error": "not_found"}, {})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                asked = authority._usual(dict(parse_qsl(body)))
                kind, _, shown = self.headers.get("Authorization", "").partition(" ")
                if kind == "Basic":
                    name, _, secret = base64.b64decode(shown).decode().partition(":")
                    asked |= {"client_id": unquote(name), "client_secret": unquote(secret)}
                self.reply(*authority._answer(urlsplit(self.path).path, asked))

            def reply(self, status: int, said: object, headers: dict[str, str]) -> None:
                body = said if isinstance(said, bytes) else json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def _verified(
    key: rsa.RSAPublicKey, signed: str, signature: str, way: padding.PSS | padding.PKCS1v15
) -> bool:
    try:
        raw = base64.urlsafe_b64decode(signature + "==")
        key.verify(raw, signed.encode(), way, hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _encoded(claims: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()


def _decoded(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=="))
    return found


def _error(status: int, error: str, number: int, words: str) -> Reply:
    return status, {
        "error": error, "error_description": f"AADSTS{number}: {words}", "error_codes": [number],
    }  # fmt: skip
