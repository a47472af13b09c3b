"""`sign_ins`, and the `auth` of an account: how tokens are had."""

from __future__ import annotations

from postroom.model.signin import FLOWS, METHODS
from postroom.rules.keys.key import Key, Section

SIGN_IN = Section(
    "sign_ins.NAME, auth",
    "A sign-in with OAuth 2. It stands in `sign_ins:`, where several accounts can name it"
    " (`auth: NAME`), or as `auth: {...}` in `receive` or `send`.",
    (
        Key("provider", "name", "who gives the tokens", required=True),
        Key(
            "flow",
            "choice",
            "how tokens are had: a person signs in with a browser (`code`), with a code on another"
            " machine (`device`), or nobody does: the application proves who it is (`client`), or"
            " signs in the name of a mailbox (`service`). Left out: `device` if the provider has"
            " it, else `code`",
            choices=FLOWS,
        ),
        Key(
            "method",
            "choice",
            "how the mail server is shown a token; left out: as it offers",
            choices=METHODS,
        ),
        Key(
            "client_id",
            "any",
            "the id of the registered application: text, or `{env: NAME}`",
            required=True,
        ),
        Key("client_secret", "any", "its secret, as a reference: `{env: NAME}`"),
        Key("certificate", "text", "a PEM file with key and certificate, in place of the secret"),
        Key(
            "key",
            "any",
            "`service`: the key to sign with, as a reference: `{file: key.json}`; PEM, or the JSON"
            " file that Google gives",
        ),
        Key("tenant", "any", "Microsoft: the directory, as text or `{env: NAME}`"),
        Key("scopes", "texts", "what to ask for, in place of what the provider declares"),
        Key(
            "user",
            "text",
            "who is to sign in; the provider is told as a hint. `service`: the mailbox",
        ),
        Key(
            "redirect_url",
            "text",
            "`code`: where the browser is sent afterwards; left out: this machine",
        ),
        Key("refresh_lasts", "duration", "in place of what the provider declares"),
        Key("authority", "text", "Microsoft: the address of a national cloud"),
        Key("ca_file", "text", "a file with the certificate of your own authority"),
    ),
)
