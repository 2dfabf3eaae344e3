"""Questions as the library takes them."""

from __future__ import annotations

from typing import Any, Optional

from . import enums, structs
from .library import text, texts
from .query import Aggregate, Computed, Filter, Question


def filter_struct(node: Optional[Filter]) -> Any:
    """A filter and all below it; it keeps alive what it points to. None: no filter."""
    if node is None:
        return None
    built = structs.Filter(kind=enums.FILTER[node.kind], tag=text(node.tag))
    if node.children:
        children = [filter_struct(child) for child in node.children]
        array = (structs.Filter * len(children))(*children)
        built.children, built.child_count = array, len(children)
        built.kept = (children, array)
    if node.values:
        built.values, built.value_count = texts(list(node.values)), len(node.values)
    return built


def _aggregate_structs(aggregates: list[Aggregate]) -> tuple[Any, Any]:
    plain = (structs.Aggregate * len(aggregates))()
    options = (structs.AggregateOptions * len(aggregates))()
    for at, one in enumerate(aggregates):
        plain[at] = structs.Aggregate(enums.FUNCTION[one.function], 0, text(one.field), text(one.name))
        options[at] = structs.AggregateOptions(
            has_scale=one.scale is not None,
            scale=one.scale or 0,
            tag=text(one.tag),
            quantile=one.quantile,
            unit_ns=one.unit_ns,
            gap_max_ns=one.gap_max_ns,
        )
    return plain, options


def _computed_structs(computed: list[Computed]) -> Any:
    array = (structs.Computed * len(computed))()
    for at, one in enumerate(computed):
        array[at] = structs.Computed(
            operation=enums.ARITHMETIC[one.operation],
            name=text(one.name),
            left=text(one.left),
            left_value=text(one.left_value),
            right=text(one.right),
            right_value=text(one.right_value),
            has_scale=one.scale is not None,
            scale=one.scale or 0,
        )
    return array


def query_struct(question: Question, database: Optional[str]) -> structs.Query:
    """The question for the library; `database` where it names none."""
    aggregates, options = _aggregate_structs(question.aggregates)
    unit, count = question.bucket
    is_calendar = unit != "ns"
    query = structs.Query(
        mode=enums.MODE["rows" if question.fields else "aggregate"],
        database=text(question.database or database),
        table=text(question.table),
        aggregates=aggregates,
        aggregate_count=len(aggregates),
        aggregate_options=options,
        fields=texts(question.fields),
        field_count=len(question.fields),
        tags=texts(question.tags),
        tag_count=len(question.tags),
        start_ns=question.start_ns,
        end_ns=question.end_ns,
        bucket_ns=0 if is_calendar else count,
        unit=enums.UNIT[unit] if is_calendar else 0,
        unit_count=count if is_calendar else 0,
        unit_phase=question.bucket_phase,
        origin_ns=question.origin_ns,
        week_start=question.week_start,
        year_month=question.year_month,
        month_day=question.month_day,
        time_zone=text(question.time_zone),
        order_by=text(question.order_by),
        is_descending=question.descending,
        skips_empty=question.skips_empty,
        ignores_rollups=question.ignores_rollups,
        threads=question.threads,
        limit=question.limit,
        bucket_limit=question.bucket_limit,
        rows_max=question.rows_max,
        memory_bytes=question.memory_bytes,
        elapsed_max_ns=question.timeout_ns,
        as_of_commit=question.as_of_commit,
        as_of_time_ns=question.as_of_ns,
        computed=_computed_structs(question.computed),
        computed_count=len(question.computed),
        fill=enums.FILL[question.fill],
        fill_value=text(question.fill_value),
        has_fill_scale=question.fill_scale is not None,
        fill_scale=question.fill_scale or 0,
        has_convert_scale=question.convert_scale is not None,
        convert_scale=question.convert_scale or 0,
        basis=enums.number_of(enums.BASIS, question.basis, "basis"),
        dating=enums.number_of(enums.DATING, question.dating, "dating"),
        convert_to=text(question.convert_to),
        rate_table=text(question.rate_table),
    )
    where = filter_struct(question.where)
    if where is not None:
        query.filter = (structs.Filter * 1)(where)
        query.kept = where
    return query
