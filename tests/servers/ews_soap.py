"""SOAP 1.1 as Exchange Web Services has it: response messages, faults, envelopes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from tests.servers.web import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
T = "http://schemas.microsoft.com/exchange/services/2006/types"
M = "http://schemas.microsoft.com/exchange/services/2006/messages"
E = "http://schemas.microsoft.com/exchange/services/2006/errors"


class EwsError(Exception):
    """What Exchange answers in place of what was asked for."""

    def __init__(self, code: str, text: str = "", **values: int) -> None:
        super().__init__(code)
        self.code, self.text, self.values = code, text or code, values


def child(of: ET.Element, space: str, name: str) -> ET.Element:
    found = of.find(f"{{{space}}}{name}")
    if found is None:
        raise EwsError("ErrorSchemaValidation", f"{name} is missing")
    return found


def leaf(space: str, name: str, text: str) -> ET.Element:
    made = ET.Element(f"{{{space}}}{name}")
    made.text = text
    return made


def message(name: str, inside: Iterable[ET.Element], text: str | None = None) -> ET.Element:
    made = ET.Element(f"{{{M}}}ResponseMessage", ResponseClass="Success")
    made.append(leaf(M, "ResponseCode", "NoError"))
    if name:
        holder = ET.SubElement(made, f"{{{M}}}{name}")
        holder.text = text
        holder.extend(inside)
    return made


def page(name: str, inside: list[ET.Element]) -> ET.Element:
    made = message("", [])
    count = str(len(inside))
    root = ET.SubElement(
        made, f"{{{M}}}RootFolder", TotalItemsInView=count, IncludesLastItemInRange="true"
    )
    ET.SubElement(root, f"{{{T}}}{name}").extend(inside)
    return made


def failed(error: EwsError) -> ET.Element:
    made = ET.Element(f"{{{M}}}ResponseMessage", ResponseClass="Error")
    made.append(leaf(M, "MessageText", error.text))
    made.append(leaf(M, "ResponseCode", error.code))
    return made


def for_each(
    operation: str, things: Iterable[ET.Element], do: Callable[[ET.Element], ET.Element]
) -> ET.Element:
    """Answer for each thing; one that fails does not keep the others from being answered."""
    said = []
    for each in things:
        try:
            said.append(do(each))
        except EwsError as error:
            said.append(failed(error))
    return wrapped(operation, said)


def wrapped(operation: str, messages: list[ET.Element]) -> ET.Element:
    made = ET.Element(f"{{{M}}}{operation}Response")
    inside = ET.SubElement(made, f"{{{M}}}ResponseMessages")
    for each in messages:
        each.tag = f"{{{M}}}{operation}ResponseMessage"
        inside.append(each)
    return made


def envelope(body: ET.Element, status: int = 200) -> Response:
    kind = {"Content-Type": "text/xml; charset=utf-8"}
    return Response(status, document(body), kind)


def document(body: ET.Element) -> bytes:
    made = ET.Element(f"{{{SOAP}}}Envelope")
    header = ET.SubElement(made, f"{{{SOAP}}}Header")
    ET.SubElement(
        header, f"{{{T}}}ServerVersionInfo", MajorVersion="15", MinorVersion="1",
        MajorBuildNumber="2507", MinorBuildNumber="6", Version="V2017_07_11",
    )  # fmt: skip
    ET.SubElement(made, f"{{{SOAP}}}Body").append(body)
    written: bytes = ET.tostring(made, "utf-8", xml_declaration=True)
    return written


def fault(error: EwsError) -> Response:
    made = ET.Element(f"{{{SOAP}}}Fault")
    ET.SubElement(made, "faultcode").text = f"a:{error.code}"
    ET.SubElement(made, "faultstring").text = error.text
    detail = ET.SubElement(made, "detail")
    detail.append(leaf(E, "ResponseCode", error.code))
    detail.append(leaf(E, "Message", error.text))
    if error.values:
        inside = ET.SubElement(detail, f"{{{T}}}MessageXml")
        for name, value in error.values.items():
            ET.SubElement(inside, f"{{{T}}}Value", Name=name).text = str(value)
    return envelope(made, 500)
