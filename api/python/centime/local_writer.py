"""Writing through the library."""

from __future__ import annotations

import itertools
import threading
from array import array
from ctypes import addressof, c_uint8, c_void_p, create_string_buffer
from typing import TYPE_CHECKING, Any, Mapping, Optional, Sequence, Union

from . import enums, errors, records, structs
from .columns import checked_len, kind_of
from .library import text
from .records import Kind
from .values import Moment, amount_text, moment_ns
from .writer import Reject, Text, Writer, WriteResult

if TYPE_CHECKING:
    from .local import LocalStore

REJECTS_MAX = 100
_FORMATS = {"d": "float64", "q": "int64", "l": "int64", "Q": "uint64", "L": "uint64", "?": "bool"}
_ITEM_BYTES = {"float64": 8, "int64": 8, "uint64": 8, "bool": 1}


class LocalWriter(Writer):
    def __init__(self, store: "LocalStore", database: Optional[str]) -> None:
        super().__init__(database)
        self._store = store
        self._lock = threading.Lock()
        self._handle = c_void_p()
        with store._using() as opened:
            store._library.writer_create(opened, text(database), self._handle)

    def close(self) -> None:
        with self._lock:
            if self._handle:
                self._store._library.writer_destroy(self._handle)
                self._handle = c_void_p()

    def lines(
        self,
        text: Text,
        *,
        precision: str = "ns",
        all_or_nothing: bool = False,
        time: Optional[Moment] = None,
        key: Optional[str] = None,
    ) -> WriteResult:
        content = text.encode() if isinstance(text, str) else bytes(text)
        options = structs.WriteOptions(
            precision=enums.number_of(enums.PRECISION, precision, "precision"),
            all_or_nothing=all_or_nothing,
            has_default_time=time is not None,
            default_time_ns=0 if time is None else moment_ns(time),
            request_key=_key(key),
        )
        return self._write("writer_lines", content, len(content), options)

    def columns(
        self,
        table: str,
        times_ns: Sequence[int],
        *,
        tags: Optional[Mapping[str, Union[str, Sequence[Optional[str]]]]] = None,
        fields: Mapping[str, Sequence[Any]],
    ) -> WriteResult:
        times = times_ns if _format(times_ns) in ("q", "l") else array("q", times_ns)
        count = len(times)
        kept: list[Any] = [times]
        columns = [_tag_column(name, values, count, kept) for name, values in (tags or {}).items()]
        given = (_field_column(name, values, count, kept) for name, values in fields.items())
        columns += [column for column in given if column is not None]
        batch = structs.Batch(
            column_count=len(columns),
            table=text(table),
            columns=(structs.Column * len(columns))(*columns),
            times_ns=_address(times, kept),
            row_count=count,
        )
        return self._write("writer_columns", batch)

    def _read_records(
        self, kind: Kind, items: list[dict[str, Any]], key: Optional[str], is_partial: bool = False, **options: Any
    ) -> WriteResult:
        array_of, _kept = records.to_structs(kind, items)
        more = [enums.number_of(enums.QUERY_TEXT, options["text"], "text")] if "text" in options else []
        content = repr(items).encode() if key else b""
        return self._write(f"writer_{kind.name}", array_of, len(items), *more, key=key, content=content, is_partial=is_partial)

    def _write(
        self, call: str, *arguments: Any, key: Optional[str] = None, content: bytes = b"", is_partial: bool = False
    ) -> WriteResult:
        rejects = (structs.Reject * REJECTS_MAX)() if is_partial or call == "writer_lines" else None
        written = structs.WriteResult(reject_cap=REJECTS_MAX if rejects else 0, rejects=rejects)
        library = self._store._library
        with self._store._using(), self._lock:
            if not self._handle:
                raise errors.Closed("the writer is closed")
            if is_partial:
                library.writer_partial(self._handle)
            if key is not None:
                library.writer_request(self._handle, _key(key), content, len(content))
            try:
                getattr(library, call)(self._handle, *arguments, written)
            except errors.Error as wrong:
                wrong.result = _result(written, rejects)
                raise
        return _result(written, rejects)


def _key(key: Optional[str]) -> Optional[bytes]:
    return text(key)


def _result(written: structs.WriteResult, rejects: Any) -> WriteResult:
    listed = [
        Reject(one.line, one.column, one.reason.decode(errors="replace"), one.excerpt.decode(errors="replace"))
        for one in (rejects or [])[: written.reject_count]
    ]
    return WriteResult(
        rows=written.rows,
        rejected=written.rejected,
        overwritten_rows=written.overwritten_rows,
        overwritten_money=written.overwritten_money,
        commit=written.commit,
        is_repeat=bool(written.is_repeat),
        rejects=tuple(listed),
    )


# -- Columns ---------------------------------------------------------------------------------------


def _format(values: Any) -> str:
    """The type of an array's items as the buffer protocol has it; "" of what is no flat array."""
    try:
        view = memoryview(values)
    except TypeError:
        return ""
    return view.format.lstrip("@=<") if view.ndim == 1 and view.c_contiguous else ""


def _address(values: Any, kept: list[Any]) -> int:
    """Where an array's items are; what keeps them there is added to `kept`."""
    view = memoryview(values)
    if not view.nbytes:
        return 0
    if view.readonly:
        view = memoryview(bytearray(view.cast("B")))
    pinned = c_uint8.from_buffer(view.cast("B") if view.format != "B" else view)
    kept += [view, pinned]
    return addressof(pinned)


def _text_array(values: list[str], kept: list[Any]) -> int:
    """centime_text of each, over one buffer."""
    encoded = [value.encode() for value in values]
    lengths = list(map(len, encoded))
    buffer = create_string_buffer(b"".join(encoded))
    starts = itertools.accumulate(lengths, initial=addressof(buffer))
    pairs = array("Q", itertools.chain.from_iterable(zip(starts, lengths)))
    kept.append(buffer)
    return _address(pairs, kept)


def _column(name: str, kind: str, values: int, present: Optional[int] = None) -> structs.Column:
    return structs.Column(name=text(name), type=enums.TYPE[kind], values=values, present=present)


def _tag_column(name: str, values: Union[str, Sequence[Optional[str]]], count: int, kept: list[Any]) -> structs.Column:
    if isinstance(values, str):
        values = [values] * count
    checked_len(name, values, count)
    for value in values:
        if value is not None and not isinstance(value, str):
            raise TypeError(f"tag {name!r}: a text, not {value!r}")
    return _column(name, "tag", _text_array([value or "" for value in values], kept))


def _field_column(name: str, values: Sequence[Any], count: int, kept: list[Any]) -> Optional[structs.Column]:
    """None for a column without a value, which has no type either."""
    checked_len(name, values, count)
    flat: Any = values
    kind = _FORMATS.get(_format(flat))
    if kind and memoryview(flat).itemsize == _ITEM_BYTES[kind]:
        return _column(name, kind, _address(values, kept))
    return _listed_column(name, list(values), kept)


def _listed_column(name: str, values: list[Any], kept: list[Any]) -> Optional[structs.Column]:
    given = [value for value in values if value is not None]
    if not given:
        return None
    present = None
    if len(given) < len(values):
        present = _address(array("B", [value is not None for value in values]), kept)
    kind = kind_of(name, given)
    if kind in ("string", "decimal_text"):
        texts = ["" if value is None else amount_text(value, name) for value in values]
        return _column(name, kind, _text_array(texts, kept), present)
    code = {"float64": "d", "int64": "q", "uint64": "Q", "bool": "B"}[kind]
    return _column(name, kind, _address(array(code, [0 if value is None else value for value in values]), kept), present)
