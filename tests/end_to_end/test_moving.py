"""An account that moves from one transport to another: nothing is imported again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.end_to_end.desk import mail, titles

if TYPE_CHECKING:
    from tests.end_to_end.desk import Desk
    from tests.servers.ca import LocalCA
    from tests.servers.dovecot import User


def ways(user: User, ca: LocalCA) -> dict[str, str]:
    shared = f"host: localhost, username: {user.name}, ca_file: {ca.ca_file}"
    shared += ", password: {env: MAIL_PASSWORD}"
    return {
        "imap": f"{{use: imap, port: {user.server.imaps}, {shared}}}",
        "maildir": f"{{use: maildir, path: {user.maildir}}}",
    }


def test_nothing_is_imported_again(desk: Desk, user: User, ca: LocalCA) -> None:
    """Of the whole program. Every transport is moved to in `tests.plugins.contract`."""
    desk.environment["MAIL_PASSWORD"] = "pw"
    user.append([mail(n) for n in range(4)])
    desk.write(support=ways(user, ca)["maildir"])
    assert desk.once().returncode == 0
    assert desk.titles() == titles(4)

    user.append([mail(4)])
    desk.write(support=ways(user, ca)["imap"])
    assert desk.once().returncode == 0
    assert desk.titles() == titles(5), "the old ones are known by their bytes, the new one comes in"
