from __future__ import annotations

import io
import os
import resource
import shutil
from typing import TYPE_CHECKING

import pytest
import zstandard

from postroom.source.diagnostic import Problem
from postroom.testing.store_rows import mail, raw
from postroom_duckdb.pack import Packs, Spot, pack_path, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def packs(tmp_path: Path) -> Iterator[Packs]:
    packs = Packs(tmp_path, 1_000_000)
    packs.open(None)
    yield packs
    packs.close()


def reopened(folder: Path, end: Spot | None, size: int = 1_000_000) -> Packs:
    """Return packs as the next engine opens them, when the database knows of mail up to end."""
    packs = Packs(folder, size)
    packs.open(end)
    return packs


def test_any_zstd_reads_a_pack(packs: Packs, tmp_path: Path) -> None:
    packs.append([mail(1), mail(2)])
    packs.append([mail(3)])
    whole = io.BytesIO(pack_path(tmp_path, 1).read_bytes())
    reader = zstandard.ZstdDecompressor().stream_reader(whole, read_across_frames=True)
    assert reader.read() == raw(1) + raw(2) + raw(3)


def test_a_new_file_is_begun_when_one_is_full(tmp_path: Path) -> None:
    packs = reopened(tmp_path, None, size=200)
    spots = [packs.append([mail(n)])[0] for n in range(1, 8)]
    packs.close()
    assert [spot.pack for spot in spots] == sorted(spot.pack for spot in spots)
    assert len({spot.pack for spot in spots}) > 1
    assert [read(tmp_path, spot, n) for n, spot in enumerate(spots, 1)] == [
        raw(n) for n in range(1, 8)
    ]


def test_the_next_engine_goes_on_in_the_same_file(packs: Packs, tmp_path: Path) -> None:
    (first,) = packs.append([mail(1)])
    packs.close()
    (second,) = reopened(tmp_path, first).append([mail(2)])
    assert second.pack == first.pack
    assert read(tmp_path, first, 1) == raw(1)
    assert read(tmp_path, second, 2) == raw(2)


@pytest.mark.parametrize("torn", [b"x", b"\x50\x2a\x4d\x18", bytes(500)])
def test_what_a_crash_left_behind_is_passed_over(packs: Packs, tmp_path: Path, torn: bytes) -> None:
    (first,) = packs.append([mail(1)])
    packs.close()
    with pack_path(tmp_path, first.pack).open("ab") as file:
        file.write(torn)
    (second,) = reopened(tmp_path, first).append([mail(2)])
    assert second.pack == first.pack + 1
    assert read(tmp_path, first, 1) == raw(1)
    assert read(tmp_path, second, 2) == raw(2)


def test_a_file_that_no_commit_knows_of_is_passed_over(packs: Packs, tmp_path: Path) -> None:
    packs.append([mail(1)])
    packs.close()
    (first,) = reopened(tmp_path, None).append([mail(2)])
    assert first.pack == 2
    assert read(tmp_path, first, 2) == raw(2)


def test_a_file_that_is_gone_is_not_begun_again(packs: Packs, tmp_path: Path) -> None:
    (first,) = packs.append([mail(1)])
    packs.close()
    pack_path(tmp_path, first.pack).unlink()
    (second,) = reopened(tmp_path, first).append([mail(2)])
    assert second.pack > first.pack
    with pytest.raises(Problem, match="PR522"):
        read(tmp_path, first, 1)


def test_any_damage_is_noticed(packs: Packs, tmp_path: Path) -> None:
    (spot,) = packs.append([mail(1)])
    path = pack_path(tmp_path, spot.pack)
    sound = path.read_bytes()
    for at in range(spot.offset, spot.offset + spot.length):
        path.write_bytes(sound[:at] + bytes([sound[at] ^ 0x55]) + sound[at + 1 :])
        with pytest.raises(Problem, match="PR522"):
            read(tmp_path, spot, 1)
    path.write_bytes(sound[:-1])
    with pytest.raises(Problem, match="PR522"):
        read(tmp_path, spot, 1)
    path.write_bytes(sound)
    assert read(tmp_path, spot, 1) == raw(1)


def test_the_message_of_another_communication_is_not_given_out(
    packs: Packs, tmp_path: Path
) -> None:
    one, two = packs.append([mail(1), mail(2)])
    with pytest.raises(Problem, match="not those that came in"):
        read(tmp_path, one, 2)
    assert read(tmp_path, two, 2) == raw(2)


def test_what_could_not_be_written_in_full_is_taken_back(packs: Packs, tmp_path: Path) -> None:
    (first,) = packs.append([mail(1)])
    size = pack_path(tmp_path, 1).stat().st_size
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, most))
    try:
        with pytest.raises(OSError, match="too large"):
            packs.append([mail(2, raw=os.urandom(5_000))])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert pack_path(tmp_path, 1).stat().st_size == size
    (third,) = packs.append([mail(3)])
    assert read(tmp_path, first, 1) == raw(1)
    assert read(tmp_path, third, 3) == raw(3)


@pytest.mark.parametrize("with_all", [False, True], ids=["the file", "the folder"])
def test_a_file_that_somebody_removes_is_not_added_to(tmp_path: Path, *, with_all: bool) -> None:
    folder = tmp_path / "packs"
    packs = reopened(folder, None)
    packs.append([mail(1)])
    if with_all:
        shutil.rmtree(folder)
    else:
        pack_path(folder, 1).unlink()
    (spot,) = packs.append([mail(2)])
    packs.close()
    assert (spot.pack, read(folder, spot, 2)) == (2, raw(2))
