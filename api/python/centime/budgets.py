"""Scopes of budgets: {"provider": "aws", "tags": {"team": ["a", "b"]}} as the library's conditions."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from . import structs
from .library import text, texts


def conditions(scope: Mapping[str, Any]) -> list[tuple[str, list[Optional[str]]]]:
    """Keys as they are stored, entry tags as "tag.team", and the values that each may have; None is a row without the tag."""
    flat: dict[str, Any] = {}
    for key, value in scope.items():
        if key != "tags":
            flat[key] = value
            continue
        if not isinstance(value, Mapping):
            raise TypeError(f"scope: tags are a dict, not {value!r}")
        flat.update({f"tag.{tag}": wanted for tag, wanted in value.items()})
    return [(key, _values(key, value)) for key, value in flat.items()]


def _values(key: str, value: Any) -> list[Optional[str]]:
    values = list(value) if isinstance(value, (list, tuple, set, frozenset)) else [value]
    for one in values:
        if one is not None and not isinstance(one, str):
            raise TypeError(f"scope: {key!r} is a text or a list of such, not {one!r}")
    return values


def condition_structs(scope: Mapping[str, Any]) -> Any:
    """An array for the library."""
    read = conditions(scope)
    array = (structs.BudgetCondition * len(read))()
    for at, (key, values) in enumerate(read):
        array[at] = structs.BudgetCondition(text(key), texts([value or "" for value in values]), len(values), 0)
    return array
