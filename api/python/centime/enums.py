"""The numbers of centime.h, by the names that callers use. The key in the header is the prefix and the name in capitals."""

from __future__ import annotations


def _numbers(*names: str) -> dict[str, int]:
    return {name: number for number, name in enumerate(names)}


DURABILITY = _numbers("sync", "interval", "none")
TABLE_KIND = _numbers("metrics", "ledger")
PARTITION = {"auto": 0, "day": 1, "month": 2}
PRECISION = _numbers("ns", "us", "ms", "s", "minute", "hour", "auto")
FUNCTION = _numbers(
    "count",
    "sum",
    "mean",
    "min",
    "max",
    "first",
    "last",
    "first_time",
    "last_time",
    "spread",
    "stddev",
    "median",
    "quantile",
    "mode",
    "count_distinct",
    "increase",
    "rate",
    "integral",
    "approximate_quantile",
    "approximate_distinct",
)
FILTER = _numbers(
    "and",
    "or",
    "not",
    "in",
    "match",
    "present",
    "field_equal",
    "field_not_equal",
    "field_less",
    "field_less_equal",
    "field_greater",
    "field_greater_equal",
    "field_match",
    "field_present",
)
ARITHMETIC = _numbers("add", "subtract", "multiply", "divide")
UNIT = _numbers("no_unit", "hours", "days", "weeks", "months", "quarters", "years")
FILL = _numbers("none", "null", "previous", "linear", "value")
BASIS = _numbers("none", "billed", "effective", "list", "contracted")
DATING = _numbers("charge", "billing")
MODE = _numbers("aggregate", "rows")
FORMAT = _numbers("json", "csv", "table", "ndjson", "columns", "arrow")
EPOCH = _numbers("rfc3339", "ns", "us", "ms", "s", "m", "h")
PARAMETER = _numbers("string", "integer", "number", "boolean", "regex", "duration", "identifier")
QUERY_TEXT = {"keep": 0, "hash": 1, "drop": 2}
BUDGET_PERIOD = {"monthly": 0, "daily": 1, "weekly": 2, "quarterly": 3, "yearly": 4}
BUDGET_CALENDAR = {"charge": 0, "billing": 1}
GRAIN = {"minute": 2, "hour": 4, "day": 8, "month": 16}
TYPE = {
    "float64": 1,
    "int64": 2,
    "uint64": 3,
    "bool": 4,
    "string": 5,
    "decimal": 6,
    "decimal_text": 7,
    "tag": 8,
    "time": 9,
    "text": 10,
}

# How the header calls them: prefix, or prefix and what the names here stand for there.
HEADER_NAMES = {
    "DURABILITY": ("CENTIME_", {}),
    "TABLE_KIND": ("CENTIME_", {}),
    "PARTITION": ("CENTIME_", {"auto": "PARTITION_AUTO"}),
    "PRECISION": ("CENTIME_", {}),
    "FUNCTION": ("CENTIME_", {}),
    "FILTER": ("CENTIME_", {}),
    "ARITHMETIC": ("CENTIME_", {}),
    "UNIT": ("CENTIME_", {}),
    "FILL": ("CENTIME_FILL_", {}),
    "BASIS": ("CENTIME_", {"none": "BASIS_NONE"}),
    "DATING": ("CENTIME_BY_", {}),
    "MODE": ("CENTIME_", {}),
    "FORMAT": ("CENTIME_", {"columns": "JSON_COLUMNS"}),
    "EPOCH": ("CENTIME_EPOCH_", {}),
    "PARAMETER": ("CENTIME_PARAMETER_", {}),
    "QUERY_TEXT": ("CENTIME_QUERY_", {"keep": "KEPT", "hash": "HASHED", "drop": "DROPPED"}),
    "BUDGET_PERIOD": ("CENTIME_BUDGET_", {}),
    "BUDGET_CALENDAR": ("CENTIME_BUDGET_", {}),
    "GRAIN": ("CENTIME_GRAIN_", {}),
    "TYPE": ("CENTIME_", {}),
}


def number_of(names: dict[str, int], name: str, what: str) -> int:
    """The number of a name; ValueError lists those there are."""
    try:
        return names[name]
    except KeyError:
        raise ValueError(f"{what} {name!r} is none of {', '.join(names)}") from None
