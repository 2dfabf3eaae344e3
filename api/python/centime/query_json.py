"""Questions as servers take them."""

from __future__ import annotations

from typing import Any, Optional

from .query import Aggregate, Computed, Filter, Question
from .values import moment_text

_LETTERS = {"hours": "h", "days": "d", "weeks": "w", "months": "mo", "quarters": "q", "years": "y"}


def filter_json(node: Filter) -> dict[str, Any]:
    """A filter and all below it."""
    if node.kind == "not":
        return {"not": filter_json(node.children[0])}
    if node.children:
        return {node.kind: [filter_json(child) for child in node.children]}
    told: dict[str, Any] = {"tag" if node.kind in ("in", "match", "present") else "field": node.tag}
    if node.kind == "in":
        told["in"] = list(node.values)
    else:
        told[node.kind.replace("field_", "")] = node.values[0] if node.values else True
    return told


def _aggregate_json(one: Aggregate) -> dict[str, Any]:
    told: dict[str, Any] = {"function": one.function, "field": one.field, "name": one.name, "tag": one.tag, "scale": one.scale}
    if one.quantile:
        told["quantile"] = one.quantile
    for name, width in (("unit", one.unit_ns), ("gap_max", one.gap_max_ns)):
        if width:
            told[name] = f"{width}ns"
    return _given(told)


def _computed_json(one: Computed) -> dict[str, Any]:
    return _given(one._asdict())


def _given(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _bucket_json(bucket: tuple[str, int]) -> Optional[str]:
    unit, count = bucket
    if unit == "ns":
        return f"{count}ns" if count else None
    return f"{count}{_LETTERS[unit]}"


def question_json(question: Question, database: Optional[str]) -> dict[str, Any]:
    """Members that are not the default."""
    told = {
        "database": question.database or database,
        "table": question.table,
        "aggregates": [_aggregate_json(one) for one in question.aggregates] or None,
        "fields": question.fields or None,
        "tags": question.tags or None,
        "filter": filter_json(question.where) if question.where else None,
        "start": _edge(question.start_ns),
        "end": _edge(question.end_ns),
        "bucket": _bucket_json(question.bucket),
        "computed": [_computed_json(one) for one in question.computed] or None,
        "fill": question.fill_value if question.fill == "value" else question.fill,
    }
    return _given(told)


def _edge(ns: int) -> Optional[str]:
    return None if ns == 0 or abs(ns) >= 2**63 - 1 else moment_text(ns)
