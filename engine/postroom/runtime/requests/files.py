"""Requests to an engine that runs, as files in the folder `requests` of its data folder.

Only one process opens the data, so a command that wants something done asks the engine. It writes
`ID.request`; the engine takes it by renaming it to `ID.taken`, does what it asks, and writes
`ID.answer`. What is not taken yet can be withdrawn, and then it was never done. What an engine had
taken when it died is done by the next one: whoever carries requests out finds from what is stored,
by the request's id, whether that was done before.

`postroom.runtime.requests.acts` says what can be asked for; commands call the one function there.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from postroom.runtime.durable import sync_folder, write_whole
from postroom.source.diagnostic import Diagnostic, Problem, RuleError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from postroom.model.plain import Json

FOLDER = "requests"
_LARGEST = 256 * 1024
"""Bytes of a request."""
_LONGEST = 1_000
"""Characters of who asks, and why."""
_FORGOTTEN = timedelta(days=1)
"""How long an answer lies there that nobody fetches."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """Something that somebody wants done."""

    id: str
    """Sorts by the time it was made."""
    verb: str
    by: str
    """Who asks."""
    reason: str = ""
    body: Mapping[str, Json] = field(default_factory=dict)


def request(
    verb: str, now: datetime, *, by: str, reason: str = "", body: Mapping[str, Json] | None = None
) -> Request:
    """Return a request with an id of its own."""
    own = f"{now:%Y%m%dT%H%M%S%f}-{secrets.token_hex(8)}"
    return Request(own, verb, by, reason, body or {})


def put(folder: Path, asked: Request) -> None:
    """Lay a request before the engine, durably. Raises OSError."""
    folder.mkdir(mode=0o700, exist_ok=True)
    write_whole(folder / f"{asked.id}.request", json.dumps(asdict(asked)).encode())


def withdraw(folder: Path, asked: Request) -> bool:
    """Take a request back; return False if the engine has taken it already."""
    try:
        (folder / f"{asked.id}.request").unlink()
    except FileNotFoundError:
        return False
    return True


def answer(folder: Path, asked: Request) -> dict[str, Json] | None:
    """Fetch what came of a request, once; None as long as there is no answer.

    Raises the Problem, or the RuleError, that the engine answers with.
    """
    path = folder / f"{asked.id}.answer"
    try:
        told = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    path.unlink(missing_ok=True)
    problems = [Diagnostic(**each) for each in told["problems"]]
    if told["of_rules"]:
        raise RuleError(problems)
    if problems:
        raise Problem(problems[0])
    result: dict[str, Json] = told["result"]
    return result


@dataclass(frozen=True, slots=True)
class Tray:
    """The engine's side of it; used by one thread."""

    folder: Path
    carry_out: Callable[[Request], Mapping[str, Json]]
    """Does what is asked for. May be called again for a request that an engine had taken when it
    died. Raises Problem or RuleError, which become the answer.
    """
    now: Callable[[], datetime]

    def work_off(self) -> int:
        """Carry out what is asked for, in order; return how many requests there were."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        handled = 0
        for taken in self._taken():
            told = self._told(taken)
            write_whole(taken.with_suffix(".answer"), json.dumps(told).encode())
            taken.unlink()
            handled += 1
        self._forget()
        return handled

    def _taken(self) -> Iterator[Path]:
        """Yield the requests that were taken: before, by an engine that died; then those new."""
        yield from sorted(self.folder.glob("[!.]*.taken"))
        for waiting in sorted(self.folder.glob("[!.]*.request")):
            taken = waiting.with_suffix(".taken")
            try:
                waiting.rename(taken)
            except FileNotFoundError:
                continue  # withdrawn
            sync_folder(self.folder)
            yield taken

    def _told(self, taken: Path) -> dict[str, Json]:
        try:
            return _answer(dict(self.carry_out(_read(taken))))
        except Problem as error:
            return _answer({}, [error.diagnostic])
        except RuleError as error:
            return _answer({}, error.diagnostics, of_rules=True)
        except Exception as error:  # noqa: BLE001 - whoever asks is told, and the engine goes on
            _log.error("a request failed", exc_info=error)
            words = f"the request failed for a reason nobody thought of: {type(error).__name__}"
            hint = "the engine's log has the details; please report them"
            return _answer({}, [Diagnostic("PR531", words, help=hint)])

    def _forget(self) -> None:
        before = (self.now() - _FORGOTTEN).timestamp()
        for old in self.folder.glob("*.answer"):
            if old.stat().st_mtime < before:
                old.unlink(missing_ok=True)


def _read(path: Path) -> Request:
    """Return the request of a file. Raises Problem PR471."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise not_understood(f"it has more than {_LARGEST:,} bytes")
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        raise not_understood("it is not JSON") from None
    return _as_request(told, path.stem)


def _as_request(told: Any, own: str) -> Request:  # noqa: ANN401 - JSON that nobody has looked at
    if not isinstance(told, dict) or set(told) != {"id", "verb", "by", "reason", "body"}:
        raise not_understood("it has other keys than a request has")
    words = [told[name] for name in ("id", "verb", "by", "reason")]
    if not all(isinstance(word, str) and len(word) <= _LONGEST for word in words):
        raise not_understood(f"a name or a reason is no text of at most {_LONGEST:,} characters")
    if told["id"] != own:
        raise not_understood("its file has the name of another one")
    if not told["by"].strip():
        raise not_understood("it does not say who asks")
    if not isinstance(told["body"], dict):
        raise not_understood("its body is no object")
    return Request(**told)


def not_understood(why: str) -> Problem:
    """Return the problem that a request cannot be understood."""
    hint = "use a command of the same version as the engine that runs"
    return Problem(Diagnostic("PR471", f"a request cannot be understood: {why}", help=hint))


def _answer(
    result: dict[str, Json], found: Sequence[Diagnostic] = (), *, of_rules: bool = False
) -> dict[str, Json]:
    """Return an answer; findings go without the files that their places are in."""
    problems: list[Json] = []
    for each in found:
        where = f"{each.span.place}: " if each.span else ""
        problems.append({"code": each.code, "message": where + each.message, "help": each.help})
    return {"result": result, "problems": problems, "of_rules": of_rules}
