"""What can go wrong, one class for each status of the library.

Every error is an `Error`; many are also what Python would raise for the like, so that `except ValueError` works. Its text says
what was found, what was expected and what to do; `line`, `column`, `file` and `offset` say where, 0 or "" where nothing does.
"""

from __future__ import annotations

from typing import Any, Optional


class Error(Exception):
    """Base of all. `status` is the library's name for what happened, such as "not_found"."""

    status = "error"

    def __init__(
        self,
        text: str,
        *,
        line: int = 0,
        column: int = 0,
        file: str = "",
        offset: int = 0,
        errno: int = 0,
        details: Optional[list[Any]] = None,
        result: Any = None,
    ) -> None:
        super().__init__(text)
        self.text = text
        self.line = line  # 1-based, of the input
        self.column = column  # 1-based byte of that line
        self.file = file
        self.offset = offset  # bytes into the file
        self.errno = errno  # of the system call that failed
        self.details = details or []  # what a server said besides
        self.result = result  # of a write: what was written all the same

    def __repr__(self) -> str:
        where = f", line={self.line}, column={self.column}" if self.line else ""
        where += f", file={self.file!r}, offset={self.offset}" if self.file else ""
        return f"{type(self).__name__}({self.text!r}{where})"


class OutOfMemory(Error, MemoryError):
    status = "no_memory"


class IoError(Error):
    """Input or output failed; `errno` says how."""

    status = "io"


class Corrupt(Error):
    """Stored data is damaged; `file` and `offset` say where."""

    status = "corrupt"


class FormatError(Error):
    """A file of an unknown format or version."""

    status = "format"


class Invalid(Error, ValueError):
    """An argument that makes no sense."""

    status = "invalid"


class ParseError(Error, ValueError):
    """Malformed input. Of a write: `result` has what was written and the lines that were not."""

    status = "parse"


class TypeConflict(Error, TypeError):
    """A value of another type than its field."""

    status = "type"


class LimitExceeded(Error):
    """A limit was exceeded; the text names it."""

    status = "limit"


class OutOfRange(Error, ValueError):
    status = "range"


class NotFound(Error, LookupError):
    """No such store, database, table, run, pipeline or budget."""

    status = "not_found"


class Exists(Error):
    status = "exists"


class ReadOnly(Error):
    """The store was opened so, or turned so after a failed write."""

    status = "read_only"


class Busy(Error):
    """Another process writes to the store, or a server has more to do than it takes on."""

    status = "busy"


class Stale(Error):
    """Definitions changed meanwhile, or an older revision of a bill was sent after a newer one."""

    status = "stale"


class Cancelled(Error):
    status = "cancelled"


class DiskFull(Error):
    status = "disk_full"


class CurrencyError(Error, ValueError):
    """A sum over several currencies; the text lists them."""

    status = "currency"


class Closed(Error, ValueError):
    """The store was closed."""

    status = "closed"


class LibraryError(Error, ImportError):
    """The C library was not found, or is of another version."""

    status = "library"


class Unreachable(Error, ConnectionError):
    """No answer from the server; the last try says why."""

    status = "unreachable"


class Unauthorized(Error, PermissionError):
    """The server wants a token, or knows a better one."""

    status = "unauthorized"


class Forbidden(Error, PermissionError):
    """The token may not do that."""

    status = "forbidden"


class ServerError(Error):
    """An answer that no other class stands for; `http_status` has its number."""

    status = "server"
    http_status = 0


# By the library's numbers.
BY_NUMBER = {
    1: OutOfMemory,
    2: IoError,
    3: Corrupt,
    4: FormatError,
    5: Invalid,
    6: ParseError,
    7: TypeConflict,
    8: LimitExceeded,
    9: OutOfRange,
    10: NotFound,
    11: Exists,
    12: ReadOnly,
    13: Busy,
    14: Stale,
    15: Cancelled,
    16: DiskFull,
    17: CurrencyError,
}

# By the slugs of servers.
BY_STATUS = {kind.status: kind for kind in (*BY_NUMBER.values(), Unauthorized, Forbidden)}
