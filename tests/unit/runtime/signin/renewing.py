"""A process that wants an access token, two hours after the sign-in; prints it."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.servers.authority import CLIENT, TENANT
from tests.unit.runtime.signin.persons import SPAN, credentials

from postroom.model.signin import MICROSOFT, Provider, SignIn
from postroom.runtime.clock import Clock

if __name__ == "__main__":
    told = json.loads(sys.argv[1])
    local = Provider("local", told["authorize"], told["token"], scopes={"": ("mail",)})
    theirs = replace(MICROSOFT, authority=told["base"])
    sign_in = SignIn(
        name="corp",
        provider=theirs if told["kind"] == "microsoft" else local,
        flow="code",
        client_id=CLIENT,
        tenant=TENANT,
        span=SPAN,
        ca_file=Path(told["ca"]),
    )
    then = datetime.now(UTC) + timedelta(hours=2)  # noqa: TID251 - the authority reads the real one
    live = credentials(Path(told["folder"]), Clock(now=lambda: then)).of(sign_in)
    sys.stdout.write(live.token("imap").reveal())
