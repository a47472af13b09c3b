from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom_imap.names import Names, Namespace

PLAIN = Names((Namespace("", "/"),))
DOTS = Names((Namespace("", "."),))
BELOW_INBOX = Names((Namespace("INBOX.", "."), Namespace("user.", "."), Namespace("Shared.", ".")))
MIXED = Names((Namespace("", "/"), Namespace("~", "/"), Namespace("#public.", ".")))
FLAT = Names((Namespace("", ""),))


@pytest.mark.parametrize(
    ("names", "written", "on_server"),
    [
        (PLAIN, "Help/New", "Help/New"),
        (DOTS, "Help/New", "Help.New"),
        (DOTS, "INBOX/New", "INBOX.New"),
        (BELOW_INBOX, "Processed", "INBOX.Processed"),
        (BELOW_INBOX, "INBOX/Processed", "INBOX.Processed"),
        (BELOW_INBOX, "INBOX.Processed", "INBOX.Processed"),
        (BELOW_INBOX, "Shared/Support/New", "Shared.Support.New"),
        (BELOW_INBOX, "Sharedness", "INBOX.Sharedness"),
        (BELOW_INBOX, "user/ann/Help", "user.ann.Help"),
        (MIXED, "#public/Support/New", "#public.Support.New"),
        (MIXED, "#public.Support/New", "#public.Support.New"),
        (MIXED, "~ann/Help", "~ann/Help"),
        (FLAT, "Help/New", "Help/New"),
    ],
)
def test_a_name_is_found_in_its_namespace(names: Names, written: str, on_server: str) -> None:
    assert names.on_server(written) == on_server


@pytest.mark.parametrize("names", [PLAIN, DOTS, BELOW_INBOX, MIXED, FLAT])
@pytest.mark.parametrize("name", ["INBOX", "Inbox", "inbox"])
def test_the_inbox_is_the_inbox_everywhere(names: Names, name: str) -> None:
    assert names.on_server(name) == name


@given(st.lists(st.text("abc-# ", min_size=1, max_size=5), min_size=1, max_size=4))
def test_what_a_server_calls_a_folder_means_the_same_folder(levels: list[str]) -> None:
    for names in (PLAIN, DOTS, BELOW_INBOX, MIXED, FLAT):
        called = names.on_server("/".join(levels))
        assert names.on_server(called) == called
