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

from tests.servers.ews_soap import (
    SOAP,
    EwsError,
    M,
    T,
    child,
    envelope,
    failed,
    fault,
    for_each,
    leaf,
    message,
    page,
    wrapped,
)
from tests.servers.ews_streams import Streams
from tests.servers.exchange import KNOWN, Folder, Item, Mailbox
from tests.servers.web import Request, Response, Web

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from tests.servers.authority import Authority
    from tests.servers.ca import Certificate
    from tests.servers.ntlm import Ntlm

_HEADERS = "0x7d"
USER, PASSWORD = "KESTREL\\help", "pass-word-4711"


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
    ntlm: Ntlm | None = None
    """Who lets people in, in place of Basic and Bearer."""
    spoils: dict[str, EwsError | Response] = field(default_factory=dict)
    """What is answered for all whenever the content of a message is asked for, by its id."""
    leaves_out: set[str] = field(default_factory=set)
    """Messages of which nothing is said when they are asked for."""
    streams: Streams = field(default_factory=Streams)
    asked_for: list[str] = field(default_factory=list)
    """The version that each request was written for."""
    version: str = "Exchange2016"
    """What requests must be written for."""

    def __enter__(self) -> Self:
        self._web = Web(self.certificate, self._answer)
        self._web.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.streams.end()
        self._web.__exit__()

    @property
    def url(self) -> str:
        return f"{self._web.base}/EWS/Exchange.asmx"

    def mailbox(self, address: str) -> Mailbox:
        return self.boxes.setdefault(address, Mailbox(address))

    def _answer(self, request: Request) -> Response:
        asked = ET.fromstring(request.body)
        body = child(asked, SOAP, "Body")[0]
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
            if operation == "GetStreamingEvents":
                return Response(chunks=self.streams.connection(body))
            if operation == "GetItem" and (spoiled := self._spoiled(body)) is not None:
                return spoiled
            return envelope(_OPERATIONS[operation](self, box, body))
        except EwsError as error:
            return fault(error)
        except PermissionError as error:
            return Response(401, b"", {"WWW-Authenticate": str(error)})

    def _spoiled(self, asked: ET.Element) -> Response | None:
        """Return what is answered in place of messages. Raises EwsError."""
        fields = {each.get("FieldURI") for each in asked.iter(f"{{{T}}}FieldURI")}
        keys = [each.get("Id", "") for each in child(asked, M, "ItemIds")]
        spoiled = next((self.spoils[key] for key in keys if key in self.spoils), None)
        if "item:MimeContent" not in fields or spoiled is None:
            return None
        if isinstance(spoiled, EwsError):
            raise spoiled
        return spoiled

    def _let_in(self, request: Request, asked: ET.Element) -> Mailbox:
        """Return the mailbox that is meant. Raises PermissionError and EwsError."""
        version = child(child(asked, SOAP, "Header"), T, "RequestServerVersion").get("Version")
        self.asked_for.append(version or "")
        if version != self.version:
            raise EwsError("ErrorInvalidServerVersion", "The server version is invalid.")
        acting_as = asked.findtext(f".//{{{T}}}PrimarySmtpAddress")
        user = self._user(request)
        if user.startswith("app:") and acting_as is None:
            raise EwsError("ErrorMissingEmailAddress", "Say which mailbox is meant.")
        address = acting_as or next(iter(self.boxes), "")
        if address in self.denied:
            raise EwsError("ErrorImpersonateUserDenied", "The account may not impersonate.")
        if address not in self.boxes:
            raise EwsError("ErrorNonExistentMailbox", "There is no mailbox of this address.")
        return self.boxes[address]

    def _user(self, request: Request) -> str:
        """Return who asks. Raises PermissionError with what must be shown."""
        if self.ntlm is not None:
            if wanted := self.ntlm.wants(request):
                raise PermissionError(wanted)
            return request.connection.user
        kind, _, shown = request.headers.get("Authorization", "").partition(" ")
        if kind == "Bearer" and (said := self.issuer.introspect(shown))["active"]:
            return str(said["username"])
        if kind == "Basic" and base64.b64decode(shown).decode() == f"{USER}:{PASSWORD}":
            return USER
        raise PermissionError('Basic realm="", Bearer')

    def _get_folder(self, box: Mailbox, asked: ET.Element) -> ET.Element:
        def one(each: ET.Element) -> ET.Element:
            return message("Folders", [_folder_xml(_folder(box, each))])

        return for_each("GetFolder", child(asked, M, "FolderIds"), one)

    def _find_folder(self, box: Mailbox, asked: ET.Element) -> ET.Element:
        name = asked.find(f".//{{{T}}}IsEqualTo//{{{T}}}Constant")

        def one(each: ET.Element) -> ET.Element:
            inside = box.children(_folder(box, each))
            found = [one for one in inside if name is None or one.name == name.get("Value")]
            return page("Folders", [_folder_xml(one) for one in found])

        return for_each("FindFolder", child(asked, M, "ParentFolderIds"), one)

    def _create_folder(self, box: Mailbox, asked: ET.Element) -> ET.Element:
        parent = _folder(box, child(asked, M, "ParentFolderId")[0])

        def one(each: ET.Element) -> ET.Element:
            name = each.findtext(f"{{{T}}}DisplayName", "")
            if any(one.name.casefold() == name.casefold() for one in box.children(parent)):
                raise EwsError("ErrorFolderExists")
            return message("Folders", [_folder_xml(box.make(name, parent))])

        return for_each("CreateFolder", child(asked, M, "Folders"), one)

    def _sync_folder_items(self, box: Mailbox, asked: ET.Element) -> ET.Element:
        folder = _folder(box, child(asked, M, "SyncFolderId")[0])
        state, _, at = asked.findtext(f"{{{M}}}SyncState", f"{self.state}|0").partition("|")
        most = int(asked.findtext(f"{{{M}}}MaxChangesReturned", "100"))
        if state != str(self.state):
            return wrapped("SyncFolderItems", [_stale()])
        changes = folder.log[int(at) :][:most]
        done = int(at) + len(changes)
        found = ET.Element(f"{{{M}}}Changes")
        found.extend(_change_xml(folder, kind, item) for kind, item in changes)
        last = str(done >= len(folder.log)).lower()
        said = message("SyncState", [], f"{state}|{done}")
        said.append(leaf(M, "IncludesLastItemInRange", last))
        said.append(found)
        return wrapped("SyncFolderItems", [said])

    def _find_item(self, box: Mailbox, asked: ET.Element) -> ET.Element:
        def one(each: ET.Element) -> ET.Element:
            items = _folder(box, each).items.values()
            newest = sorted(items, key=lambda item: item.received, reverse=True)[:1]
            return page("Items", [_item_xml(item) for item in newest])

        return for_each("FindItem", child(asked, M, "ParentFolderIds"), one)

    def _get_item(self, box: Mailbox, asked: ET.Element) -> ET.Element:
        wanted = {each.get("FieldURI") for each in asked.iter(f"{{{T}}}FieldURI")}
        header = any(
            each.get("PropertyTag", "").lower() == _HEADERS
            for each in asked.iter(f"{{{T}}}ExtendedFieldURI")
        )

        def one(each: ET.Element) -> ET.Element:
            item = _item(box, each)
            content = "item:MimeContent" in wanted
            if content and item.poison:
                raise EwsError("ErrorMimeContentConversionFailed", "Content conversion failed.")
            return message("Items", [_item_xml(item, content=content, header=header)])

        told = [
            each for each in child(asked, M, "ItemIds") if each.get("Id") not in self.leaves_out
        ]
        return for_each("GetItem", told, one)

    def _move_item(self, box: Mailbox, asked: ET.Element) -> ET.Element:
        folder = _folder(box, child(asked, M, "ToFolderId")[0])

        def one(each: ET.Element) -> ET.Element:
            item = _item(box, each)
            box.move(item, folder)
            return message("Items", [_item_xml(item)])

        return for_each("MoveItem", child(asked, M, "ItemIds"), one)

    def _update_item(self, box: Mailbox, asked: ET.Element) -> ET.Element:
        def one(each: ET.Element) -> ET.Element:
            item = _item(box, child(each, T, "ItemId"))
            for update in child(each, T, "Updates"):
                value = child(update, T, "Message")[0]
                if value.tag.endswith("IsRead"):
                    item.is_read = value.text in ("1", "true")
                else:
                    item.categories = [one.text or "" for one in value]
            box.touch(item)
            said = message("Items", [_item_xml(item)])
            ET.SubElement(said, f"{{{M}}}ConflictResults").append(leaf(T, "Count", "0"))
            return said

        return for_each("UpdateItem", child(asked, M, "ItemChanges"), one)

    def _delete_item(self, box: Mailbox, asked: ET.Element) -> ET.Element:
        def one(each: ET.Element) -> ET.Element:
            box.delete(_item(box, each))
            return message("", [])

        return for_each("DeleteItem", child(asked, M, "ItemIds"), one)


