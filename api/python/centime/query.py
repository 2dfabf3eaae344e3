"""Questions: what callers say, read once into a `Question`, which the library and servers are then asked in their own forms."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, Iterable, Mapping, NamedTuple, Optional, Union

from . import enums
from .values import Amount, Moment, amount_text, bucket_of, moment_ns, range_ns, texts_of, told_ns, width_ns

_SHORT = re.compile(r"\s*(\w+)\s*\(\s*([^()]*?)\s*\)(?:\s+as\s+(.+?))?\s*|\s*(count)\s*", re.IGNORECASE)


class Filter(NamedTuple):
    kind: str  # of enums.FILTER
    children: tuple["Filter", ...] = ()
    tag: Optional[str] = None  # or field
    values: tuple[str, ...] = ()


class Aggregate(NamedTuple):
    function: str
    field: Optional[str] = None
    name: Optional[str] = None
    tag: Optional[str] = None
    quantile: float = 0.0
    scale: Optional[int] = None
    unit_ns: int = 0
    gap_max_ns: int = 0


class Computed(NamedTuple):
    name: str
    operation: str
    left: Optional[str] = None
    left_value: Optional[str] = None
    right: Optional[str] = None
    right_value: Optional[str] = None
    scale: Optional[int] = None


@dataclass
class Question:
    """All that can be asked, checked as far as names and types go; the rest is the library's."""

    table: str
    database: Optional[str] = None
    aggregates: list[Aggregate] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    where: Optional[Filter] = None
    start_ns: int = 0
    end_ns: int = 0
    bucket: tuple[str, int] = ("ns", 0)
    origin_ns: int = 0
    time_zone: Optional[str] = None
    week_start: int = 0
    year_month: int = 0
    month_day: int = 0
    bucket_phase: int = 0
    fill: str = "none"
    fill_value: Optional[str] = None
    fill_scale: Optional[int] = None
    order_by: Optional[str] = None
    descending: bool = False
    limit: int = 0
    bucket_limit: int = 0
    skips_empty: bool = False
    ignores_rollups: bool = False
    computed: list[Computed] = field(default_factory=list)
    basis: str = "none"
    dating: str = "charge"
    convert_to: Optional[str] = None
    convert_scale: Optional[int] = None
    rate_table: Optional[str] = None
    as_of_ns: int = 0
    as_of_commit: int = 0
    rows_max: int = 0
    memory_bytes: int = 0
    threads: int = 0
    timeout_ns: int = 0


def read_question(
    table: str,
    *,
    database: Optional[str] = None,
    aggregates: Iterable[Union[str, Mapping[str, Any]]] = (),
    fields: Iterable[str] = (),
    tags: Iterable[str] = (),
    where: Optional[Mapping[str, Any]] = None,
    start: Optional[Moment] = None,
    end: Optional[Moment] = None,
    bucket: Union[None, str, timedelta] = None,
    origin: Optional[Moment] = None,
    fill: Union[str, Amount] = "none",
    computed: Iterable[Mapping[str, Any]] = (),
    as_of: Optional[Moment] = None,
    timeout: Optional[float] = None,
    **rest: Any,
) -> Question:
    """The question of `Store.query`, which says what the arguments are."""
    unknown = set(rest) - set(Question.__dataclass_fields__)
    if unknown:
        raise TypeError(f"query has no argument {sorted(unknown)[0]!r}")
    start_ns, end_ns = range_ns(start, end)
    is_word = isinstance(fill, str) and fill in enums.FILL
    question = Question(
        table,
        database=database,
        aggregates=[read_aggregate(one) for one in _listed(aggregates, "aggregates")],
        fields=texts_of(fields, "fields"),
        tags=texts_of(tags, "tags"),
        where=read_filter(where) if where else None,
        start_ns=start_ns,
        end_ns=end_ns,
        bucket=("ns", 0) if bucket is None else bucket_of(bucket),
        origin_ns=0 if origin is None else moment_ns(origin, "origin"),
        fill=str(fill) if is_word else "value",
        fill_value=None if is_word else amount_text(fill, "fill"),
        computed=[read_computed(one) for one in _listed(computed, "computed")],
        as_of_ns=told_ns(as_of, "as_of"),
        timeout_ns=0 if timeout is None else int(timeout * 10**9),
        **rest,
    )
    if bool(question.aggregates) == bool(question.fields):
        raise ValueError("a query has either aggregates or fields")
    return question


def _listed(values: Any, what: str) -> Any:
    if isinstance(values, (str, Mapping)):
        raise TypeError(f"{what}: a list, not {values!r} alone")
    return values


