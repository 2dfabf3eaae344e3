"""Questions as servers take them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Optional

from .query import Aggregate, Computed, Filter, Question
from .values import OPEN_END, OPEN_START, moment_text

_UNITS = {"ns": "ns", "hours": "h", "days": "d", "weeks": "w", "months": "mo", "quarters": "q", "years": "y"}
_FIELD_TESTS = {
    "field_equal": "eq",
    "field_not_equal": "ne",
    "field_less": "lt",
    "field_less_equal": "le",
    "field_greater": "gt",
    "field_greater_equal": "ge",
}
# Members that are named the same and say nothing where they are the default.
_PLAIN = (
    "time_zone week_start year_month month_day bucket_phase fill_scale order_by descending limit bucket_limit skips_empty "
    "ignores_rollups convert_to convert_scale rate_table as_of_commit rows_max threads"
).split()


def filter_json(node: Filter) -> dict[str, Any]:
    """A filter and all below it."""
    if node.kind == "not":
        return {"not": filter_json(node.children[0])}
    if node.kind in ("and", "or"):
        return {node.kind: [filter_json(child) for child in node.children]}
    if node.kind == "in":
        return {f"tag:{node.tag}": {"in": list(node.values)}}
    is_of_tag = node.kind in ("match", "present")
    operand = node.values[0] if node.values else True
    return {f"{'tag' if is_of_tag else 'field'}:{node.tag}": {_FIELD_TESTS.get(node.kind, node.kind): operand}}


def _given(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _aggregate_json(one: Aggregate) -> dict[str, Any]:
    widths = {"unit": one.unit_ns, "gap_max": one.gap_max_ns}
    told: dict[str, Any] = {"function": one.function, "field": one.field, "name": one.name, "tag": one.tag, "scale": one.scale}
    told |= {name: f"{width}ns" if width else None for name, width in widths.items()}
    told["quantile"] = one.quantile or None
    return _given(told)


def _computed_json(one: Computed) -> dict[str, Any]:
    """A text names a column, a number is itself."""
    told: dict[str, Any] = {"name": one.name, "operation": one.operation, "scale": one.scale}
    for side, column, value in (("left", one.left, one.left_value), ("right", one.right, one.right_value)):
        told[side] = column if value is None else Decimal(value)
    return _given(told)


def question_json(question: Question, database: Optional[str]) -> dict[str, Any]:
    """The members that are not the default."""
    if question.memory_bytes or question.timeout_ns:
        raise ValueError("memory and time of a question are limited by the server: leave out memory_bytes and timeout")
    unit, count = question.bucket
    told: dict[str, Any] = {
        "database": question.database or database,
        "table": question.table,
        "aggregates": [_aggregate_json(one) for one in question.aggregates] or None,
        "fields": question.fields or None,
        "tags": question.tags or None,
        "filter": filter_json(question.where) if question.where else None,
        "start": _edge(question.start_ns, question.start_ns != question.end_ns),
        "end": _edge(question.end_ns, question.start_ns != question.end_ns),
        "bucket": f"{count}{_UNITS[unit]}" if count else None,
        "origin": _edge(question.origin_ns, question.origin_ns != 0),
        "fill": question.fill_value or (None if question.fill == "none" else question.fill),
        "computed": [_computed_json(one) for one in question.computed] or None,
        "basis": None if question.basis == "none" else question.basis,
        "dating": None if question.dating == "charge" else question.dating,
        "as_of": _edge(question.as_of_ns, question.as_of_ns != 0),
    }
    for name in _PLAIN:
        value = getattr(question, name)
        told[name] = None if value in (0, False) and "scale" not in name else value
    return _given(told)


def json_text(value: Any) -> str:
    """As json.dumps, and a Decimal is a number with all its digits."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{json_text(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(json_text, value)) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False, allow_nan=False)


def _edge(ns: int, is_told: bool) -> Optional[str]:
    """None for what is not told, or open."""
    return moment_text(ns) if is_told and OPEN_START < ns < OPEN_END else None
