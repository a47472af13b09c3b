"""A small Exchange Web Services for tests: SOAP 1.1 over https, the part of it that mail needs.

It answers as Exchange does: ids change when a message is moved, faults travel as HTTP 500 and
ErrorServerBusy says for how long, one response message for each item that is asked for, an
application must impersonate a mailbox, 401 for a token that has ended.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from tests.servers.exchange import KNOWN, Folder, Item, Mailbox
from tests.servers.web import Request, Response, Web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Self

    from tests.servers.authority import Authority
    from tests.servers.ca import Certificate

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_T = "http://schemas.microsoft.com/exchange/services/2006/types"
_M = "http://schemas.microsoft.com/exchange/services/2006/messages"
_E = "http://schemas.microsoft.com/exchange/services/2006/errors"
_HEADERS = "0x7d"
USER, PASSWORD = "KESTREL\\help", "pass-word-4711"


class EwsError(Exception):
    """What Exchange answers in place of what was asked for."""

    def __init__(self, code: str, text: str = "", **values: int) -> None:
        super().__init__(code)
        self.code, self.text, self.values = code, text or code, values


@dataclass
class FakeEws:
    """The service. Runs while it is entered."""

    certificate: Certificate
    issuer: Authority
    boxes: dict[str, Mailbox] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """The operation of every request that was let in."""
    denied: set[str] = field(default_factory=set)
    """Mailboxes that nobody may act as."""
    answers: list[Callable[[str], Response | EwsError | None]] = field(default_factory=list)
    """What is answered to an operation before anything else; None to pass."""
    state: int = 1
    """Raise it, and all older states of synchronisation are gone."""

    def __enter__(self) -> Self:
        self._web = Web(self.certificate, self._answer)
        self._web.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._web.__exit__()

    @property
    def url(self) -> str:
        return f"{self._web.base}/EWS/Exchange.asmx"

    def mailbox(self, address: str) -> Mailbox:
        return self.boxes.setdefault(address, Mailbox(address))

    def _answer(self, request: Request) -> Response:
        asked = ET.fromstring(request.body)
        body = _child(asked, _SOAP, "Body")[0]
        operation = body.tag.partition("}")[2]
        try:
            for each in self.answers:
                said = each(operation)
                if isinstance(said, EwsError):
                    raise said
                if said is not None:
                    return said
            box = self._let_in(request, asked)
            self.asked.append(operation)
            return _envelope(_OPERATIONS[operation](self, box, body))
        except EwsError as error:
            return _fault(error)
        except PermissionError:
            return Response(401, b"", {"WWW-Authenticate": 'Basic realm="", Bearer'})

    def _let_in(self, request: Request, asked: ET.Element) -> Mailbox:
        """Return the mailbox that is meant. Raises PermissionError and EwsError."""
        kind, _, shown = request.headers.get("Authorization", "").partition(" ")
        acting_as = asked.findtext(f".//{{{_T}}}PrimarySmtpAddress")
        if kind == "Bearer":
            said = self.issuer.introspect(shown)
            if not said["active"]:
                raise PermissionError
            user = said["username"]
            if user.startswith("app:") and acting_as is None:
                raise EwsError("ErrorMissingEmailAddress", "Say which mailbox is meant.")
        elif kind != "Basic" or base64.b64decode(shown).decode() != f"{USER}:{PASSWORD}":
            raise PermissionError
        address = acting_as or next(iter(self.boxes), "")
        if address in self.denied:
            raise EwsError("ErrorImpersonateUserDenied", "The account may not impersonate.")
        if address not in self.boxes:
            raise EwsError("ErrorNonExistentMailbox", "There is no mailbox of this address.")
        return self.boxes[address]

    def _get_folder(self, box: Mailbox, asked: ET.Element) -> ET.Element:
        def one(each: ET.Element) -> ET.Element:
            return _message("Folders", [_folder_xml(_folder(box, each))])

        return _each("GetFolder", _child(asked, _M, "FolderIds"), one)

    def _find_folder(self, box: Mailbox, asked: ET.Element) -> ET.Element:
        name = asked.find(f".//{{{_T}}}IsEqualTo//{{{_T}}}Constant")

        def one(each: ET.Element) -> ET.Element:
            inside = box.children(_folder(box, each))
            found = [one for one in inside if name is None or one.name == name.get("Value")]
            return _page("Folders", [_folder_xml(one) for one in found])

        return _each("FindFolder", _child(asked, _M, "ParentFolderIds"), one)

    def _create_folder(self, box: Mailbox, asked: ET.Element) -> ET.Element:
        parent = _folder(box, _child(asked, _M, "ParentFolderId")[0])

        def one(each: ET.Element) -> ET.Element:
            name = each.findtext(f"{{{_T}}}DisplayName", "")
            if any(one.name.casefold() == name.casefold() for one in box.children(parent)):
                raise EwsError("ErrorFolderExists")
            return _message("Folders", [_folder_xml(box.make(name, parent))])

        return _each("CreateFolder", _child(asked, _M, "Folders"), one)

    def _sync_folder_items(self, box: Mailbox, asked: ET.Element) -> ET.Element:
        folder = _folder(box, _child(asked, _M, "SyncFolderId")[0])
        state, _, at = asked.findtext(f"{{{_M}}}SyncState", f"{self.state}|0").partition("|")
        most = int(asked.findtext(f"{{{_M}}}MaxChangesReturned", "100"))
        if state != str(self.state):
            return _wrapped("SyncFolderItems", [_stale()])
        changes = folder.log[int(at) :][:most]
        done = int(at) + len(changes)
        found = ET.Element(f"{{{_M}}}Changes")
        found.extend(_change_xml(folder, kind, item) for kind, item in changes)
        last = str(done >= len(folder.log)).lower()
        said = _message("SyncState", [], f"{state}|{done}")
        said.append(_text(_M, "IncludesLastItemInRange", last))
        said.append(found)
        return _wrapped("SyncFolderItems", [said])

    def _find_item(self, box: Mailbox, asked: ET.Element) -> ET.Element:
        def one(each: ET.Element) -> ET.Element:
            items = _folder(box, each).items.values()
            newest = sorted(items, key=lambda item: item.received, reverse=True)[:1]
            return _page("Items", [_item_xml(item) for item in newest])

        return _each("FindItem", _child(asked, _M, "ParentFolderIds"), one)

    def _get_item(self, box: Mailbox, asked: ET.Element) -> ET.Element:
        wanted = {each.get("FieldURI") for each in asked.iter(f"{{{_T}}}FieldURI")}
        header = any(
            each.get("PropertyTag", "").lower() == _HEADERS
            for each in asked.iter(f"{{{_T}}}ExtendedFieldURI")
        )

        def one(each: ET.Element) -> ET.Element:
            item = _item(box, each)
            content = "item:MimeContent" in wanted
            if content and item.poison:
                raise EwsError("ErrorMimeContentConversionFailed", "Content conversion failed.")
            return _message("Items", [_item_xml(item, content=content, header=header)])

        return _each("GetItem", _child(asked, _M, "ItemIds"), one)

    def _move_item(self, box: Mailbox, asked: ET.Element) -> ET.Element:
        folder = _folder(box, _child(asked, _M, "ToFolderId")[0])

        def one(each: ET.Element) -> ET.Element:
            item = _item(box, each)
            box.move(item, folder)
            return _message("Items", [_item_xml(item)])

        return _each("MoveItem", _child(asked, _M, "ItemIds"), one)

    def _update_item(self, box: Mailbox, asked: ET.Element) -> ET.Element:
        def one(each: ET.Element) -> ET.Element:
            item = _item(box, _child(each, _T, "ItemId"))
            for update in _child(each, _T, "Updates"):
                value = _child(update, _T, "Message")[0]
                if value.tag.endswith("IsRead"):
                    item.is_read = value.text in ("1", "true")
                else:
                    item.categories = [one.text or "" for one in value]
            box.touch(item)
            said = _message("Items", [_item_xml(item)])
            ET.SubElement(said, f"{{{_M}}}ConflictResults").append(_text(_T, "Count", "0"))
            return said

        return _each("UpdateItem", _child(asked, _M, "ItemChanges"), one)

    def _delete_item(self, box: Mailbox, asked: ET.Element) -> ET.Element:
        def one(each: ET.Element) -> ET.Element:
            box.delete(_item(box, each))
            return _message("", [])

        return _each("DeleteItem", _child(asked, _M, "ItemIds"), one)


def _child(of: ET.Element, space: str, name: str) -> ET.Element:
    found = of.find(f"{{{space}}}{name}")
    if found is None:
        raise EwsError("ErrorSchemaValidation", f"{name} is missing")
    return found


def _folder(box: Mailbox, asked: ET.Element) -> Folder:
    key = asked.get("Id", "")
    if asked.tag.endswith("DistinguishedFolderId") and key in ("root", "msgfolderroot"):
        return box.root
    if asked.tag.endswith("DistinguishedFolderId") and key in KNOWN:
        return box.known(key)
    if key in box.folders:
        return box.folders[key]
    raise EwsError("ErrorFolderNotFound")


def _item(box: Mailbox, asked: ET.Element) -> Item:
    item = box.find(asked.get("Id", ""))
    if item is not None and item.id == asked.get("Id"):
        return item
    raise EwsError("ErrorItemNotFound", "The specified object was not found in the store.")


def _text(space: str, name: str, text: str) -> ET.Element:
    made = ET.Element(f"{{{space}}}{name}")
    made.text = text
    return made


def _folder_xml(folder: Folder) -> ET.Element:
    made = ET.Element(f"{{{_T}}}Folder")
    ET.SubElement(made, f"{{{_T}}}FolderId", Id=folder.id, ChangeKey="1")
    made.append(_text(_T, "FolderClass", "IPF.Note"))
    made.append(_text(_T, "DisplayName", folder.name))
    made.append(_text(_T, "TotalCount", str(len(folder.items))))
    return made


def _item_xml(item: Item, *, content: bool = False, header: bool = False) -> ET.Element:
    made = ET.Element(f"{{{_T}}}Message")
    if content:
        made.append(_text(_T, "MimeContent", base64.b64encode(item.mime).decode()))
    ET.SubElement(made, f"{{{_T}}}ItemId", Id=item.id, ChangeKey=str(item.change))
    made.append(_text(_T, "Size", str(len(item.mime))))
    received = item.received.isoformat().replace("+00:00", "Z")
    made.append(_text(_T, "DateTimeReceived", received))
    if item.categories:
        names = ET.SubElement(made, f"{{{_T}}}Categories")
        names.extend(_text(_T, "String", each) for each in item.categories)
    if header:
        extended = ET.SubElement(made, f"{{{_T}}}ExtendedProperty")
        ET.SubElement(
            extended, f"{{{_T}}}ExtendedFieldURI", PropertyTag=_HEADERS, PropertyType="String"
        )
        block = item.mime.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        extended.append(_text(_T, "Value", block.decode("ascii")))
    made.append(_text(_T, "IsRead", str(item.is_read).lower()))
    return made


def _change_xml(folder: Folder, kind: str, item: Item) -> ET.Element:
    there = item.folder is folder and item.id in folder.items
    name = ("Create" if kind == "added" else "Update") if there else "Delete"
    made = ET.Element(f"{{{_T}}}{name}")
    made.append(_item_xml(item) if there else ET.Element(f"{{{_T}}}ItemId", Id=item.id))
    return made


def _message(name: str, inside: Iterable[ET.Element], text: str | None = None) -> ET.Element:
    made = ET.Element(f"{{{_M}}}ResponseMessage", ResponseClass="Success")
    made.append(_text(_M, "ResponseCode", "NoError"))
    if name:
        holder = ET.SubElement(made, f"{{{_M}}}{name}")
        holder.text = text
        holder.extend(inside)
    return made


def _page(name: str, inside: list[ET.Element]) -> ET.Element:
    made = _message("", [])
    count = str(len(inside))
    root = ET.SubElement(
        made, f"{{{_M}}}RootFolder", TotalItemsInView=count, IncludesLastItemInRange="true"
    )
    ET.SubElement(root, f"{{{_T}}}{name}").extend(inside)
    return made


def _failed(error: EwsError) -> ET.Element:
    made = ET.Element(f"{{{_M}}}ResponseMessage", ResponseClass="Error")
    made.append(_text(_M, "MessageText", error.text))
    made.append(_text(_M, "ResponseCode", error.code))
    return made


def _stale() -> ET.Element:
    made = _failed(EwsError("ErrorInvalidSyncStateData"))
    made.append(_text(_M, "SyncState", ""))
    made.append(_text(_M, "IncludesLastItemInRange", "true"))
    return made


def _each(
    operation: str, things: Iterable[ET.Element], do: Callable[[ET.Element], ET.Element]
) -> ET.Element:
    """Answer for each thing; one that fails does not keep the others from being answered."""
    said = []
    for each in things:
        try:
            said.append(do(each))
        except EwsError as error:
            said.append(_failed(error))
    return _wrapped(operation, said)


def _wrapped(operation: str, messages: list[ET.Element]) -> ET.Element:
    made = ET.Element(f"{{{_M}}}{operation}Response")
    inside = ET.SubElement(made, f"{{{_M}}}ResponseMessages")
    for each in messages:
        each.tag = f"{{{_M}}}{operation}ResponseMessage"
        inside.append(each)
    return made


def _envelope(body: ET.Element, status: int = 200) -> Response:
    made = ET.Element(f"{{{_SOAP}}}Envelope")
    header = ET.SubElement(made, f"{{{_SOAP}}}Header")
    ET.SubElement(
        header, f"{{{_T}}}ServerVersionInfo", MajorVersion="15", MinorVersion="1",
        MajorBuildNumber="2507", MinorBuildNumber="6", Version="V2017_07_11",
    )  # fmt: skip
    ET.SubElement(made, f"{{{_SOAP}}}Body").append(body)
    kind = {"Content-Type": "text/xml; charset=utf-8"}
    return Response(status, ET.tostring(made, "utf-8", xml_declaration=True), kind)


def _fault(error: EwsError) -> Response:
    made = ET.Element(f"{{{_SOAP}}}Fault")
    ET.SubElement(made, "faultcode").text = f"a:{error.code}"
    ET.SubElement(made, "faultstring").text = error.text
    detail = ET.SubElement(made, "detail")
    detail.append(_text(_E, "ResponseCode", error.code))
    detail.append(_text(_E, "Message", error.text))
    if error.values:
        inside = ET.SubElement(detail, f"{{{_T}}}MessageXml")
        for name, value in error.values.items():
            ET.SubElement(inside, f"{{{_T}}}Value", Name=name).text = str(value)
    return _envelope(made, 500)


_OPERATIONS: dict[str, Callable[[FakeEws, Mailbox, ET.Element], ET.Element]] = {
    "GetFolder": FakeEws._get_folder,
    "FindFolder": FakeEws._find_folder,
    "CreateFolder": FakeEws._create_folder,
    "SyncFolderItems": FakeEws._sync_folder_items,
    "FindItem": FakeEws._find_item,
    "GetItem": FakeEws._get_item,
    "MoveItem": FakeEws._move_item,
    "UpdateItem": FakeEws._update_item,
    "DeleteItem": FakeEws._delete_item,
}
