"""What a store can be asked and told, whether it is a folder (`local.py`) or a server (`remote.py`)."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal
from types import TracebackType
from typing import Any, Iterable, Mapping, Optional, Union

from .query import Question, read_question
from .records import Item
from .result import Result
from .values import Amount, Moment, Value, line_text, moment_ns
from .writer import Batch, Text, Writer, WriteResult

COST_MONEY = frozenset({"total_cost", "by_provider", "by_service", "by_cluster", "by_region", "by_tag", "top_resources"})
RUN_MONEY = frozenset({"total_cost", "cost_per_step"})
BUDGET_MONEY = frozenset({"amount", "spent", "remaining", "percentage_used", "alert_threshold"})

RESTATE_MONEY = frozenset({"total_before", "total_after"})

Scope = Mapping[str, Any]


class Store:
    """A store: all of its calls may be made by any threads at once.

    `database` of a call is the one meant; None is that of the store, by default "default". Moments are datetimes with a zone,
    seconds since 1970 as numbers, RFC 3339 text, dates, a timedelta from now, or `Nanoseconds`. Amounts are Decimal, int, str,
    or a float, which counts as the shortest text that is that float. Amounts of answers are Decimal, always."""

    database: Optional[str] = None

    def __init__(self, database: Optional[str]) -> None:
        self.database = database
        self._writers: dict[Optional[str], Writer] = {}
        self._writers_lock = threading.Lock()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, kind: Optional[type], value: Optional[BaseException], trace: Optional[TracebackType]) -> None:
        self.close()

    def close(self) -> None:
        """Ends the use of the store; again does nothing. Its other calls then raise Closed."""
        raise NotImplementedError

    # -- Writing -----------------------------------------------------------------------------------

    def writer(self, database: Optional[str] = None) -> Writer:
        """A writer of one's own, for a thread that writes much."""
        raise NotImplementedError

    def _writer_of(self, database: Optional[str]) -> Writer:
        database = database or self.database
        with self._writers_lock:
            if database not in self._writers:
                self._writers[database] = self.writer(database)
            return self._writers[database]

    def write(self, text: Text, *, database: Optional[str] = None, **options: Any) -> WriteResult:
        """Writes line protocol; arguments as Writer.lines."""
        return self._writer_of(database).lines(text, **options)

    def write_row(
        self,
        table: str,
        fields: Mapping[str, Optional[Value]],
        tags: Optional[Mapping[str, Optional[str]]] = None,
        time: Optional[Moment] = None,
        *,
        database: Optional[str] = None,
    ) -> WriteResult:
        """Writes one row, durably. Many are written faster by `batch`."""
        row = line_text(table, 0 if time is None else moment_ns(time), tags, fields)
        return self.write(row if time is not None else row.rsplit(" ", 1)[0], database=database)

    def add_costs(self, entries: Iterable[Item], *, database: Optional[str] = None, key: Optional[str] = None) -> WriteResult:
        """Adds charges; entries as Writer.costs."""
        return self._writer_of(database).costs(entries, key=key)

    def add_system(self, samples: Iterable[Item], *, database: Optional[str] = None) -> WriteResult:
        return self._writer_of(database).system(samples)

    def add_service(self, samples: Iterable[Item], *, database: Optional[str] = None) -> WriteResult:
        return self._writer_of(database).service(samples)

    def add_training(self, steps: Iterable[Item], *, database: Optional[str] = None) -> WriteResult:
        return self._writer_of(database).training(steps)

    def add_rag(self, queries: Iterable[Item], *, text: str = "keep", database: Optional[str] = None) -> WriteResult:
        return self._writer_of(database).rag(queries, text=text)

    def batch(self, rows: int = 10_000, seconds: float = 1.0, *, database: Optional[str] = None) -> Batch:
        """Gathers rows: `with store.batch() as batch: batch.add("cpu", {"usage": 1.5}, {"host": "a"})`."""
        return self._writer_of(database).batch(rows, seconds)

    # -- Asking ------------------------------------------------------------------------------------

    def query(
        self,
        table: str,
        *,
        aggregates: Iterable[Union[str, Mapping[str, Any]]] = (),
        fields: Iterable[str] = (),
        tags: Iterable[str] = (),
        where: Optional[Mapping[str, Any]] = None,
        start: Optional[Moment] = None,
        end: Optional[Moment] = None,
        bucket: Union[None, str, timedelta] = None,
        order_by: Optional[str] = None,
        descending: bool = False,
        limit: int = 0,
        **more: Any,
    ) -> Result:
        """Answers a question.

        aggregates  "sum(cost_usd)", "count", "p95(total_time_ms) as slow", or dicts: function, field, name, tag, quantile,
                    scale, unit, gap_max
        fields      in place of aggregates: rows as they are
        tags        grouped by, or shown beside fields
        where       {"provider": "aws", "team": ["a", None], "cost_usd": {"gt": 5}}: all must hold; None is a missing tag. There
                    are in, not_in, match, not_match, present of tags, eq, ne, lt, le, gt, ge, field_match, field_present of
                    fields, and "and", "or" with lists of such dicts, "not" with one
        start, end  start <= time < end
        bucket      "15m", "1h" or a timedelta; "1d", "1w", "1mo", "1q", "1y" are of the calendar of time_zone
        order_by    name of a column of the answer
        more        origin, time_zone, week_start, year_month, month_day, bucket_phase; fill ("null", "previous", "linear" or a
                    number), fill_scale; bucket_limit, skips_empty; computed, a list of {"name", "operation", "left", "right",
                    "scale"}; basis, dating; convert_to, convert_scale, rate_table; as_of (a time) or as_of_commit; rows_max,
                    memory_bytes, threads, timeout (seconds), ignores_rollups; database
        """
        return self._ask(
            read_question(
                table,
                aggregates=aggregates,
                fields=fields,
                tags=tags,
                where=where,
                start=start,
                end=end,
                bucket=bucket,
                order_by=order_by,
                descending=descending,
                limit=limit,
                **more,
            )
        )

    def explain(self, table: str, **question: Any) -> Result:
        """What `query` would read for the question."""
        return self._ask(read_question(table, **question), explain=True)

    def query_bytes(self, table: str, *, format: str = "csv", **question: Any) -> bytes:
        """The answer as "csv", "ndjson", "json", "columns" (JSON too) or "arrow" (an IPC stream)."""
        return self._ask_bytes(read_question(table, **question), format)

    def _ask(self, question: Question, explain: bool = False) -> Result:
        raise NotImplementedError

    def _ask_bytes(self, question: Question, format: str) -> bytes:
        raise NotImplementedError

    def influxql(
        self, text: str, *, parameters: Optional[Mapping[str, Any]] = None, epoch: str = "rfc3339", database: Optional[str] = None
    ) -> list[dict[str, Any]]:
        """Runs statements of InfluxQL; the list of results as InfluxDB has them, fractions as Decimal. A statement that fails
        raises Invalid, with all results in `details`."""
        raise NotImplementedError

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
        """Costs later than end - hours, up to end (now): total_cost, by_provider, by_service, by_cluster, by_region, by_tag,
        top_resources, currency, window. CurrencyError where there are several and none is said."""
        raise NotImplementedError

    def cluster_health(self, *, end: Optional[Moment] = None, database: Optional[str] = None) -> dict[str, dict[str, Any]]:
        """By cluster: health_status, total_nodes, healthy_nodes, avg_cpu_usage, avg_memory_usage, avg_disk_usage,
        avg_gpu_usage, as of `end`."""
        raise NotImplementedError

    def training_summary(
        self, run_id: str, *, end: Optional[Moment] = None, database: Optional[str] = None
    ) -> dict[str, Any]:
        """A training run: model_name, total_steps, current_loss, best_loss, avg_gpu_usage, total_cost, ... as it was at `end`.
        NotFound."""
        raise NotImplementedError

    def rag_summary(
        self, pipeline_id: str, *, end: Optional[Moment] = None, database: Optional[str] = None
    ) -> dict[str, Any]:
        """A pipeline over all its queries up to `end`: total_queries, avg_retrieval_time_ms, avg_relevance_score, ... NotFound."""
        raise NotImplementedError

    # -- Clusters, services, budgets ---------------------------------------------------------------

    def register_cluster(
        self, cluster_id: str, nodes: Iterable[str], region: str = "us-east-1", *, database: Optional[str] = None
    ) -> dict[str, Any]:
        """Registers a cluster with the nodes that it should have; the confirmation."""
        raise NotImplementedError

    def register_service(
        self, service_name: str, cluster_id: str, dependencies: Iterable[str] = (), *, database: Optional[str] = None
    ) -> dict[str, Any]:
        raise NotImplementedError

    def clusters(self, *, database: Optional[str] = None) -> list[dict[str, Any]]:
        raise NotImplementedError

    def services(self, *, database: Optional[str] = None) -> list[dict[str, Any]]:
        raise NotImplementedError

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
        """Puts a budget in the place of one with its id. Periods: daily, weekly (from Monday), monthly, quarterly, yearly, of
        the calendar of the time zone, UTC by default. scope: {"provider": "aws", "tags": {"team": ["a", "b"]}}, all must hold;
        none is every charge. calendar: "charge" or "billing", by which date a charge counts."""
        raise NotImplementedError

    def remove_budget(self, budget_id: str, *, database: Optional[str] = None) -> None:
        raise NotImplementedError

    def budget_status(
        self, budget_id: Optional[str] = None, *, end: Optional[Moment] = None, database: Optional[str] = None
    ) -> dict[str, dict[str, Any]]:
        """By budget: name, amount, spent, remaining, percentage_used, status (ok, warning, exceeded), period_start, period_end,
        in the period that holds `end`."""
        raise NotImplementedError

    def budgets(self, *, database: Optional[str] = None) -> list[dict[str, Any]]:
        """What was set, by id."""
        raise NotImplementedError

    def check_budget(
        self,
        budget_id: Optional[str] = None,
        further: Optional[Amount] = None,
        *,
        end: Optional[Moment] = None,
        database: Optional[str] = None,
    ) -> bool:
        """Is the budget within its amount, with `further` spent? Without an id: are all? Reserves nothing."""
        raise NotImplementedError

    # -- History, rates, rollups -------------------------------------------------------------------

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
        """Replaces, in one commit, the rows of a table whose tags equal the scope (None: without the tag) by the rows of a text
        in line protocol, or changes nothing. The same again changes nothing. Rows before and after, their totals, commit."""
        raise NotImplementedError

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
        """What has changed between two moments of the store, by tags: before, after, change, status."""
        raise NotImplementedError

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
        """One unit of `base` is `rate` of `quote` from a day (a midnight UTC) on; None: the rate of that day is forgotten."""
        raise NotImplementedError

    def rates(self, table: Optional[str] = None, *, database: Optional[str] = None) -> Result:
        """Rates of a table, or of all: table, base, quote, from, rate."""
        raise NotImplementedError

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
        """Keeps sums of a table by these tags; they answer questions that they fit, and never change an answer."""
        raise NotImplementedError

    def drop_rollup(self, table: str, tags: Iterable[str], *, database: Optional[str] = None) -> None:
        """No more sums are kept by these tags, be they declared or there by default."""
        raise NotImplementedError

    def rollups(self, table: str, *, database: Optional[str] = None) -> Result:
        """A table's grouping sets: tags, grains, origin, quantiles, distinct, segments, cells."""
        raise NotImplementedError

    def table_columns(self, table: str, *, database: Optional[str] = None) -> Result:
        """A table's columns: name, role, type, is_money, values."""
        raise NotImplementedError
