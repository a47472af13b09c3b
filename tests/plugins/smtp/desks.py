"""Places to send to, as the contract suite wants them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.servers.smtp_sink import PASSWORD, USER, SmtpServer

from postroom.model.settings import Secret
from postroom_smtp.file import FileNotifier
from postroom_smtp.settings import FileSettings, SmtpSettings
from postroom_smtp.smtp import SmtpNotifier

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.servers.ca import Certificate, LocalCA


class SmtpDesk:
    """A sink that demands encryption and a password."""

    def __init__(
        self, ca: LocalCA, certificate: Certificate, *, implicit: bool, **options: Any
    ) -> None:
        self.server = SmtpServer(certificate.context(), implicit=implicit, **options)
        self.settings: dict[str, Any] = {
            "host": "localhost",
            "port": self.server.port,
            "tls": "implicit" if implicit else "starttls",
            "username": USER,
            "password": Secret(PASSWORD),
            "ca_file": ca.ca_file,
            "timeout": timedelta(seconds=10),
        }
        self._notifiers: list[SmtpNotifier] = []

    def notifier(self, **changes: Any) -> SmtpNotifier:
        made = SmtpNotifier(SmtpSettings(**{**self.settings, **changes}))
        self._notifiers.append(made)
        return made

    def received(self) -> Sequence[bytes]:
        return [each.raw for each in self.server.sink.got]

    def refuse(self, *, for_good: bool) -> bool:
        self.server.sink.replies["DATA"] = "554 5.7.1 no" if for_good else "451 4.3.0 later"
        return True

    def accept(self) -> None:
        self.server.sink.replies.clear()

    def close(self) -> None:
        for each in self._notifiers:
            each.close()
        self.server.stop()


class FileDesk:
    """A folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "sent"
        self._seen: dict[str, bytes] = {}

    def notifier(self) -> FileNotifier:
        return FileNotifier(FileSettings(self.path))

    def received(self) -> Sequence[bytes]:
        if self.path.is_dir():
            for path in sorted(self.path.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns):
                raw = path.read_bytes()
                if self._seen.get(path.name) != raw:
                    self._seen.pop(path.name, None)
                    self._seen[path.name] = raw
        return list(self._seen.values())

    def refuse(self, *, for_good: bool) -> bool:
        if not for_good:
            self.path.write_bytes(b"a file where the folder should be")
        return not for_good

    def accept(self) -> None:
        self.path.unlink()
