"""Writing to a server."""

from __future__ import annotations

import json
import uuid
from typing import Any, Mapping, Optional, Sequence, Union

from . import enums, records
from .columns import checked_len, kind_of
from .records import Kind
from .transport import Reply, Transport, failure
from .values import Moment, line_text
from .writer import Reject, Text, Writer, WriteResult, now_ns

PRECISIONS = {"minute": "m", "hour": "h"}  # that servers call otherwise


class RemoteWriter(Writer):
    is_remote = True

    def __init__(self, transport: Transport, database: Optional[str]) -> None:
        super().__init__(database)
        self._transport = transport

    def lines(
        self,
        text: Text,
        *,
        precision: str = "ns",
        all_or_nothing: bool = False,
        time: Optional[Moment] = None,
        key: Optional[str] = None,
    ) -> WriteResult:
        if time is not None:
            raise ValueError("a server has no default time for lines: write the times")
        return self._send(text, precision, all_or_nothing, key, False)

    def timed_lines(self, text: str) -> WriteResult:
        return self._send(text, "ns", False, None, True)

    def columns(
        self,
        table: str,
        times_ns: Sequence[int],
        *,
        tags: Optional[Mapping[str, Union[str, Sequence[Optional[str]]]]] = None,
        fields: Mapping[str, Sequence[Any]],
    ) -> WriteResult:
        count = len(times_ns)
        tag_columns = {name: [values] * count if isinstance(values, str) else values for name, values in (tags or {}).items()}
        for name, values in (*tag_columns.items(), *fields.items()):
            checked_len(name, values, count)
        for name, values in fields.items():
            given = [value for value in values if value is not None]
            if given:
                kind_of(name, given)
        lines = [
            line_text(
                table,
                int(times_ns[row]),
                {name: values[row] for name, values in tag_columns.items()},
                {name: values[row] for name, values in fields.items()},
            )
            for row in range(count)
        ]
        return self._send("\n".join(lines), "ns", True, None, True)

    def _send(self, text: Text, precision: str, all_or_nothing: bool, key: Optional[str], is_repeatable: bool) -> WriteResult:
        enums.number_of(enums.PRECISION, precision, "precision")
        parameters = {
            "db": self.database,
            "precision": PRECISIONS.get(precision, precision),
            "accept_partial": "false" if all_or_nothing else "true",
            "verbose": "true",
        }
        body = text.encode() if isinstance(text, str) else bytes(text)
        reply = self._transport.request("POST", "/write", parameters, body, "text/plain; charset=utf-8", key, is_repeatable)
        return _written(reply)

    def _read_records(
        self, kind: Kind, items: list[dict[str, Any]], key: Optional[str], is_partial: bool = False, **options: Any
    ) -> WriteResult:
        """Items without a time get the present one here, so that they are the same when they are sent again."""
        now = now_ns()
        for at, item in enumerate(items):
            item.setdefault("timestamp", now + at)
        if kind is records.COST:
            key = key or uuid.uuid4().hex
        parameters = {"database": self.database, "accept_partial": str(is_partial).lower(), "query_text": options.get("text")}
        body = json.dumps(records.to_json(kind, items), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        return _written(self._transport.request("POST", kind.path, parameters, body, "application/json", key))


def _written(reply: Reply) -> WriteResult:
    """What a write did; raises what went wrong, with what was written all the same."""
    if reply.status == 204:
        return WriteResult()
    try:
        told = json.loads(reply.body)
    except ValueError:
        told = {}
    result = _result(told) if isinstance(told, dict) else WriteResult()
    if reply.status // 100 != 2:
        raise failure(reply, result)
    return result


def _result(told: dict[str, Any]) -> WriteResult:
    rejects = []
    for one in told.get("data") or told.get("details") or []:
        line = one.get("line_number") or (one["index"] + 1 if "index" in one else 0)
        reason = str(one.get("error_message") or one.get("error") or "")
        rejects.append(Reject(line, one.get("column", 0), reason, one.get("original_line", "")))
    return WriteResult(
        rows=told.get("accepted", 0),
        rejected=told.get("rejected", 0),
        overwritten_rows=told.get("overwritten", 0),
        overwritten_money=told.get("overwritten_money", 0),
        commit=told.get("commit", 0),
        is_repeat=told.get("is_repeat", False),
        rejects=tuple(rejects),
    )
