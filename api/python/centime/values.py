"""What callers give, brought to what the store keeps: amounts to decimal text, moments to nanoseconds, rows to line protocol.

Money is Decimal, int, str, or a float, of which the shortest text that gives the same float counts: who types 3.5 means 3.5.
"""

from __future__ import annotations

import functools
import math
import re
import time
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Iterable, Mapping, Optional, Union

Amount = Union[Decimal, int, str, float]
Moment = Union[datetime, int, float, Decimal, str, "Nanoseconds"]
Value = Union[Decimal, int, float, bool, str]

NS = 10**9
INT64_MIN, INT64_MAX, UINT64_MAX = -(2**63), 2**63 - 1, 2**64 - 1
OPEN_START, OPEN_END = INT64_MIN + 1, INT64_MAX
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

_RFC3339 = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)?)?")
_WIDTH = re.compile(r"(\d+)(ns|us|ms|s|m|h|d|w|mo|q|y)")
_WIDTH_NS = {"ns": 1, "us": 1_000, "ms": 10**6, "s": NS, "m": 60 * NS, "h": 3600 * NS, "d": 86400 * NS, "w": 7 * 86400 * NS}
_CALENDAR = {"d": "days", "w": "weeks", "mo": "months", "q": "quarters", "y": "years"}


class Nanoseconds(int):
    """A moment as nanoseconds since 1970 UTC; plain numbers are seconds."""

    def __repr__(self) -> str:
        return f"Nanoseconds({int(self)})"


def amount_text(value: Amount, what: str = "amount") -> str:
    """Decimal text of an amount, with every digit. TypeError for other types, ValueError for NaN and infinities."""
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{what}: {value} is no amount")
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{what}: {value} is no amount")
        return repr(float(value))
    raise TypeError(f"{what}: an amount is a Decimal, int, str or float, not {type(value).__name__}")


def _checked(ns: int, what: str) -> int:
    if not INT64_MIN < ns <= INT64_MAX:
        raise ValueError(f"{what}: out of range, times go from 1677 to 2262")
    return ns


def _text_ns(text: str, what: str) -> int:
    match = _RFC3339.fullmatch(text.strip())
    if not match:
        raise ValueError(f"{what}: {text!r} is no time such as 2026-06-01T00:00:00Z")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        at = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=timezone.utc)
    except ValueError as wrong:
        raise ValueError(f"{what}: {text!r}: {wrong}") from None
    seconds = (at - EPOCH) // timedelta(seconds=1)
    if zone and zone not in "Zz":
        offset = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
        seconds -= offset if zone[0] == "+" else -offset
    return seconds * NS + int((fraction or "0").ljust(9, "0"))


