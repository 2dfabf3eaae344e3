"""centime: a time-series store for what things cost and what they did for that money.

    import centime

    with centime.open("costs") as store:  # or centime.connect("http://127.0.0.1:8080")
        store.add_costs([{"provider": "aws", "service": "ec2", "cost_usd": "3.50"}])
        store.cost_summary()["total_cost"]  # Decimal('3.50')
        for row in store.query("cost", aggregates=["sum(cost_usd)"], tags=["provider"]):
            ...

A folder is one store, written by one process; a server is asked by any. Both have the same calls: see `Store`. Money is Decimal
and never passes through a float; floats given for it count as the shortest text that is that float.
"""

from __future__ import annotations

import os as _os
from typing import Optional, Union

from . import errors
from .errors import (
    Busy,
    Cancelled,
    Closed,
    Corrupt,
    CurrencyError,
    DiskFull,
    Error,
    Exists,
    Forbidden,
    FormatError,
    Invalid,
    IoError,
    LibraryError,
    LimitExceeded,
    NotFound,
    OutOfMemory,
    OutOfRange,
    ParseError,
    ReadOnly,
    ServerError,
    Stale,
    TypeConflict,
    Unauthorized,
    Unreachable,
)
from .local import LocalStore, open_local
from .remote import RemoteStore
from .result import Result
from .store import Store
from .transport import Transport
from .values import Nanoseconds
from .writer import Batch, Reject, Writer, WriteResult

__version__ = "0.1.0"


def open(
    path: Union[str, "_os.PathLike[str]"],
    *,
    database: Optional[str] = None,
    read_only: bool = False,
    must_exist: bool = False,
    in_memory: bool = False,
    durability: str = "sync",
    interval_ms: int = 0,
    background: bool = True,
    series_max: int = 0,
    query_threads: int = 0,
    memory_bytes: int = 0,
    library: Optional[str] = None,
) -> LocalStore:
    """Opens the store in a folder, making it where there is none, and recovers what a crash left.

    read_only     any number of processes may; nothing is ever written
    must_exist    NotFound where there is no store
    in_memory     nothing is kept; the path is a name only
    durability    "sync": on the device before a write returns; "interval": within interval_ms (200); "none"
    background    False: no thread is started, the program calls `step`
    series_max, query_threads, memory_bytes   limits; 0: the library's
    library       path of the C library; None: it is found, see `centime.library`

    Busy where another process writes to it."""
    return open_local(
        path,
        database,
        library,
        read_only=read_only,
        must_exist=must_exist,
        in_memory=in_memory,
        durability=durability,
        interval_ms=interval_ms,
        background=background,
        series_max=series_max,
        query_threads=query_threads,
        memory_bytes=memory_bytes,
    )


def connect(
    url: Optional[str] = None,
    *,
    token: Optional[str] = None,
    database: Optional[str] = None,
    timeout: float = 60.0,
    retries: int = 4,
) -> RemoteStore:
    """A store behind a server, such as "http://127.0.0.1:8080"; nothing is sent yet.

    url       None: the environment's CENTIME_URL
    token     None: the environment's CENTIME_TOKEN, if any
    timeout   seconds without a byte until a try is given up
    retries   of a request after overload, or after a lost connection where that can do no harm"""
    url = url or _os.environ.get("CENTIME_URL")
    if not url:
        raise errors.Invalid("no server is said: give its URL, or set CENTIME_URL")
    return RemoteStore(Transport(url, token or _os.environ.get("CENTIME_TOKEN"), timeout, retries), database)


__all__ = [
    "Batch",
    "Busy",
    "Cancelled",
    "Closed",
    "Corrupt",
    "CurrencyError",
    "DiskFull",
    "Error",
    "Exists",
    "Forbidden",
    "FormatError",
    "Invalid",
    "IoError",
    "LibraryError",
    "LimitExceeded",
    "LocalStore",
    "Nanoseconds",
    "NotFound",
    "OutOfMemory",
    "OutOfRange",
    "ParseError",
    "ReadOnly",
    "Reject",
    "RemoteStore",
    "Result",
    "ServerError",
    "Stale",
    "Store",
    "TypeConflict",
    "Unauthorized",
    "Unreachable",
    "WriteResult",
    "Writer",
    "connect",
    "errors",
    "open",
]
