"""A store behind a server, by HTTP."""

from __future__ import annotations

import json
import uuid
from decimal import Context, Decimal
from typing import Any, Iterable, Mapping, Optional, Sequence, Union
from urllib.parse import quote

from . import enums, records
from .columns import checked_len, kind_of
from .errors import ParseError
from .query import Question
from .query_json import json_text, question_json
from .records import Kind
from .result import Result, influx_results, read_json
from .store import BUDGET_MONEY, COST_MONEY, RUN_MONEY, Scope, Store
from .transport import Reply, Transport, failure
from .values import Amount, Moment, amount_text, line_text, moment_ns, moment_text, texts_of
from .writer import Reject, Text, Writer, WriteResult, now_ns

_PRECISIONS = {"minute": "m", "hour": "h"}
_FORMATS = ("json", "columns", "csv", "ndjson", "arrow")


class RemoteStore(Store):
    """A store behind a server. Writes are sent again until they are answered, and count once all the same."""

    def __init__(self, transport: Transport, database: Optional[str]) -> None:
        super().__init__(database)
        self._transport = transport

    def __repr__(self) -> str:
        return f"<centime.RemoteStore {self._transport.url}>"

    def close(self) -> None:
        self._transport.close()

    def writer(self, database: Optional[str] = None) -> Writer:
        return RemoteWriter(self._transport, database or self.database)

    def _get(self, path: str, database: Optional[str], money: frozenset[str] = frozenset(), **parameters: Any) -> Any:
        given = {"database": database or self.database, **parameters}
        return read_json(_succeeded(self._transport.request("GET", path, given)).body, money)

    def _post(self, path: str, database: Optional[str], content: Any) -> Any:
        reply = self._transport.request(
            "POST", path, {"database": database or self.database}, _json_bytes(content), "application/json"
        )
        return read_json(_succeeded(reply).body)

    # -- Asking ------------------------------------------------------------------------------------

    def _ask(self, question: Question, explain: bool = False) -> Result:
        asked = {**question_json(question, self.database), **({"explain": True} if explain else {})}
        reply = self._query("/api/v1/query", {**asked, "format": "columns"})
        return Result(reply.body, _stats(reply))

    def _ask_bytes(self, question: Question, format: str) -> bytes:
        if format not in _FORMATS:
            raise ValueError(f"format {format!r} is none of {', '.join(_FORMATS)}")
        return self._query("/api/v1/query", {**question_json(question, self.database), "format": format}).body

    def _query(self, path: str, content: Any) -> Reply:
        body = json_text(content).encode()
        return _succeeded(self._transport.request("POST", path, None, body, "application/json", accept="*/*"))

    def influxql(
        self, text: str, *, parameters: Optional[Mapping[str, Any]] = None, epoch: str = "rfc3339", database: Optional[str] = None
    ) -> list[dict[str, Any]]:
        enums.number_of(enums.EPOCH, epoch, "epoch")
        given: dict[str, Optional[str]] = {"db": database or self.database or "default", "q": text}
        if epoch != "rfc3339":
            given["epoch"] = epoch
        if parameters:
            given["params"] = json_text(dict(parameters))
        reply = self._transport.request("POST", "/query", given)
        error = failure(reply) if reply.status // 100 != 2 else None
        if error and error.text.startswith("error parsing query"):
            raise ParseError(error.text)
        if error:
            raise error
        return influx_results(reply.body)

    # -- Summaries ---------------------------------------------------------------------------------

    def cost_summary(
        self,
        time_range_hours: Union[int, float, Decimal] = 24,
        *,
        end: Optional[Moment] = None,
        top: int = 10,
        currency: Optional[str] = None,
        database: Optional[str] = None,
    ) -> dict[str, Any]:
        hours = amount_text(time_range_hours, "time_range_hours")
        given = {"time_range_hours": hours, "end": _moment(end), "top": top, "currency": currency}
        return self._get("/api/v1/costs/summary", database, COST_MONEY, **given)

    def cluster_health(self, *, end: Optional[Moment] = None, database: Optional[str] = None) -> dict[str, dict[str, Any]]:
        return self._get("/api/v1/clusters/health", database, end=_moment(end))

    def training_summary(
        self, run_id: str, *, end: Optional[Moment] = None, database: Optional[str] = None
    ) -> dict[str, Any]:
        return self._get("/api/v1/training", database, RUN_MONEY, run_id=run_id, end=_moment(end))

    def rag_summary(
        self, pipeline_id: str, *, end: Optional[Moment] = None, database: Optional[str] = None
    ) -> dict[str, Any]:
        return self._get("/api/v1/rag", database, pipeline_id=pipeline_id, end=_moment(end))

    # -- Clusters, services, budgets ---------------------------------------------------------------

    def register_cluster(
        self, cluster_id: str, nodes: Iterable[str], region: str = "us-east-1", *, database: Optional[str] = None
    ) -> dict[str, Any]:
        told = {"cluster_id": cluster_id, "nodes": texts_of(nodes, "nodes"), "region": region}
        return self._post("/api/v1/clusters", database, told)

    def register_service(
        self, service_name: str, cluster_id: str, dependencies: Iterable[str] = (), *, database: Optional[str] = None
    ) -> dict[str, Any]:
        names = texts_of(dependencies, "dependencies")
        return self._post("/api/v1/services", database, {"service_name": service_name, "cluster_id": cluster_id, "dependencies": names})

    def clusters(self, *, database: Optional[str] = None) -> list[dict[str, Any]]:
        return self._get("/api/v1/clusters", database)

    def services(self, *, database: Optional[str] = None) -> list[dict[str, Any]]:
        return self._get("/api/v1/services", database)

    def create_budget(
        self,
        budget_id: str,
        amount_usd: Amount,
        *,
        name: Optional[str] = None,
        period: str = "monthly",
        scope: Optional[Scope] = None,
        alert_threshold: Amount = "0.8",
        currency: Optional[str] = None,
        time_zone: Optional[str] = None,
        calendar: str = "charge",
        database: Optional[str] = None,
    ) -> None:
        told = {
            "budget_id": budget_id,
            "amount": amount_text(amount_usd),
            "name": name,
            "period": period,
            "scope": scope,
            "alert_threshold": amount_text(alert_threshold, "alert_threshold"),
            "currency": currency,
            "time_zone": time_zone,
            "calendar": calendar,
        }
        self._post("/api/v1/budgets", database, {key: value for key, value in told.items() if value is not None})

    def remove_budget(self, budget_id: str, *, database: Optional[str] = None) -> None:
        path = f"/api/v1/budgets/{_segment(budget_id)}"
        _succeeded(self._transport.request("DELETE", path, {"database": database or self.database}))

    def budget_status(
        self, budget_id: Optional[str] = None, *, end: Optional[Moment] = None, database: Optional[str] = None
    ) -> dict[str, dict[str, Any]]:
        if budget_id is None:
            return self._get("/api/v1/budgets", database, BUDGET_MONEY, end=_moment(end))
        path = f"/api/v1/budgets/{_segment(budget_id)}"
        return {budget_id: self._get(path, database, BUDGET_MONEY, end=_moment(end))}

    def budgets(self, *, database: Optional[str] = None) -> list[dict[str, Any]]:
        return self._get("/api/v1/budgets", database, BUDGET_MONEY, view="settings")

    def check_budget(
        self,
        budget_id: Optional[str] = None,
        further: Optional[Amount] = None,
        *,
        end: Optional[Moment] = None,
        database: Optional[str] = None,
    ) -> bool:
        more = Decimal(0 if further is None else amount_text(further, "further"))
        exact = Context(prec=200)
        status = self.budget_status(budget_id, end=end, database=database)
        return all(exact.add(one["spent"], more) <= one["amount"] for one in status.values())


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
            "precision": _PRECISIONS.get(precision, precision),
            "accept_partial": "false" if all_or_nothing else "true",
            "verbose": "true",
        }
        body = text.encode() if isinstance(text, str) else bytes(text)
        reply = self._transport.request("POST", "/write", parameters, body, "text/plain; charset=utf-8", key, is_repeatable)
        return _written(reply)

    def _read_records(self, kind: Kind, items: list[dict[str, Any]], key: Optional[str], **options: Any) -> WriteResult:
        """Items without a time get the present one here, so that they are the same when they are sent again."""
        now = now_ns()
        for at, item in enumerate(items):
            item.setdefault("timestamp", now + at)
        if kind is records.COST:
            key = key or uuid.uuid4().hex
        parameters = {"database": self.database, "accept_partial": "false", "query_text": options.get("text")}
        body = _json_bytes(records.to_json(kind, items))
        return _written(self._transport.request("POST", kind.path, parameters, body, "application/json", key))


def _json_bytes(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _moment(value: Optional[Moment]) -> Optional[str]:
    return None if value is None else moment_text(moment_ns(value))


def _segment(name: str) -> str:
    return quote(name, safe="")


def _succeeded(reply: Reply) -> Reply:
    if reply.status // 100 != 2:
        raise failure(reply)
    return reply


def _stats(reply: Reply) -> dict[str, int]:
    """What a server tells of how it came to an answer."""
    names = {"rows_scanned": "x-centime-rows-scanned", "cells_read": "x-centime-cells-read"}
    told = {name: int(reply.headers[header]) for name, header in names.items() if header in reply.headers}
    if "x-centime-elapsed-us" in reply.headers:
        told["elapsed_ns"] = int(reply.headers["x-centime-elapsed-us"]) * 1000
    return told


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
