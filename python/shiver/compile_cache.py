"""`cache_info` and `clear_cache`: what was compiled before."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from shiver import _native, sharing

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CacheInfo", "cache_info", "clear_cache"]


class CacheInfo(NamedTuple):
    """What the cache holds, and how it has served this process."""

    #: The folder on the disk; `None` where none can be used, and nothing outlives the process.
    folder: Path | None
    #: The number of files in it.
    files: int
    #: Their size in bytes.
    bytes: int
    #: The size in bytes at which the least recently used files go.
    limit: int
    #: How many look-ups on the disk found what they looked for, in this process.
    hits: int
    #: How many did not.
    misses: int


def cache_info() -> CacheInfo:
    """Tells what the cache of compiled code holds.

    Sources and loop nests that were compiled once are kept in a folder: ``SHIVER_CACHE_DIR``, else
    ``shiver`` in the platform's folder for caches. An entry is used only for the same source, the
    same options, the same contents of all included headers, the same CPU and the same build of
    Shiver. A folder that cannot be used costs nothing but the compile.

    Examples
    --------
    >>> import shiver
    >>> info = shiver.cache_info()
    >>> info.bytes <= info.limit
    True
    """
    from pathlib import Path  # it takes 3 ms to import

    folder, *numbers = _native.cache_info()
    return CacheInfo(None if folder is None else Path(folder), *numbers)


def clear_cache() -> None:
    """Drops what the cache holds, in memory and on the disk.

    Functions that are in use stay as they are.

    Examples
    --------
    >>> import shiver
    >>> shiver.clear_cache()
    >>> shiver.cache_info().files
    0
    """
    sharing.drop_kept()
    _native.clear_cache()
