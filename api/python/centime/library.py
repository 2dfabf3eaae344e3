"""The C library: where it is, and its calls with their types.

It is looked for at CENTIME_LIBRARY, then beside this package, then where the system's libraries are. It is loaded when it is
first needed, so that programs which only speak to a server do without. Calls let go of the interpreter's lock.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import threading
from ctypes import POINTER, c_char_p, c_int, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from pathlib import Path
from typing import Any, Optional

from . import errors, structs

VERSION = (0, 1)  # of the header that structs.py was written from; the last number may differ

_ERR = POINTER(structs.Error)
_OUT = POINTER(c_void_p)
_TEXTS = POINTER(c_char_p)
_WRITTEN = POINTER(structs.WriteResult)

# Arguments of the calls that return a status; each ends in the error, which is left out here.
_CALLS: dict[str, list[Any]] = {
    "open": [c_char_p, POINTER(structs.Options), _OUT],
    "close": [c_void_p],
    "declare_table": [c_void_p, c_char_p, c_char_p, POINTER(structs.TableOptions)],
    "writer_create": [c_void_p, c_char_p, _OUT],
    "writer_lines": [c_void_p, c_char_p, c_size_t, POINTER(structs.WriteOptions), _WRITTEN],
    "writer_request": [c_void_p, c_char_p, c_char_p, c_size_t],
    "writer_columns": [c_void_p, POINTER(structs.Batch), _WRITTEN],
    "writer_system": [c_void_p, POINTER(structs.SystemMetrics), c_size_t, _WRITTEN],
    "writer_service": [c_void_p, POINTER(structs.ServiceMetrics), c_size_t, _WRITTEN],
    "writer_training": [c_void_p, POINTER(structs.TrainingMetrics), c_size_t, _WRITTEN],
    "writer_rag": [c_void_p, POINTER(structs.RagMetrics), c_size_t, c_int, _WRITTEN],
    "writer_costs": [c_void_p, POINTER(structs.CostEntry), c_size_t, _WRITTEN],
    "delete": [c_void_p, c_char_p, c_char_p, _TEXTS, _TEXTS, c_size_t, c_int64, c_int64, POINTER(c_uint64)],
    "restate": [
        c_void_p,
        POINTER(structs.RestateScope),
        c_char_p,
        c_size_t,
        POINTER(structs.RestateOptions),
        POINTER(structs.RestateResult),
    ],
    "run": [c_void_p, POINTER(structs.Query), _OUT],
    "explain": [c_void_p, POINTER(structs.Query), _OUT],
    "result_format": [c_void_p, c_int, _OUT],
    "result_arrow_stream": [c_void_p, POINTER(structs.ArrowStream)],
    "keep_history": [c_void_p, c_uint32],
    "commit_at": [c_void_p, c_int64, POINTER(c_uint64)],
    "commit_time": [c_void_p, c_uint64, POINTER(c_int64)],
    "difference": [c_void_p, POINTER(structs.DifferenceQuery), _OUT],
    "influxql": [c_void_p, c_char_p, c_size_t, POINTER(structs.InfluxOptions), _OUT],
    "cost_summary_run": [c_void_p, POINTER(structs.CostOptions), _OUT],
    "cost_summary_json": [c_void_p, _OUT],
    "cluster_health_json": [c_void_p, c_char_p, c_int64, _OUT],
    "cluster_register": [c_void_p, c_char_p, c_char_p, _TEXTS, c_size_t, c_char_p, _OUT],
    "service_register": [c_void_p, c_char_p, c_char_p, c_char_p, _TEXTS, c_size_t, _OUT],
    "clusters_json": [c_void_p, c_char_p, _OUT],
    "services_json": [c_void_p, c_char_p, _OUT],
    "training_summary_with": [c_void_p, c_char_p, c_char_p, POINTER(structs.SummaryOptions), _OUT],
    "rag_summary_with": [c_void_p, c_char_p, c_char_p, POINTER(structs.SummaryOptions), _OUT],
    "budget_set": [c_void_p, c_char_p, POINTER(structs.Budget)],
    "budget_remove": [c_void_p, c_char_p, c_char_p],
    "budget_status_json": [c_void_p, c_char_p, c_char_p, c_int64, _OUT],
    "budgets_json": [c_void_p, c_char_p, _OUT],
    "budget_check": [c_void_p, c_char_p, c_char_p, c_int64, c_char_p, POINTER(c_size_t)],
    "rate_set": [c_void_p, c_char_p, POINTER(structs.Rate)],
    "rates": [c_void_p, c_char_p, c_char_p, _OUT],
    "rollup_declare": [c_void_p, c_char_p, POINTER(structs.Rollup)],
    "rollup_drop": [c_void_p, c_char_p, c_char_p, _TEXTS, c_size_t],
    "rollups": [c_void_p, c_char_p, c_char_p, _OUT],
    "step": [c_void_p, POINTER(c_int)],
    "sync": [c_void_p],
    "seal": [c_void_p],
    "compact": [c_void_p],
    "verify": [c_void_p, c_int, POINTER(structs.Verified)],
    "tables": [c_void_p, _OUT],
    "table_columns": [c_void_p, c_char_p, c_char_p, _OUT],
    "table_usage": [c_void_p, c_char_p, c_char_p, _OUT],
}

# The others: what they return, and their arguments.
_PLAIN: dict[str, tuple[Any, list[Any]]] = {
    "version": (c_char_p, []),
    "version_number": (c_uint32, []),
    "status_text": (c_char_p, [c_int]),
    "writer_destroy": (None, [c_void_p]),
    "writer_partial": (None, [c_void_p]),
    "result_destroy": (None, [c_void_p]),
    "result_stats_of": (c_int, [c_void_p, POINTER(structs.ResultStats)]),
    "buffer_bytes": (c_void_p, [c_void_p]),
    "buffer_len": (c_size_t, [c_void_p]),
    "buffer_destroy": (None, [c_void_p]),
    "cost_summary_destroy": (None, [c_void_p]),
    "state_of": (c_int, [c_void_p, POINTER(structs.State)]),
}


class Library:
    """The calls of one loaded library, without their prefix: `library.run(store, query, out)` raises what went wrong."""

    def __init__(self, path: str) -> None:
        try:
            self._dll = ctypes.CDLL(path)
            number = self._dll.centime_version_number()
        except (OSError, AttributeError) as wrong:
            raise errors.LibraryError(f"{path} is no centime library: {wrong}", file=path) from None
        self.path = path
        self._check_version(number)
        for name, arguments in _CALLS.items():
            setattr(self, name, self._checked(name, arguments))
        for name, (returned, arguments) in _PLAIN.items():
            setattr(self, name, self._function(name, arguments, returned))

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"the library has no call {name!r}")

    def _check_version(self, number: int) -> None:
        version = (number // 10000, number // 100 % 100)
        if version != VERSION:
            wanted = ".".join(map(str, VERSION))
            raise errors.LibraryError(
                f"{self.path} is centime {version[0]}.{version[1]}, this package needs {wanted}; install the two together",
                file=self.path,
            )

    def _function(self, name: str, arguments: list[Any], returned: Any) -> Any:
        function = getattr(self._dll, f"centime_{name}")
        function.argtypes = arguments
        function.restype = returned
        return function

    def _checked(self, name: str, arguments: list[Any]) -> Any:
        function = self._function(name, [*arguments, _ERR], c_int)

        def call(*given: Any, result: Any = None) -> None:
            err = structs.Error()
            if function(*given, err):
                raise raised(err, result)

        return call

    def take_bytes(self, buffer: c_void_p) -> bytes:
        """The bytes of a buffer, which is then gone."""
        try:
            return ctypes.string_at(self.buffer_bytes(buffer), self.buffer_len(buffer))
        finally:
            self.buffer_destroy(buffer)


def raised(err: structs.Error, result: Any = None) -> errors.Error:
    """The exception for an error of the library."""
    kind = errors.BY_NUMBER.get(err.code, errors.Error)
    return kind(
        err.text.decode(errors="replace"),
        line=err.line,
        column=err.column,
        file=err.file.decode(errors="replace"),
        offset=err.offset,
        errno=err.os_errno,
        result=result,
    )


def find() -> str:
    """Path or name of the library; LibraryError says where it was looked for."""
    told = os.environ.get("CENTIME_LIBRARY")
    if told:
        return told
    beside = sorted(Path(__file__).parent.glob("libcentime.*"))
    for path in beside:
        if path.suffix != ".a":
            return str(path)
    found = ctypes.util.find_library("centime")
    if found:
        return found
    raise errors.LibraryError(
        f"libcentime was not found: neither in {Path(__file__).parent} nor where the system's libraries are; "
        "install it, or set CENTIME_LIBRARY to its path"
    )


_loaded: dict[str, Library] = {}
_loading = threading.Lock()


def load(path: Optional[str] = None) -> Library:
    """The library, loaded once for each path."""
    path = path or find()
    with _loading:
        if path not in _loaded:
            _loaded[path] = Library(path)
        return _loaded[path]


def text(value: Optional[str]) -> Optional[bytes]:
    """UTF-8 for the library. It ends texts at a zero byte: refused here, else two names could look alike."""
    if value is None:
        return None
    encoded = value.encode()
    if b"\0" in encoded:
        raise ValueError(f"{value!r}: texts hold no zero bytes")
    return encoded


def texts(values: list[str]) -> Any:
    """An array of texts."""
    return (c_char_p * len(values))(*[text(value) for value in values])