def moment_ns(value: Moment, what: str = "time") -> int:
    """Nanoseconds since 1970 UTC of a datetime with a zone, of seconds as a number, of RFC 3339 text (without a zone: UTC),
    of a timedelta from now, or of `Nanoseconds`."""
    if type(value) is float and value >= 0:  # the usual case first: time.time()
        whole, _, fraction = repr(value).partition(".")
        if len(fraction) <= 9 and fraction.isdigit():
            return _checked(int(whole) * NS + int(fraction.ljust(9, "0")), what)
    if isinstance(value, Nanoseconds):
        return _checked(int(value), what)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{what}: {value!r} has no time zone; say datetime(..., tzinfo=timezone.utc)")
        return _checked((value - EPOCH) // timedelta(microseconds=1) * 1000, what)
    if isinstance(value, timedelta):
        return _checked(time.time_ns() + value // timedelta(microseconds=1) * 1000, what)
    if isinstance(value, date):
        return _checked((value - EPOCH.date()).days * 86400 * NS, what)
    if isinstance(value, str):
        return _checked(_text_ns(value, what), what)
    if isinstance(value, int) and not isinstance(value, bool):
        return _checked(value * NS, what)
    if isinstance(value, (float, Decimal)):
        seconds = Decimal(repr(value)) if isinstance(value, float) else value
        if not seconds.is_finite():
            raise ValueError(f"{what}: {value} is no time")
        return _checked(int(seconds.scaleb(9)), what)
    raise TypeError(f"{what}: a time is a datetime, seconds or RFC 3339 text, not {type(value).__name__}")


def told_ns(value: Optional[Moment], what: str) -> int:
    """0, which to the library is the present, for None; the first moment of 1970 is told as the one after it."""
    return 0 if value is None else moment_ns(value, what) or 1


def range_ns(start: Optional[Moment], end: Optional[Moment]) -> tuple[int, int]:
    """start <= time < end as the library has it: both 0 for all times."""
    if start is None and end is None:
        return 0, 0
    low = OPEN_START if start is None else moment_ns(start, "start")
    high = OPEN_END if end is None else moment_ns(end, "end")
    if low >= high:
        raise ValueError(f"a range from {moment_text(low)} to {moment_text(high)} is empty")
    return low, high


def moment_text(ns: int) -> str:
    """RFC 3339, in UTC."""
    seconds, rest = divmod(ns, NS)
    whole = (EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{rest:09d}Z" if rest else f"{whole}Z"


def to_datetime(ns: int) -> datetime:
    """With what a datetime can tell: microseconds."""
    return EPOCH + timedelta(microseconds=ns // 1000)


def width_ns(value: Union[str, timedelta], what: str) -> int:
    """Nanoseconds of a timedelta or of "15m"."""
    if isinstance(value, timedelta):
        return value // timedelta(microseconds=1) * 1000
    match = _WIDTH.fullmatch(value)
    if not match or match.group(2) not in _WIDTH_NS:
        raise ValueError(f"{what}: {value!r} is no width such as 90s, 15m or 1h")
    return int(match.group(1)) * _WIDTH_NS[match.group(2)]


def bucket_of(value: Union[str, timedelta]) -> tuple[str, int]:
    """("ns", width) of a fixed width, else a calendar unit and how many: "1d" is a day of the calendar, "24h" are 24 hours."""
    match = _WIDTH.fullmatch(value) if isinstance(value, str) else None
    if match and match.group(2) in _CALENDAR:
        return _CALENDAR[match.group(2)], int(match.group(1))
    return "ns", width_ns(value, "bucket")


# -- Line protocol ---------------------------------------------------------------------------------

_NAME = str.maketrans({",": "\\,", " ": "\\ ", "=": "\\="})  # a backslash before anything else stands for itself
_TABLE = str.maketrans({",": "\\,", " ": "\\ "})
_STRING = str.maketrans({'"': '\\"', "\\": "\\\\"})


def _escaped(text: str, escapes: Mapping[int, str]) -> str:
    if "\n" in text or "\r" in text or "\0" in text:
        raise ValueError(f"{text!r}: line protocol has no line breaks in names and tags; Writer.columns takes them")
    if text.endswith("\\"):
        raise ValueError(f"{text!r}: line protocol has no names and tags that end in a backslash; Writer.columns takes them")
    return text.translate(escapes)


@functools.lru_cache(maxsize=4096)
def _table_text(table: str) -> str:
    return _escaped(table, _TABLE)


@functools.lru_cache(maxsize=4096)
def _field_key(key: str) -> str:
    return _escaped(key, _NAME) + "="


@functools.lru_cache(maxsize=65536)
def _tag_text(key: str, value: str) -> str:
    return f",{_escaped(key, _NAME)}={_escaped(value, _NAME)}"


def field_text(value: Value, what: str) -> str:
    """A field's value in line protocol."""
    if type(value) is float and math.isfinite(value):  # the usual case first
        return repr(value)
    if isinstance(value, str):
        return f'"{value.translate(_STRING)}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if not INT64_MIN <= value <= UINT64_MAX:
            raise ValueError(f"{what}: {value} is past 64 bits")
        return f"{int(value)}i" if value <= INT64_MAX else f"{int(value)}u"
    if isinstance(value, (float, Decimal)):
        return amount_text(value, what) + ("d" if isinstance(value, Decimal) else "")
    raise TypeError(f"{what}: a field is a number, a text, a bool or a Decimal, not {type(value).__name__}")


def line_text(table: str, time_ns: int, tags: Optional[Mapping[str, Any]], fields: Mapping[str, Optional[Value]]) -> str:
    """One row. Tags and fields of None are left out; a row needs a field."""
    head = _table_text(table)
    if tags:
        head += "".join([_tag_text(key, str(value)) for key, value in tags.items() if value is not None and value != ""])
    body = ",".join([_field_key(key) + field_text(value, key) for key, value in fields.items() if value is not None])
    if not body:
        raise ValueError(f"a row of {table!r} needs a field")
    return f"{head} {body} {time_ns}"


def texts_of(values: Iterable[str], what: str) -> list[str]:
    """A list of texts; a lone text, the usual slip, is refused."""
    if isinstance(values, (str, bytes)):
        raise TypeError(f"{what}: a list of texts, not the text {values!r}")
    texts = list(values)
    for one in texts:
        if not isinstance(one, str):
            raise TypeError(f"{what}: a list of texts, {one!r} is none")
    return texts


def whole_number(value: int, largest: int, what: str) -> int:
    """The number where it is from 0 to the largest, for arguments that ctypes would cut off."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= largest:
        raise ValueError(f"{what}: a whole number from 0 to {largest}, not {value!r}")
    return value
