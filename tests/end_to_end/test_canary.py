"""Secrets of a sign-in are nowhere but where they are kept: no file, trace, output or database."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING

from tests.end_to_end.desk import CANARY, mail, titles
from tests.servers.authority import CLIENT, SECRET
from tests.unit.runtime.signin import keys

if TYPE_CHECKING:
    from tests.end_to_end.desk import Desk
    from tests.servers.authority import Authority
    from tests.servers.ca import LocalCA
    from tests.servers.dovecot import User

APP = """
providers:
  local: {{token_url: "{token}", scopes: [mail], answers: {{expires_in: nothing_of_the_kind}}}}
sign_ins:
  corp:
    provider: local
    flow: client
    client_id: {client}
    client_secret: {{env: APP_SECRET}}
    ca_file: {ca}
  robot:
    provider: local
    flow: service
    client_id: robot
    key: {{env: ROBOT_KEY}}
    user: {other}
    ca_file: {ca}
"""


def test_no_secret_is_anywhere(desk: Desk, user: User, ca: LocalCA, issuer: Authority) -> None:
    other, key = user.server.user(), keys.google()
    issuer.service_keys["robot"] = keys.public()
    desk.environment |= {"APP_SECRET": CANARY, "ROBOT_KEY": key}
    receive = (
        f"{{use: imap, host: localhost, port: {user.server.imaps}, ca_file: {ca.ca_file}, "
        "trace: true, username: "
    )
    desk.write(
        support=f"{receive}{user.name}, auth: corp}}",
        second=f"{receive}{user.name}, password: {{env: MAIL_PASSWORD}}}}",
        third=f"{receive}{other.name}, auth: robot}}",
    )
    text = APP.format(token=issuer.address("token"), client=CLIENT, ca=ca.ca_file, other=other.name)
    (desk.folder / "sign-ins.yaml").write_text(text, "utf-8")
    said = []

    refused = desk.once()  # the authority does not know the secret, the server no such password
    assert "PR416" in refused.stdout + refused.stderr
    assert "see whether the secret has expired" in refused.stdout + refused.stderr
    said.append(refused)

    issuer.clients[CLIENT] = CANARY
    before = dict(issuer.access)
    said.append(desk.run("accounts", "--check", "--rules", str(desk.folder)))
    issuer.clients[CLIENT] = SECRET
    tokens = set(issuer.access) - set(before)
    assert tokens, "the application got a token for its secret"
    assert any(issuer.access[token].user == other.name for token in issuer.access)
    for token in tokens:  # now it is the mailbox's
        issuer.access[token].user = user.name
    user.append([mail(n) for n in range(2)])
    said.append(desk.once())
    assert desk.titles() == titles(2)
    said += [desk.run(each, "--rules", str(desk.folder)) for each in ("accounts", "status")]
    said += [desk.run("check", str(desk.folder)), desk.run("plugins"), desk.run("schema")]
    assert all(each.stdout for each in said)

    trace = (desk.folder / "postroom-data" / "traces" / "support.log").read_text("utf-8")
    assert "C: ***" in trace
    assert " EXAMINE " in trace
    line = key.split("\\n")[5]  # from the midst of the key
    assert len(line) > 60
    secrets = {CANARY, line, *tokens, *issuer.access}
    shapes = {s.encode() for s in secrets} | {b64encode(s.encode()) for s in secrets}
    shapes |= {b64encode(f"\0{user.name}\0{CANARY}".encode())}
    shown = json.dumps([[each.stdout, each.stderr] for each in said]).encode()
    files = {path: path.read_bytes() for path in desk.folder.rglob("*") if path.is_file()}
    assert len(files) > 5
    for shape in shapes:
        assert shape not in shown
        assert [path for path, data in files.items() if shape in data] == []