def read_aggregate(given: Union[str, Mapping[str, Any]]) -> Aggregate:
    """Of "sum(cost_usd)", "count", "p95(total_time_ms) as slow", or a dict of the members of `Aggregate`, of which `unit` and
    `gap_max` are widths such as "1h"."""
    if isinstance(given, str):
        return _read_short(given)
    members = dict(given)
    for width in ("unit", "gap_max"):
        if width in members:
            members[f"{width}_ns"] = width_ns(members.pop(width), width)
    try:
        aggregate = Aggregate(**members)
    except TypeError as wrong:
        raise TypeError(f"aggregate {given!r}: {wrong}; known are {', '.join(Aggregate._fields)}") from None
    enums.number_of(enums.FUNCTION, aggregate.function, "aggregate function")
    return aggregate


def _read_short(text: str) -> Aggregate:
    match = _SHORT.fullmatch(text)
    if not match:
        raise ValueError(f"aggregate {text!r}: say it as sum(cost_usd), count or p95(total_time_ms) as slow")
    function, of, name, alone = match.groups()
    function = (function or alone).lower()
    percentile = re.fullmatch(r"p(\d{1,2}(?:\.\d+)?)", function)
    if percentile:
        label = function.replace(".", "_")
        return Aggregate("quantile", of, name or f"{label}_{of}", quantile=float(percentile.group(1)) / 100)
    enums.number_of(enums.FUNCTION, function, "aggregate function")
    return Aggregate(function, of or None, name)


def read_computed(given: Mapping[str, Any]) -> Computed:
    """Of a dict: name, operation, left, right (the name of a column, or a number), scale."""
    members = dict(given)
    for side in ("left", "right"):
        value = members.get(side)
        if value is not None and not isinstance(value, str):
            members[f"{side}_value"] = amount_text(members.pop(side), side)
    try:
        computed = Computed(**members)
    except TypeError as wrong:
        raise TypeError(f"computed {given!r}: {wrong}") from None
    enums.number_of(enums.ARITHMETIC, computed.operation, "operation")
    return computed


# -- Filters, as servers have them too ---------------------------------------------------------------

_FIELD_TESTS = {
    "eq": "field_equal",
    "ne": "field_not_equal",
    "lt": "field_less",
    "le": "field_less_equal",
    "gt": "field_greater",
    "ge": "field_greater_equal",
}
_TESTS = ("in", "not_in", "match", "not_match", "present", *_FIELD_TESTS, "field_match", "field_present")


def read_filter(where: Mapping[str, Any]) -> Filter:
    """{"provider": "aws", "team": ["a", None], "or": [..], "not": {..}}: all must hold. A text, or None for a missing tag, is what
    a tag should be, a number or a bool what a field should; {"gt": 5, "le": 10} says more. Names that could be either are made
    clear as "tag:name" and "field:name"."""
    if not isinstance(where, Mapping):
        raise TypeError(f"where: a dict of names and what they should be, not {where!r}")
    children = tuple(_read_entry(key, value) for key, value in where.items())
    return children[0] if len(children) == 1 else Filter("and", children)


def _read_entry(key: str, value: Any) -> Filter:
    if key in ("and", "or"):
        return Filter(key, tuple(read_filter(child) for child in value))
    if key == "not":
        return _negated(read_filter(value))
    prefix, colon, rest = key.partition(":")
    is_prefixed = colon and prefix in ("tag", "field")
    name = rest if is_prefixed else key
    if isinstance(value, Mapping):
        tests = tuple(_read_test(name, test, operand) for test, operand in value.items())
        return tests[0] if len(tests) == 1 else Filter("and", tests)
    is_number = isinstance(value, (bool, int, float, Decimal))
    if is_number if not is_prefixed else prefix == "field":
        return Filter("field_equal", tag=name, values=(_operand_text(value),))
    return _read_values(name, value)


def _negated(node: Filter) -> Filter:
    return Filter("not", (node,))


def _read_values(name: str, value: Any) -> Filter:
    values = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    for one in values:
        if one is not None and not isinstance(one, str):
            raise TypeError(f"where: tag {name!r} is a text or None, not {one!r}")
    return Filter("in", tag=name, values=tuple(one or "" for one in values))


def _read_test(name: str, test: str, operand: Any) -> Filter:
    if test in _FIELD_TESTS:
        return Filter(_FIELD_TESTS[test], tag=name, values=(_operand_text(operand),))
    if test in ("match", "field_match"):
        return Filter(test, tag=name, values=(str(operand),))
    if test in ("present", "field_present"):
        present = Filter(test, tag=name)
        return present if operand else _negated(present)
    if test in ("not_in", "not_match"):
        return _negated(_read_test(name, test[4:], operand))
    if test == "in":
        return _read_values(name, operand)
    raise ValueError(f"where: {name!r} has an unknown test {test!r}; known are {', '.join(_TESTS)}")


def _operand_text(operand: Any) -> str:
    if isinstance(operand, bool):
        return "true" if operand else "false"
    return amount_text(operand, "where")
