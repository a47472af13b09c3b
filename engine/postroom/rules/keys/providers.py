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
    ),
)

PARAMETERS = Section(
    "providers.NAME.parameters",
    "By request, names and values. `${client_id}`, `${client_secret}`, `${redirect_uri}`,"
    " `${code}`, `${code_verifier}`, `${code_challenge}`, `${state}`, `${scope}`, `${device_code}`,"
    ' `${refresh_token}` and `${tenant}` stand for what we know. A usual name with the value `""`'
    " is left out.",
    tuple(
        Key(name, "keys", words)
        for name, words in (
            ("authorize", "the address that a person is sent to"),
            ("device", "the request for a device code"),
            ("token", "the request that turns a code into tokens"),
            ("refresh", "the request for a new access token"),
            ("client", "the request for client credentials"),
        )
    ),
)

PROVIDER_ANSWERS = Section(
    "providers.NAME.answers",
    "What the provider calls what RFC 6749 and RFC 8628 call otherwise.",
    tuple(Key(name, "text", f"its word for `{name}`") for name in ANSWERS),
)
