"""What can be set about the store."""

from __future__ import annotations

from dataclasses import dataclass

from postroom.model.settings import ByteSize, setting


@dataclass(frozen=True, slots=True)
class DuckdbSettings:
    """Settings of the DuckDB store. The defaults were measured: see benchmarks/store.py."""

    memory_limit: ByteSize = setting(
        "How much memory the database may use; very long texts make it use more",
        default=96_000_000,
    )
    threads: int = setting("How many threads the database may use", default=1)
    checkpoint_at: ByteSize = setting(
        "How large the write-ahead log grows before it is worked into the database",
        default=16_000_000,
    )
    pack_size: ByteSize = setting(
        "How large a file of raw mail grows before the next one is begun", default=256_000_000
    )
