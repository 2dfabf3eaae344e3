"""Answers: rows of named columns.

Decimals are `Decimal` with every digit, times are datetimes in UTC; what a datetime cannot tell, `nanoseconds` does.
"""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import IO, Any, Callable, Iterator, Optional, Union

from .errors import Invalid
from .values import moment_ns

Cell = Union[None, str, int, float, bool, Decimal, datetime]

_READERS: dict[str, Callable[[Any], Any]] = {
    "decimal": lambda raw: Decimal(str(raw)),
    "float64": float,
    "time": lambda raw: _datetime(raw),
}


class Result:
    """Rows, in their order. Iterating gives each as a dict; `result[0]` is the first, `result.columns["cost"]` a whole column.
    Reads of several threads do not disturb each other."""

    def __init__(self, answer: Union[bytes, str], stats: Optional[dict[str, Any]] = None, native: Any = None) -> None:
        """answer: JSON in columns, as the library and servers print it; native: what gives the Arrow stream."""
        table = json.loads(answer, parse_float=str, parse_constant=str)
        self.names: list[str] = [column["name"] for column in table["columns"]]
        self.types: dict[str, str] = {column["name"]: column["type"] for column in table["columns"]}
        self.stats: dict[str, Any] = stats or {}
        self._raw: list[list[Any]] = table["rows"]
        self._native = native
        self._columns: dict[str, list[Cell]] = {}

    def __len__(self) -> int:
        return len(self._raw)

    def __iter__(self) -> Iterator[dict[str, Cell]]:
        columns = [self._column(name) for name in self.names]
        for values in zip(*columns):
            yield dict(zip(self.names, values))

    def __getitem__(self, row: int) -> dict[str, Cell]:
        return {name: self._column(name)[row] for name in self.names}

    def __repr__(self) -> str:
        columns = ", ".join(f"{name}: {kind}" for name, kind in self.types.items())
        return f"<centime.Result of {len(self)} rows ({columns})>"

    @property
    def rows(self) -> list[dict[str, Cell]]:
        return list(self)

    @property
    def columns(self) -> dict[str, list[Cell]]:
        return {name: self._column(name) for name in self.names}

    def one(self) -> Cell:
        """The value of an answer of one row and one column; ValueError for others."""
        if len(self) != 1 or len(self.names) != 1:
            raise ValueError(f"one value is wanted, there are {len(self)} rows of {len(self.names)} columns")
        return self._column(self.names[0])[0]

    def nanoseconds(self, name: str = "time") -> list[Optional[int]]:
        """A column of times as nanoseconds since 1970 UTC."""
        if self.types.get(name) != "time":
            raise ValueError(f"{name!r} is no column of times")
        at = self.names.index(name)
        return [None if row[at] is None else moment_ns(row[at]) for row in self._raw]

    def to_csv(self, out: Optional[IO[str]] = None) -> str:
        """RFC 4180 with a header line; null is an empty cell, an empty text a quoted one. Also written to `out`, a text file."""
        lines = [",".join(_csv_cell(name) for name in self.names)]
        lines += [",".join(_csv_cell(cell) for cell in row) for row in self._raw]
        text = "".join(f"{line}\r\n" for line in lines)
        if out is not None:
            out.write(text)
        return text

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """The Arrow PyCapsule interface, so that `pyarrow.table(result)` and the like need no copy. A schema that is asked for
        is not followed, as the interface allows. Only of answers of the library in this process."""
        if self._native is None:
            raise NotImplementedError("answers of a server come as Arrow bytes: query_bytes(..., format='arrow')")
        return self._native.arrow_capsule()

    def _column(self, name: str) -> list[Cell]:
        if name not in self._columns:
            at = self.names.index(name)
            read = _READERS.get(self.types[name])
            raw = [row[at] for row in self._raw]
            self._columns[name] = [None if cell is None else read(cell) for cell in raw] if read else raw
        return self._columns[name]


def _datetime(text: str) -> datetime:
    """Of the RFC 3339 that answers have, in UTC, with what a datetime can tell."""
    at = datetime.fromisoformat(text[:19] + "+00:00")
    return at.replace(microsecond=int(text[20:-1].ljust(6, "0")[:6])) if len(text) > 20 else at


def _csv_cell(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    text = str(cell)
    if text == "" or any(c in text for c in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def read_json(answer: Union[bytes, str], money: frozenset[str] = frozenset()) -> Any:
    """JSON of a summary: values under the names of `money`, at any depth below them, are Decimals; other fractions are floats."""
    return _typed(json.loads(answer, parse_float=_Digits), money, False)


def influx_results(answer: Union[bytes, str]) -> list[dict[str, Any]]:
    """The results of InfluxQL's statements; Invalid where one of them failed."""
    results: list[dict[str, Any]] = json.loads(answer, parse_float=Decimal)["results"]
    for result in results:
        if "error" in result:
            raise Invalid(result["error"], details=results)
    return results


class _Digits(str):
    """A number of JSON that has a fraction, as it stood."""


def _typed(value: Any, money: frozenset[str], is_money: bool) -> Any:
    if isinstance(value, dict):
        return {key: _typed(member, money, is_money or key in money) for key, member in value.items()}
    if isinstance(value, list):
        return [_typed(member, money, is_money) for member in value]
    if isinstance(value, _Digits):
        return Decimal(value) if is_money else float(value)
    if is_money and isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return value