def _subscribe(ews: FakeEws, box: Mailbox, asked: ET.Element) -> ET.Element:
    wanted = asked.find(f".//{{{T}}}FolderIds/*")
    if wanted is None or not asked[0].tag.endswith("StreamingSubscriptionRequest"):
        raise EwsError("ErrorInvalidSubscriptionRequest")
    return ews.streams.subscribe(box, _folder(box, wanted))


def _unsubscribe(ews: FakeEws, _: Mailbox, asked: ET.Element) -> ET.Element:
    return ews.streams.unsubscribe(asked)


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


def _folder_xml(folder: Folder) -> ET.Element:
    made = ET.Element(f"{{{T}}}Folder")
    ET.SubElement(made, f"{{{T}}}FolderId", Id=folder.id, ChangeKey="1")
    made.append(leaf(T, "FolderClass", "IPF.Note"))
    made.append(leaf(T, "DisplayName", folder.name))
    made.append(leaf(T, "TotalCount", str(len(folder.items))))
    return made


def _item_xml(item: Item, *, content: bool = False, header: bool = False) -> ET.Element:
    made = ET.Element(f"{{{T}}}Message")
    if content:
        made.append(leaf(T, "MimeContent", base64.b64encode(item.mime).decode()))
    ET.SubElement(made, f"{{{T}}}ItemId", Id=item.id, ChangeKey=str(item.change))
    made.append(leaf(T, "Size", str(len(item.mime))))
    received = item.received.isoformat().replace("+00:00", "Z")
    made.append(leaf(T, "DateTimeReceived", received))
    if item.categories:
        names = ET.SubElement(made, f"{{{T}}}Categories")
        names.extend(leaf(T, "String", each) for each in item.categories)
    if header:
        extended = ET.SubElement(made, f"{{{T}}}ExtendedProperty")
        ET.SubElement(
            extended, f"{{{T}}}ExtendedFieldURI", PropertyTag=_HEADERS, PropertyType="String"
        )
        block = item.mime.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        extended.append(leaf(T, "Value", block.decode("ascii")))
    made.append(leaf(T, "IsRead", str(item.is_read).lower()))
    return made


def _change_xml(folder: Folder, kind: str, item: Item) -> ET.Element:
    there = item.folder is folder and item.id in folder.items
    name = ("Create" if kind == "added" else "Update") if there else "Delete"
    made = ET.Element(f"{{{T}}}{name}")
    made.append(_item_xml(item) if there else ET.Element(f"{{{T}}}ItemId", Id=item.id))
    return made


def _stale() -> ET.Element:
    made = failed(EwsError("ErrorInvalidSyncStateData"))
    made.append(leaf(M, "SyncState", ""))
    made.append(leaf(M, "IncludesLastItemInRange", "true"))
    return made


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
    "Subscribe": _subscribe,
    "Unsubscribe": _unsubscribe,
}
