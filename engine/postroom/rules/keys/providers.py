"""`providers`: who gives tokens for OAuth 2."""

from __future__ import annotations

from postroom.model.signin import ANSWERS
from postroom.rules.keys.key import Key, Section

PROVIDER = Section(
    "providers.NAME",
    "Who gives tokens for OAuth 2. `microsoft` and `google` are known without it.",
    (
        Key("authorize_url", "text", "where a person signs in, for the flow `code`"),
        Key("token_url", "text", "where tokens are had", required=True),
        Key("device_url", "text", "where device codes are had, for the flow `device`"),
        Key(
            "client",
            "choice",
            "how client id and secret are sent: in the form, or as HTTP Basic",
            default="body",
            choices=("body", "basic"),
        ),
        Key("scopes", "texts", "what to ask for"),
        Key("parameters", "keys", "what else each request carries"),
        Key("answers", "keys", "what the provider calls what it answers, by the usual name"),
        Key(
            "refresh_lasts",
            "duration",
            "how long a refresh token is good from the day it came, where the provider does not say"
            " so itself (`refresh_token_expires_in`)",
        ),
        Key("refresh_unused", "duration", "how long a refresh token is good that nobody uses"),
    ),
)

PARAMETERS = Section(
    "providers.NAME.parameters",
    "By request, names and values. `${client_id}`, `${client_secret}`, `${redirect_uri}`,"
    " `${code}`, `${code_verifier}`, `${code_challenge}`, `${state}`, `${scope}`, `${device_code}`,"
    " `${refresh_token}`, `${tenant}`, `${user}`, `${token_url}` and `${assertion}` stand for what"
    ' we know. A usual name with the value `""` is left out.',
    tuple(
        Key(name, "keys", words)
        for name, words in (
            ("authorize", "the address that a person is sent to"),
            ("device", "the request for a device code"),
            ("token", "the request that turns a code into tokens"),
            ("refresh", "the request for a new access token"),
            ("client", "the request for client credentials"),
            ("service", "the request that shows what the application has signed"),
            ("claims", "what the application signs; `iss`, `sub`, `aud` and `scope` are usual"),
        )
    ),
)

PROVIDER_ANSWERS = Section(
    "providers.NAME.answers",
    "What the provider calls what RFC 6749 and RFC 8628 call otherwise.",
    tuple(Key(name, "text", f"its word for `{name}`") for name in ANSWERS),
)
