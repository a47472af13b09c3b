"""What a folder is called: in a rule file with `/` between levels, on a server in its own way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from postroom_imap.signin import Client

_INBOX = "INBOX"


@dataclass(frozen=True, slots=True)
class Namespace:
    """A tree of folders (RFC 2342): one's own, somebody else's, or everybody's."""

    prefix: str
    """What the names of its folders begin with, such as `INBOX.` or `Shared/`."""
    separator: str
    """What stands between levels; "" if there are none."""

    def written(self) -> str:
        """Return the prefix as it is written in a rule file."""
        return self.readable(self.prefix)

    def readable(self, name: str) -> str:
        """Return a name of the server's with `/` between levels."""
        return name.replace(self.separator, "/") if self.separator else name

    def on_server(self, name: str) -> str:
        """Return a name of a rule file with the server's own sign between levels."""
        return name.replace("/", self.separator) if self.separator else name


@dataclass(frozen=True, slots=True)
class Names:
    """The namespaces of a server. The first one is where a name belongs that says nothing else."""

    spaces: tuple[Namespace, ...]

    def on_server(self, name: str) -> str:
        """Return what the server calls a folder. Its own name for it is understood as well."""
        if name.upper() == _INBOX:
            return name
        for space in sorted(self.spaces, key=lambda each: -len(each.prefix)):
            for prefix in filter(None, (space.written(), space.prefix)):
                if name.startswith(prefix):
                    return space.prefix + space.on_server(name[len(prefix) :])
        return self.spaces[0].prefix + self.spaces[0].on_server(name)


def names_of(client: Client) -> Names:
    """Ask a server for its namespaces; without the extension there is one, without a prefix."""
    if client.has_capability("NAMESPACE"):
        own, *others = client.namespace()
        found = [
            Namespace(prefix, separator or "")
            for kind in (own or [("", "/")], *others)
            for prefix, separator in kind or ()
        ]
        return Names(tuple(found))
    roots = client.list_folders("", "")
    return Names((Namespace("", roots[0][1].decode("ascii") if roots and roots[0][1] else ""),))
