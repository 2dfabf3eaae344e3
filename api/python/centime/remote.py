"""A store behind a server, by HTTP."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Any, Iterable, Mapping, Optional, Union
from urllib.parse import quote

from . import enums
from .errors import ParseError
from .query import Question, read_filter
from .query_json import filter_json, json_text, question_json
from .remote_writer import PRECISIONS, RemoteWriter
from .result import Result, influx_results, read_json
from .store import BUDGET_MONEY, COST_MONEY, RESTATE_MONEY, RUN_MONEY, Scope, Store
from .transport import Reply, Transport, failure
from .values import Amount, Moment, amount_text, moment_ns, moment_text, texts_of
from .writer import Text, Writer

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
        return read_json(self._send(path, database, content).body or b"null")

    def _send(self, path: str, database: Optional[str], content: Any) -> Reply:
        given = {"database": database or self.database}
        return _succeeded(self._transport.request("POST", path, given, json_text(content).encode(), "application/json"))

    def _list(self, path: str, database: Optional[str], **parameters: Any) -> Result:
        given = {"database": database or self.database, "format": "columns", **parameters}
        return Result(_succeeded(self._transport.request("GET", path, given)).body)

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
        told = {"service_name": service_name, "cluster_id": cluster_id, "dependencies": names}
        return self._post("/api/v1/services", database, told)

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

    # -- Restating, differences --------------------------------------------------------------------

    def restate(
        self,
        table: str,
        scope: Mapping[str, Optional[str]],
        text: Text,
        *,
        start: Optional[Moment] = None,
        end: Optional[Moment] = None,
        precision: str = "ns",
        expected_count: Optional[int] = None,
        expected_total: Optional[Amount] = None,
        field: Optional[str] = None,
        sequence: Optional[int] = None,
        force: bool = False,
        database: Optional[str] = None,
    ) -> dict[str, Any]:
        enums.number_of(enums.PRECISION, precision, "precision")
        parameters = {
            "database": database or self.database,
            "table": table,
            "scope": [f"{key}={value or ''}" for key, value in scope.items()],
            "start": _moment(start),
            "end": _moment(end),
            "precision": PRECISIONS.get(precision, precision),
            "expected_count": expected_count,
            "expected_total": None if expected_total is None else amount_text(expected_total, "expected_total"),
            "field": field,
            "sequence": sequence,
            "force": "true" if force else None,
        }
        body = text.encode() if isinstance(text, str) else bytes(text)
        reply = self._transport.request("POST", "/api/v1/restate", parameters, body, "text/plain; charset=utf-8")
        answer: dict[str, Any] = read_json(_succeeded(reply).body, RESTATE_MONEY)
        return answer

    def difference(
        self,
        table: str,
        field: str,
        *,
        before: Optional[Moment] = None,
        before_commit: int = 0,
        after: Optional[Moment] = None,
        after_commit: int = 0,
        tags: Iterable[str] = (),
        where: Optional[Mapping[str, Any]] = None,
        start: Optional[Moment] = None,
        end: Optional[Moment] = None,
        database: Optional[str] = None,
    ) -> Result:
        told = {
            "table": table,
            "field": field,
            "group_by": texts_of(tags, "tags") or None,
            "filter": filter_json(read_filter(where)) if where else None,
            "start": _moment(start),
            "end": _moment(end),
            "from": _moment(before),
            "from_commit": before_commit or None,
            "to": _moment(after),
            "to_commit": after_commit or None,
        }
        given = {"database": database or self.database, "format": "columns"}
        body = json_text({name: value for name, value in told.items() if value is not None}).encode()
        return Result(_succeeded(self._transport.request("POST", "/api/v1/difference", given, body, "application/json")).body)

    # -- Tables, rates, rollups --------------------------------------------------------------------

    def set_rate(
        self,
        base: str,
        quote: str,
        day: Moment,
        rate: Optional[Amount],
        *,
        table: Optional[str] = None,
        database: Optional[str] = None,
    ) -> None:
        told = {"base": base, "quote": quote, "from": _moment(day), "rate": None if rate is None else amount_text(rate, "rate")}
        self._post("/api/v1/rates", database, {**told, "table": table} if table else told)

    def rates(self, table: Optional[str] = None, *, database: Optional[str] = None) -> Result:
        return self._list("/api/v1/rates", database, table=table)

    def declare_rollup(
        self,
        table: str,
        tags: Iterable[str],
        *,
        grains: Iterable[str] = ("hour", "day", "month"),
        quantiles: Iterable[str] = (),
        distinct: Iterable[str] = (),
        database: Optional[str] = None,
    ) -> None:
        lists = {"tags": tags, "grains": grains, "quantiles": quantiles, "distinct": distinct}
        told = {name: texts_of(values, name) for name, values in lists.items()}
        self._post("/api/v1/rollups", database, {"table": table, **told})

    def drop_rollup(self, table: str, tags: Iterable[str], *, database: Optional[str] = None) -> None:
        given = {"database": database or self.database, "table": table, "tag": texts_of(tags, "tags")}
        _succeeded(self._transport.request("DELETE", "/api/v1/rollups", given))

    def rollups(self, table: str, *, database: Optional[str] = None) -> Result:
        return self._list("/api/v1/rollups", database, table=table)

    def table_columns(self, table: str, *, database: Optional[str] = None) -> Result:
        return self._list(f"/api/v1/tables/{_segment(table)}", database)


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
