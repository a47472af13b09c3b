"""What Graph, or somebody in between, may do wrong, and what becomes of it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.plugins.exchange import ADDRESS, ExchangeFacts, problem
from tests.plugins.graph.box import Box, SendDesk, said
from tests.servers.web import Response

from postroom.hooks.contracts import Refused, Retry, Uncertain
from postroom.testing.notifier_contract import letter
from postroom.testing.transport_contract import Ledger, action_for, fetch, message
from postroom_graph.settings import GraphSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers.ca import LocalCA
    from tests.servers.graph import FakeGraph
    from tests.servers.web import Request


@pytest.fixture
def box(graph: FakeGraph, ca: LocalCA) -> Iterator[Box]:
    with closing(Box(graph, ca)) as box:
        yield box


@pytest.fixture
def desk(graph: FakeGraph, ca: LocalCA) -> Iterator[SendDesk]:
    with closing(SendDesk(graph, ca)) as desk:
        yield desk


class TestFacts(ExchangeFacts):
    """What holds over EWS as well."""


def where(part: str, answer: Response) -> Callable[[Request], Response | None]:
    """Answer like this wherever the path has this part."""
    return lambda request: answer if part in request.path else None


def test_an_application_that_is_kept_out_is_told_by_whom(box: Box) -> None:
    box.graph.blocked.add(ADDRESS)
    with problem("PR511", "[RAOP]", "RBAC for Applications", "Mail.ReadWrite"):
        box.transport().probe()


def test_a_permission_that_is_missing_is_named(box: Box) -> None:
    box.graph.answers.append(said(403, "ErrorAccessDenied", "Access is denied."))
    with problem("PR511", "Access is denied", "`Mail.ReadWrite`"):
        box.transport().probe()


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_server_at_fault_is_asked_again_later(box: Box, status: int) -> None:
    box.graph.answers.append(where("delta", said(status, "InternalServerError")))
    with problem("PR516"):
        list(box.transport().fetch(Ledger(), 10))


def test_a_server_that_fails_everywhere_blames_no_message(box: Box) -> None:
    box.deliver([message(1)])
    transport = box.transport()
    transport.probe()
    box.graph.answers.append(
        lambda request: None if "delta" in request.path else said(500, "InternalServerError")
    )
    with problem("PR516"):
        list(transport.fetch(Ledger(), 10))


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"value": 7}', b'{"value": [7]}', b'{"value": []}', b"[" * 100_000,
     b'{"value": [{"id": ""}]}', b"<html>", b'{"value": [], "@odata.deltaLink": 7}',
     b'{"value": [], "@odata.nextLink": "https://[::1"}'],
)  # fmt: skip
def test_an_answer_that_is_none_is_said_to_be_none(box: Box, body: bytes) -> None:
    box.graph.answers.append(where("delta", Response(200, body)))
    with problem("PR515"):
        list(box.transport().fetch(Ledger(), 10))


@pytest.mark.parametrize("name", ["@odata.nextLink", "@odata.deltaLink"])
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_no_link_leads_a_token_to_another_server(box: Box, name: str, scheme: str) -> None:
    here = box.graph.url.removeprefix("https://")
    host = "evil.example/v1.0" if scheme == "https" else here
    said_link = f'{{"value": [], "{name}": "{scheme}://{host}/users"}}'.encode()
    box.graph.answers.append(where("delta", Response(200, said_link)))
    with problem("PR515", "another server"):
        list(box.transport().fetch(Ledger(), 10))


def test_a_link_that_is_no_address_is_the_servers_fault(box: Box) -> None:
    link = f'{{"value": [], "@odata.nextLink": "{box.graph.url}/users\\u0001"}}'.encode()
    box.graph.answers.append(where("delta", Response(200, link)))
    with problem("PR515"):
        list(box.transport().fetch(Ledger(), 10))


def test_a_list_that_goes_round_and_round_is_given_up(box: Box) -> None:
    link = f'{{"value": [], "@odata.nextLink": "{box.graph.url}/users/delta"}}'.encode()
    box.graph.answers.append(where("delta", Response(200, link)))
    with problem("PR515", "does not come to an end"):
        list(box.transport().fetch(Ledger(), 10))
    assert len(box.graph.asked) < 10


def test_an_id_without_end_is_not_kept(box: Box) -> None:
    body = b'{"value": [{"id": "' + b"x" * 5_000 + b'"}]}'
    box.graph.answers.append(where("delta", Response(200, body)))
    with problem("PR515"):
        list(box.transport().fetch(Ledger(), 10))


def test_no_redirection_is_followed(box: Box) -> None:
    box.graph.answers.append(Response(302, b"", {"Location": "https://evil.example/"}))
    with problem("PR515", "redirection"):
        box.transport().probe()


def test_between_sweeps_only_changes_are_asked_for(box: Box) -> None:
    transport, ledger = box.transport(), Ledger(full_sweep=True)
    box.deliver([message(number) for number in range(250)])
    ledger.note(list(transport.fetch(ledger, 1_000)))
    ledger.full_sweep = False
    before = len(box.graph.asked)
    assert list(transport.fetch(ledger, 10)) == []
    assert len(box.graph.asked) == before + 1
    assert "$deltatoken" in box.graph.asked[-1][1]


def test_one_request_at_a_time(box: Box) -> None:
    box.deliver([message(number) for number in range(20)])
    fetch(box)
    assert box.graph.most_at_once == 1


def test_a_folder_below_others_is_found_whatever_its_case(box: Box) -> None:
    folders = box.mailbox
    billing = folders.make("Billing", folders.root)
    for number in range(30):
        folders.make(f"Year {number}", billing)
    folders.deliver(message(1), folders.make("2024", billing))
    (found,) = box.transport(folder="/billing/2024").fetch(Ledger(), 10)
    assert (found.raw, found.place.mailbox) == (message(1), "billing/2024")


def test_a_category_joins_those_that_there_are(box: Box) -> None:
    box.deliver([message(1)])
    next(box.mailbox.all()).categories = ["Ann"]
    (found,) = fetch(box)
    once = [said(412, "ErrorIrresolvableConflict")]
    box.graph.answers.append(
        lambda request: once.pop() if request.method == "PATCH" and once else None
    )
    assert box.transport().settle(action_for(found, "flag", "done")).done
    assert next(box.mailbox.all()).categories == ["Ann", "done"]
    assert once == []


def test_somebody_who_keeps_changing_a_message_has_us_come_again(box: Box) -> None:
    box.deliver([message(1)])
    (found,) = fetch(box)
    box.graph.answers.append(
        lambda request: said(412, "Conflict") if request.method == "PATCH" else None
    )
    receipt = box.transport().settle(action_for(found, "flag", "seen"))
    assert (receipt.done, receipt.final) == (False, False)


def test_a_flag_of_the_protocol_is_one_here(box: Box) -> None:
    box.deliver([message(1)])
    (found,) = fetch(box)
    assert box.transport().settle(action_for(found, "flag", "flagged")).done
    item = next(box.mailbox.all())
    assert (item.flagged, item.is_read, item.categories) == (True, False, [])


def test_a_message_keeps_its_id_when_it_is_moved(box: Box) -> None:
    box.deliver([message(1)])
    (found,) = fetch(box)
    assert box.transport().settle(action_for(found, "move", "Done/2026")).done
    (moved,) = box.transport(folder="Done/2026").fetch(Ledger(), 10)
    assert (moved.place.key, moved.raw) == (found.place.key, found.raw)


def test_every_request_asks_for_ids_that_last(box: Box) -> None:
    box.deliver([message(1), message(2)])
    first, second = fetch(box)
    box.transport().settle(action_for(first, "move", "Done"))
    box.transport().settle(action_for(second, "flag", "seen"))
    box.transport().probe()
    assert box.graph.asked
    assert box.graph.changing_ids == 0


def test_a_folder_that_somebody_else_makes_first_is_taken(box: Box) -> None:
    box.deliver([message(1)])
    (found,) = fetch(box)

    def quicker(request: Request) -> None:
        if request.method == "POST" and request.path.endswith("/childFolders"):
            box.mailbox.make("Done", box.mailbox.root)

    box.graph.answers.append(quicker)
    assert box.transport().settle(action_for(found, "move", "Done")).done
    assert [each.folder.name for each in box.mailbox.all()] == ["Done"]


def test_what_was_due_under_an_id_of_another_transport_is_refused_for_good(box: Box) -> None:
    box.deliver([message(1)])
    (found,) = fetch(box)
    malformed = said(400, "ErrorInvalidIdMalformed", "Id is malformed.")
    box.graph.answers.append(where("/messages/", malformed))
    receipt = box.transport().settle(action_for(found, "delete"))
    assert (receipt.done, receipt.final) == (False, True)
    assert "another transport" in receipt.detail


@pytest.mark.parametrize(
    "changes",
    [{"base_url": "http://graph.microsoft.com/v1.0"}, {"base_url": "graph.microsoft.com"},
     {"base_url": "https://[::1"}, {"mailbox": "help"}, {"mailbox": "a@b\r\nc"}],
)  # fmt: skip
def test_settings_that_would_do_harm_are_refused(box: Box, changes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"must be an address|is not an address"):
        replace(box.settings, **changes)
    assert isinstance(box.settings, GraphSettings)


def test_a_letter_arrives_as_the_bytes_that_are_kept(desk: SendDesk) -> None:
    sent = desk.notifier().send(letter())
    assert desk.received() == [sent]


def test_a_refusal_for_now_says_how_long(desk: SendDesk) -> None:
    desk.refuse(for_good=False)
    with pytest.raises(Retry) as caught:
        desk.notifier().send(letter())
    assert caught.value.after == timedelta(seconds=7)


def test_nobody_knows_of_a_letter_whose_answer_was_cut_off(desk: SendDesk) -> None:
    desk.graph.answers.append(Response(202, b"taken", breaks_after=2))
    with pytest.raises(Uncertain):
        desk.notifier().send(letter())


def test_a_letter_waits_for_a_permission_that_is_missing(desk: SendDesk) -> None:
    desk.graph.answers.append(said(403, "ErrorSendAsDenied", "no right to send as"))
    with pytest.raises(Retry, match="no right to send as"):
        desk.notifier().send(letter())


def test_those_who_can_be_written_to_have_it_all_the_same(desk: SendDesk) -> None:
    with pytest.raises(Refused, match="nowhere") as caught:
        desk.notifier().send(letter(to=("ann@partner.example", "nowhere")))
    assert desk.received() == [caught.value.raw]


def test_a_letter_that_is_too_large_is_refused_before_it_is_sent(desk: SendDesk) -> None:
    with pytest.raises(Refused, match="Graph takes"):
        desk.notifier().send(letter(text="x" * 3_100_000))
    assert desk.graph.asked == []
