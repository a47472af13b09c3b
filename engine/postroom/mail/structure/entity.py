"""What the header of a part says of its body (RFC 2045, 2183, 2392)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from postroom.mail.defects import Defects
from postroom.mail.header.fields import read_header
from postroom.mail.header.params import NO_PARAMETERS, Parameters, read_parameters
from postroom.mail.structure.transfer import encoding_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postroom.mail.header.fields import Header
    from postroom.mail.limits import Limits
    from postroom.mail.structure.part import Headers
    from postroom.model.message import Defect

SMALL: Final = 400
"""Bytes of a header that is worth remembering."""


class Entity(NamedTuple):
    """A part but for its body."""

    headers: Headers
    content_type: str
    params: Mapping[str, str]
    disposition: str
    filename: str
    content_id: str
    charset: str
    encoding: str
    problem: str | None
    """Which limit the header passes."""


def read_entity(header: Header, default: str, limits: Limits, defects: Defects) -> Entity:
    """Return what a header says of the body; default is the type where it names none."""
    headers = header.headers
    type_ = _parameters(headers, "content-type", limits, defects)
    disposition = _parameters(headers, "content-disposition", limits, defects)
    encodings = headers.raw_all("content-transfer-encoding")
    if len(encodings) > 1:
        defects.add("ambiguous_structure", "content-transfer-encoding")
    problem = header.problem
    if type_.too_many or disposition.too_many:
        problem = f"a field has more than {limits.parameters} parameters"
    return Entity(
        headers,
        _content_type(type_.word, default, attached=disposition.word == "attachment"),
        type_.values,
        disposition.word,
        disposition.values.get("filename") or type_.values.get("name") or "",
        headers.get("content-id").strip(" <>"),
        type_.values.get("charset", "").strip("'\" ").lower(),
        encoding_of(encodings[0], defects) if encodings else "",
        problem,
    )


@lru_cache(maxsize=1024)
def remembered_entity(
    block: bytes, default: str, limits: Limits
) -> tuple[Entity, tuple[Defect, ...], int | None]:
    """Return the entity of a header block, its defects, and how much of it is header if not all.

    The fields of most parts are all alike, so that reading them again can be saved.
    """
    defects = Defects()
    header = read_header(block, 0, len(block), limits, defects)
    entity = read_entity(header, default, limits, defects)
    used = header.body_start if header.body_start < len(block) else None
    return entity, defects.found, used


def _parameters(headers: Headers, name: str, limits: Limits, defects: Defects) -> Parameters:
    """Read a field with parameters; the first counts where there are several."""
    values = headers.raw_all(name)
    if not values:
        return NO_PARAMETERS
    if len(values) > 1:
        defects.add("ambiguous_structure", name)
    return read_parameters(values[0], limits.parameters, defects)


def _content_type(word: str, default: str, *, attached: bool) -> str:
    """Return the type that a field names; what cannot be one counts as RFC 2045 5.2 says."""
    if not word:
        return default
    type_, slash, subtype = word.replace(" ", "").replace("\t", "").partition("/")
    if type_ and subtype:
        return f"{type_}/{subtype}"
    return "application/octet-stream" if attached and not slash else "text/plain"
