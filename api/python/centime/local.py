"""A store in a folder, through the C library."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from ctypes import byref, c_int, c_int64, c_size_t, c_uint64, c_void_p
from datetime import datetime
from decimal import Decimal
from typing import Any, Iterable, Iterator, Mapping, Optional, Union

from . import arrow, budgets, enums, errors, structs
from .library import Library, load, text, texts
from .local_writer import LocalWriter
from .query import Question, read_filter
from .query_struct import filter_struct, query_struct
from .result import Result, influx_results, read_json
from .store import BUDGET_MONEY, COST_MONEY, RUN_MONEY, Scope, Store
from .values import (
    OPEN_END,
    OPEN_START,
    UINT64_MAX,
    Amount,
    Moment,
    amount_text,
    moment_ns,
    range_ns,
    texts_of,
    to_datetime,
    told_ns,
    whole_number,
)
from .writer import Text, Writer


class _Answer:
    """A result of the library, freed with the last that uses it."""

    def __init__(self, library: Library, handle: c_void_p) -> None:
        self._library = library
        self._handle = handle
        self._free = weakref.finalize(self, library.result_destroy, handle)
        self._free.atexit = False

    def bytes(self, format: str) -> bytes:
        buffer = c_void_p()
        self._library.result_format(self._handle, enums.number_of(enums.FORMAT, format, "format"), buffer)
        return self._library.take_bytes(buffer)

    def stats(self) -> dict[str, int]:
        stats = structs.ResultStats()
        self._library.result_stats_of(self._handle, stats)
        return _members(stats)

    def arrow_capsule(self) -> Any:
        stream = structs.ArrowStream()
        self._library.result_arrow_stream(self._handle, stream)
        return arrow.capsule(stream)


class LocalStore(Store):
    """A store in a folder. One process writes, any number read; used only by the process that opened it."""

    def __init__(self, path: Union[str, os.PathLike[str]], options: structs.Options, database: Optional[str], library: Library):
        super().__init__(database)
        self.path = os.fspath(path)
        self._library = library
        self._process = os.getpid()
        self._users = 0
        self._changed = threading.Condition()
        self._handle = c_void_p()
        self._own_writers: weakref.WeakSet[LocalWriter] = weakref.WeakSet()
        library.open(os.fsencode(self.path), options, self._handle)
        self._close_at_exit = weakref.finalize(self, _close_quietly, library, self._handle.value or 0, os.getpid())

    def __repr__(self) -> str:
        return f"<centime.LocalStore {self.path!r}{'' if self._handle else ', closed'}>"

    @contextlib.contextmanager
    def _using(self) -> Iterator[c_void_p]:
        """The handle, for a call: the store is not closed meanwhile."""
        with self._changed:
            if not self._handle:
                raise errors.Closed(f"the store {self.path!r} is closed")
            if os.getpid() != self._process:
                raise errors.Invalid(f"the store {self.path!r} was opened by another process; open it anew after a fork")
            self._users += 1
        try:
            yield self._handle
        finally:
            with self._changed:
                self._users -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """Waits for calls that run, makes durable what is not yet, and closes the store, whatever it raises."""
        with self._changed:
            handle, self._handle = self._handle, c_void_p()
            self._changed.wait_for(lambda: self._users == 0)
        if handle and self._close_at_exit.detach() and os.getpid() == self._process:
            for writer in list(self._own_writers):
                writer.close()
            self._library.close(handle)

    def _call(self, name: str, *arguments: Any) -> None:
        with self._using() as handle:
            getattr(self._library, name)(handle, *arguments)

    def _json(self, name: str, *arguments: Any, money: frozenset[str] = frozenset()) -> Any:
        buffer = c_void_p()
        self._call(name, *arguments, buffer)
        return read_json(self._library.take_bytes(buffer), money)

    def _result(self, name: str, *arguments: Any) -> Result:
        answer = self._answer(name, *arguments)
        return Result(answer.bytes("columns"), answer.stats(), answer)

    def _answer(self, name: str, *arguments: Any) -> _Answer:
        handle = c_void_p()
        self._call(name, *arguments, handle)
        return _Answer(self._library, handle)

    def _in(self, database: Optional[str]) -> Optional[bytes]:
        return text(database or self.database)

    # -- Writing and asking ------------------------------------------------------------------------

    def writer(self, database: Optional[str] = None) -> Writer:
        writer = LocalWriter(self, database or self.database)
        self._own_writers.add(writer)
        return writer

    def _ask(self, question: Question, explain: bool = False) -> Result:
        return self._result("explain" if explain else "run", query_struct(question, self.database))

    def _ask_bytes(self, question: Question, format: str) -> bytes:
        return self._answer("run", query_struct(question, self.database)).bytes(format)

    def influxql(
        self, text: str, *, parameters: Optional[Mapping[str, Any]] = None, epoch: str = "rfc3339", database: Optional[str] = None
    ) -> list[dict[str, Any]]:
        content = text.encode()
        given = _influx_parameters(parameters or {})
        options = structs.InfluxOptions(
            epoch=enums.number_of(enums.EPOCH, epoch, "epoch"),
            database=self._in(database) or b"default",
            parameters=given,
            parameter_count=len(given),
        )
        buffer = c_void_p()
        self._call("influxql", content, len(content), options, buffer)
        return influx_results(self._library.take_bytes(buffer))

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
        options = structs.CostOptions(
            top_count=top,
            database=self._in(database),
            currency=text(currency),
            end_ns=told_ns(end, "end"),
            window_ns=_window_ns(time_range_hours),
        )
        summary, buffer = c_void_p(), c_void_p()
        self._call("cost_summary_run", options, summary)
        try:
            self._library.cost_summary_json(summary, buffer)
        finally:
            self._library.cost_summary_destroy(summary)
        return read_json(self._library.take_bytes(buffer), COST_MONEY)

    def cluster_health(self, *, end: Optional[Moment] = None, database: Optional[str] = None) -> dict[str, dict[str, Any]]:
        return self._json("cluster_health_json", self._in(database), told_ns(end, "end"))

    def training_summary(
        self, run_id: str, *, end: Optional[Moment] = None, database: Optional[str] = None
    ) -> dict[str, Any]:
        arguments = (self._in(database), text(run_id), structs.SummaryOptions(end_ns=told_ns(end, "end")))
        return self._json("training_summary_with", *arguments, money=RUN_MONEY)

    def rag_summary(
        self, pipeline_id: str, *, end: Optional[Moment] = None, database: Optional[str] = None
    ) -> dict[str, Any]:
        arguments = (self._in(database), text(pipeline_id), structs.SummaryOptions(end_ns=told_ns(end, "end")))
        return self._json("rag_summary_with", *arguments)

    # -- Clusters, services, budgets ---------------------------------------------------------------

    def register_cluster(
        self, cluster_id: str, nodes: Iterable[str], region: str = "us-east-1", *, database: Optional[str] = None
    ) -> dict[str, Any]:
        names = texts_of(nodes, "nodes")
        return self._json("cluster_register", self._in(database), text(cluster_id), texts(names), len(names), text(region))

    def register_service(
        self, service_name: str, cluster_id: str, dependencies: Iterable[str] = (), *, database: Optional[str] = None
    ) -> dict[str, Any]:
        names = texts_of(dependencies, "dependencies")
        arguments = (text(service_name), text(cluster_id), texts(names), len(names))
        return self._json("service_register", self._in(database), *arguments)

    def clusters(self, *, database: Optional[str] = None) -> list[dict[str, Any]]:
        return self._json("clusters_json", self._in(database))

    def services(self, *, database: Optional[str] = None) -> list[dict[str, Any]]:
        return self._json("services_json", self._in(database))

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
        conditions = budgets.condition_structs(scope or {})
        budget = structs.Budget(
            period=enums.number_of(enums.BUDGET_PERIOD, period, "period"),
            id=text(budget_id),
            name=text(name),
            amount=text(amount_text(amount_usd)),
            currency=text(currency),
            alert_threshold=text(amount_text(alert_threshold, "alert_threshold")),
            time_zone=text(time_zone),
            conditions=conditions,
            condition_count=len(conditions),
            calendar=enums.number_of(enums.BUDGET_CALENDAR, calendar, "calendar"),
        )
        self._call("budget_set", self._in(database), budget)

    def remove_budget(self, budget_id: str, *, database: Optional[str] = None) -> None:
        self._call("budget_remove", self._in(database), text(budget_id))

    def budget_status(
        self, budget_id: Optional[str] = None, *, end: Optional[Moment] = None, database: Optional[str] = None
    ) -> dict[str, dict[str, Any]]:
        arguments = (self._in(database), text(budget_id), told_ns(end, "end"))
        return self._json("budget_status_json", *arguments, money=BUDGET_MONEY)

    def budgets(self, *, database: Optional[str] = None) -> list[dict[str, Any]]:
        return self._json("budgets_json", self._in(database), money=BUDGET_MONEY)

    def check_budget(
        self,
        budget_id: Optional[str] = None,
        further: Optional[Amount] = None,
        *,
        end: Optional[Moment] = None,
        database: Optional[str] = None,
    ) -> bool:
        exceeded = c_size_t()
        amount = None if further is None else text(amount_text(further, "further"))
        self._call("budget_check", self._in(database), text(budget_id), told_ns(end, "end"), amount, exceeded)
        return exceeded.value == 0

    # -- History -----------------------------------------------------------------------------------

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
        content = text.encode() if isinstance(text, str) else bytes(text)
        scoped = structs.RestateScope(
            database=self._in(database),
            table=table.encode(),
            keys=texts(list(scope)),
            values=texts([value or "" for value in scope.values()]),
            key_count=len(scope),
            **_range(start, end),
        )
        options = structs.RestateOptions(
            precision=enums.number_of(enums.PRECISION, precision, "precision"),
            expects_count=expected_count is not None,
            expected_count=expected_count or 0,
            expected_total=None if expected_total is None else amount_text(expected_total, "expected_total").encode(),
            field=None if field is None else field.encode(),
            has_sequence=sequence is not None,
            sequence=sequence or 0,
            is_forced=force,
        )
        restated = structs.RestateResult()
        self._call("restate", scoped, content, len(content), options, restated)
        members = _members(restated)
        for total in ("total_before", "total_after"):
            members[total] = Decimal(members[total]) if members[total] else None
        members["is_unchanged"] = bool(members["is_unchanged"])
        return members

    def delete(
        self,
        table: str,
        where: Mapping[str, Optional[str]],
        *,
        start: Optional[Moment] = None,
        end: Optional[Moment] = None,
        database: Optional[str] = None,
    ) -> int:
        """Removes, in one commit, the rows whose tags equal all of `where` ({}: every row) in start <= time < end; the commit."""
        commit = c_uint64()
        keys, values = texts(list(where)), texts([value or "" for value in where.values()])
        low, high = range_ns(start, end)
        between = (low, high) if low < high else (OPEN_START, OPEN_END)
        self._call("delete", self._in(database), text(table), keys, values, len(where), *between, commit)
        return commit.value

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
        names = texts_of(tags, "tags")
        query = structs.DifferenceQuery(
            database=self._in(database),
            table=text(table),
            field=text(field),
            tags=texts(names),
            tag_count=len(names),
            from_commit=before_commit,
            from_time_ns=told_ns(before, "before"),
            to_commit=after_commit,
            to_time_ns=told_ns(after, "after"),
            **_range(start, end),
        )
        filtered = filter_struct(read_filter(where)) if where else None
        if filtered is not None:
            query.filter = (structs.Filter * 1)(filtered)
        return self._result("difference", query)

    def keep_history(self, days: int) -> None:
        """How far back the store remembers what was overwritten, deleted or restated; 0: not at all."""
        self._call("keep_history", whole_number(days, 36500, "days"))

    def commit_at(self, time: Moment) -> int:
        """The last commit made at or before a time; 0 where there was none yet."""
        commit = c_uint64()
        self._call("commit_at", moment_ns(time), commit)
        return commit.value

    def commit_time(self, commit: int) -> datetime:
        time = c_int64()
        self._call("commit_time", whole_number(commit, UINT64_MAX, "commit"), time)
        return to_datetime(time.value)

    # -- Tables, rates, rollups --------------------------------------------------------------------

    def declare_table(
        self,
        table: str,
        *,
        kind: str = "metrics",
        currency: Optional[str] = None,
        retention_days: float = 0,
        partition: str = "auto",
        database: Optional[str] = None,
    ) -> None:
        """Declares a table, or changes its options: kind "metrics" or "ledger", currency of rows without such a tag, days after
        which rows are dropped (0: never), how much time one file covers ("auto", "day", "month")."""
        options = structs.TableOptions(
            kind=enums.number_of(enums.TABLE_KIND, kind, "kind"),
            partition=enums.number_of(enums.PARTITION, partition, "partition"),
            currency=(currency or "").encode(),
            retention_ns=int(retention_days * 86400 * 10**9),
        )
        self._call("declare_table", self._in(database), text(table), options)

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
        told = None if rate is None else text(amount_text(rate, "rate"))
        members = {"table": text(table), "base": text(base), "quote": text(quote), "from_ns": moment_ns(day, "day"), "rate": told}
        self._call("rate_set", self._in(database), structs.Rate(**members))

    def rates(self, table: Optional[str] = None, *, database: Optional[str] = None) -> Result:
        return self._result("rates", self._in(database), text(table))

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
        given = {"tags": tags, "quantiles": quantiles, "distinct": distinct}
        lists = {name: texts_of(values, name) for name, values in given.items()}
        rollup = structs.Rollup(
            grains=sum(enums.number_of(enums.GRAIN, grain, "grain") for grain in texts_of(grains, "grains")),
            table=text(table),
            tags=texts(lists["tags"]),
            tag_count=len(lists["tags"]),
            quantiles=texts(lists["quantiles"]),
            quantile_count=len(lists["quantiles"]),
            distinct=texts(lists["distinct"]),
            distinct_count=len(lists["distinct"]),
        )
        self._call("rollup_declare", self._in(database), rollup)

    def drop_rollup(self, table: str, tags: Iterable[str], *, database: Optional[str] = None) -> None:
        names = texts_of(tags, "tags")
        self._call("rollup_drop", self._in(database), text(table), texts(names), len(names))

    def rollups(self, table: str, *, database: Optional[str] = None) -> Result:
        return self._result("rollups", self._in(database), text(table))

    def tables(self) -> Result:
        """All tables: database, table, kind, currency, fields, tags, series."""
        return self._result("tables")

    def table_columns(self, table: str, *, database: Optional[str] = None) -> Result:
        return self._result("table_columns", self._in(database), text(table))

    def table_usage(self, table: str, *, database: Optional[str] = None) -> Result:
        """Where a table's bytes are: name, codec, blocks, values, bytes."""
        return self._result("table_usage", self._in(database), text(table))

    # -- Upkeep ------------------------------------------------------------------------------------

    def step(self) -> bool:
        """One bounded piece of background work, of stores opened with background=False; True: call again at once."""
        did_work = c_int()
        self._call("step", did_work)
        return bool(did_work.value)

    def sync(self) -> None:
        """Makes durable all that was written, whatever the durability."""
        self._call("sync")

    def seal(self) -> None:
        """Moves all rows into files."""
        self._call("seal")

    def compact(self) -> None:
        """Seals, then rewrites files into few and small ones; may take long."""
        self._call("compact")

    def verify(self, deep: bool = False) -> dict[str, int]:
        """Checks every checksum, with `deep` every block; what was checked. Corrupt says where the first fault is."""
        verified = structs.Verified()
        self._call("verify", int(deep), verified)
        return _members(verified)

    def state(self) -> dict[str, Any]:
        """Figures of the store: last_commit, live_rows, segment_bytes, is_read_only, read_only_reason, ..."""
        state = structs.State()
        with self._using() as handle:
            self._library.state_of(handle, byref(state))
        members = _members(state)
        members["is_read_only"] = bool(members["is_read_only"])
        return members


