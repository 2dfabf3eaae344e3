"""Rows given in columns: what both ways of writing them check first."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Sequence


def checked_len(name: str, values: Sequence[Any], count: int) -> None:
    if len(values) != count:
        raise ValueError(f"column {name!r} has {len(values)} values for {count} rows")


def kind_of(name: str, given: list[Any]) -> str:
    """The one type of a list's values: integers beside Decimals are Decimals, beside floats floats."""
    kinds = set(map(type, given))
    if kinds <= {bool}:
        return "bool"
    if kinds <= {str}:
        return "string"
    if kinds <= {Decimal, int} and Decimal in kinds:
        return "decimal_text"
    if kinds <= {int}:
        return "int64" if max(given) < 2**63 else "uint64"
    if kinds <= {int, float}:
        return "float64"
    raise TypeError(f"column {name!r} mixes {', '.join(sorted(kind.__name__ for kind in kinds))}")
