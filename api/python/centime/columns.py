"""Rows given in columns: what both ways of writing them check first."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Sequence


def checked_len(name: str, values: Sequence[Any], count: int) -> None:
    if len(values) != count:
        raise ValueError(f"column {name!r} has {len(values)} values for {count} rows")


def kind_of(name: str, given: list[Any]) -> str:
    """The one type of a list's values: integers beside Decimals are Decimals, beside floats floats."""
    kinds = {_base_of(name, kind) for kind in set(map(type, given))}
    if len(kinds) == 1 and kinds != {int}:
        return _NAMES[kinds.pop()]
    if kinds == {Decimal, int}:
        return "decimal_text"
    if kinds == {float, int}:
        return "float64"
    if kinds == {int}:
        return _kind_of_integers(name, min(given), max(given))
    raise TypeError(f"column {name!r} mixes {', '.join(sorted(kind.__name__ for kind in kinds))}")


_NAMES: dict[type, str] = {bool: "bool", str: "string", float: "float64", Decimal: "decimal_text"}


def _base_of(name: str, kind: type) -> type:
    for base in (bool, int, float, str, Decimal):
        if issubclass(kind, base):
            return base
    raise TypeError(f"column {name!r} has a value of {kind.__name__}; numbers, bools, texts and Decimals are taken")


def _kind_of_integers(name: str, smallest: int, largest: int) -> str:
    if -(2**63) <= smallest and largest < 2**63:
        return "int64"
    if smallest >= 0 and largest < 2**64:
        return "uint64"
    raise ValueError(f"column {name!r}: integers from {smallest} to {largest} are past 64 bits")