def _close_quietly(library: Library, handle: int, process: int) -> None:
    """Of a store that was never closed: when it is collected, or at the program's end."""
    if os.getpid() == process:
        with contextlib.suppress(errors.Error):
            library.close(handle)


def _members(struct: Any) -> dict[str, Any]:
    """The members of a struct of answers."""
    hidden = ("struct_size", "reserved")
    members = {name: getattr(struct, name) for name, *_ in struct._fields_ if name not in hidden}
    return {name: value.decode(errors="replace") if isinstance(value, bytes) else value for name, value in members.items()}


def _range(start: Optional[Moment], end: Optional[Moment]) -> dict[str, int]:
    low, high = range_ns(start, end)
    return {"start_ns": low, "end_ns": high}


def _window_ns(hours: Union[int, float, Decimal]) -> int:
    window = int(Decimal(amount_text(hours, "time_range_hours")) * 3600 * 10**9)
    if not 0 < window < 2**63:
        raise ValueError(f"time_range_hours: {hours} is not a number above 0 and below 2,562,047")
    return window


def _influx_parameters(parameters: Mapping[str, Any]) -> Any:
    array = (structs.InfluxParameter * len(parameters))()
    for at, (name, value) in enumerate(parameters.items()):
        if isinstance(value, bool):
            kind, told = "boolean", "true" if value else "false"
        elif isinstance(value, int):
            kind, told = "integer", str(value)
        elif isinstance(value, (float, Decimal)):
            kind, told = "number", amount_text(value, name)
        else:
            kind, told = "string", str(value)
        array[at] = structs.InfluxParameter(text(name), text(told), enums.PARAMETER[kind])
    return array


def open_local(path: Union[str, os.PathLike[str]], database: Optional[str], library: Optional[str], **options: Any) -> LocalStore:
    """As centime.open, whose arguments these are."""
    durability = enums.number_of(enums.DURABILITY, options.pop("durability"), "durability")
    background = options.pop("background")
    return LocalStore(path, structs.Options(durability=durability, no_thread=not background, **options), database, load(library))
