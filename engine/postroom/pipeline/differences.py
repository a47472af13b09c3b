"""How two conclusions about one message differ."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from postroom.pipeline.explain import as_written
from postroom.pipeline.tally import Class, Difference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from postroom.model.plain import Json
    from postroom.pipeline.conclusion import Conclusion, Written

_SHOWN = 3
"""Fields or notices of one message that are shown."""
_NOTHING = object()


def difference(was: Conclusion, now: Conclusion) -> Difference:
    """Return how `now` differs from `was`, where values that were erased equal any other."""
    for kind, words in _compared(was, now):
        if found := tuple(islice(words, _SHOWN)):
            return Difference(kind, found)
    return Difference("same")


def erased(value: object) -> bool:
    """Return whether a personal value is no longer in the log, only the commitment to it."""
    return isinstance(value, dict) and value.keys() == {"private"}


def _compared(was: Conclusion, now: Conclusion) -> Iterator[tuple[Class, Iterable[str]]]:
    """Yield each class with the words for what differs in it, the worst first."""
    turned = [f"{was.headline} -> {now.headline}"]
    if not (was.record and now.record):
        if was.record or now.record:
            yield "lost" if was.record else "made", turned
    elif was.record.about != now.record.about:
        yield "other_record", turned
    if was.outcome != now.outcome:
        yield "outcome", turned
    if was.record and now.record:
        yield "values", _values(was.record, now.record)
    yield "notices", _notices(was, now)
    if was.server != now.server:
        yield "server", [f"{_actions(was.server)} -> {_actions(now.server)}"]
    yield "reasons", _reasons(was, now)


def _values(was: Written, now: Written) -> Iterator[str]:
    for name in dict.fromkeys((*was.values, *was.added, *now.values, *now.added)):
        before, after = _field(was, name), _field(now, name)
        if not _same(before, after):
            yield f"{name}: {_shown(before)} -> {_shown(after)}"


def _field(record: Written, name: str) -> object:
    return record.values.get(name, record.added.get(name, _NOTHING))


def _notices(was: Conclusion, now: Conclusion) -> Iterator[str]:
    left = list(now.notices)
    for notice in was.notices:
        equal = next((each for each in left if _all_same(notice, each)), None)
        if equal is None:
            yield f"no more: {_told(notice)}"
        else:
            left.remove(equal)
    yield from (f"new: {_told(notice)}" for notice in left)


def _told(notice: Mapping[str, Json]) -> str:
    return f"{notice['kind']} `{notice['rule']}` to {_shown(notice['to'])}"


def _reasons(was: Conclusion, now: Conclusion) -> Iterator[str]:
    for name, told in was.why.items():
        if not _same(told, now.why[name]):
            yield f"{name.replace('_', ' ')}: {_shown(told)} -> {_shown(now.why[name])}"
    before = was.record.provenance if was.record else {}
    after = now.record.provenance if now.record else {}
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) != after.get(name):
            yield f"{name}: set by {before.get(name, 'nothing')} -> {after.get(name, 'nothing')}"


def _all_same(was: Mapping[str, Json], now: Mapping[str, Json]) -> bool:
    return all(_same(value, now[name]) for name, value in was.items())


def _same(was: object, now: object) -> bool:
    return was == now or (erased(was) and now is not _NOTHING)


def _actions(server: Json) -> str:
    actions = server if isinstance(server, list) else []
    told = (" ".join((str(a["verb"]), str(a["target"]))).strip() for a in actions
            if isinstance(a, dict))  # fmt: skip
    return ", ".join(told) or "nothing"


def _shown(value: object) -> str:
    if value is _NOTHING:
        return "nothing"
    return "(erased)" if erased(value) else as_written(value)
