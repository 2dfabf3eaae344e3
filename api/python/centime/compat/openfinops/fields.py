"""Dataclasses that take the documented fields, in the documented order, and besides the names that the openfinops package has for
the same or for more: some mean a documented field, some are kept as further fields of the row, the others are refused by name."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from enum import Enum
from typing import Any, Callable, Mapping, Optional

from ...values import amount_text

_READERS: dict[type, Callable[[Any], Any]] = {
    float: float,
    int: int,
    bool: bool,
    str: lambda value: str(value.value if isinstance(value, Enum) else value),
}


def money(value: Any) -> Any:
    """An amount of money as the row keeps it."""
    return Decimal(amount_text(value))


class Record:
    """Base of the dataclasses."""

    extras: dict[str, Any]  # what was given of the further fields


def record(
    aliases: Optional[Mapping[str, str]] = None,
    extras: Optional[Mapping[str, Any]] = None,
    refused: Optional[Mapping[str, str]] = None,
) -> Callable[[type], Any]:
    """A class decorator, as dataclass. aliases: other names of fields; extras: further fields that are kept, with their type;
    refused: names that cannot be kept, and why."""

    def decorate(plain: type) -> Any:
        kind: Any = dataclasses.dataclass(plain)
        make = kind.__init__
        names = [one.name for one in dataclasses.fields(kind)]

        def __init__(self: Any, *given: Any, **named: Any) -> None:
            known, more = _sorted_out(kind.__name__, names, given, named, aliases or {}, extras or {}, refused or {})
            self.extras = more
            make(self, *given, **known)

        kind.__init__ = __init__
        return kind

    return decorate


def _sorted_out(
    kind: str,
    names: list[str],
    given: tuple[Any, ...],
    named: Mapping[str, Any],
    aliases: Mapping[str, str],
    extras: Mapping[str, Any],
    refused: Mapping[str, str],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Arguments of the dataclass, and extras."""
    known: dict[str, Any] = {}
    more: dict[str, Any] = {}
    for name, value in named.items():
        field = aliases.get(name, name)
        if field in names:
            if field in known or field in names[: len(given)]:
                raise TypeError(f"{kind}: {field} is given twice")
            known[field] = value
        elif name in extras:
            if value is not None:
                more[name] = _READERS.get(extras[name], extras[name])(value)
        else:
            why = refused.get(name, f"known are {', '.join((*names, *aliases, *extras))}")
            raise TypeError(f"{kind} has no field {name!r}: {why}")
    return known, more


def members(item: Any) -> dict[str, Any]:
    """The dataclass's fields; TypeError for what is none of this package's records."""
    if not isinstance(item, Record):
        raise TypeError(f"a record of openfinops.observability is wanted, not {item!r}")
    return {one.name: getattr(item, one.name) for one in dataclasses.fields(item)}
