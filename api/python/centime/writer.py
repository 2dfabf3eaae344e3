"""Writing: what every way of writing has, and batches, which gather rows until they are worth a commit."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Iterable, Mapping, Optional, Sequence, Union

from . import errors, records
from .records import Item, Kind
from .values import Amount, Moment, Value, line_text, moment_ns

Text = Union[str, bytes]


@dataclass(frozen=True)
class Reject:
    """A line that was not taken."""

    line: int  # 1-based
    column: int  # 1-based byte, 0 where not known
    reason: str
    excerpt: str = ""


@dataclass(frozen=True)
class WriteResult:
    """What a write did. Of a server, what its answer tells."""

    rows: int = 0  # written, durably
    rejected: int = 0
    overwritten_rows: int = 0
    overwritten_money: int = 0  # of these, those that changed an amount
    commit: int = 0  # number of the last commit; 0: nothing was written, or not told
    is_repeat: bool = False  # the request was written before; nothing was written now
    rejects: tuple[Reject, ...] = field(default=())


class Writer:
    """One way into one database. May be shared by threads: their calls take turns; writers of their own share one sync.

    Each call that takes a `key` counts once however often it is sent with the same content, for a day, also after a crash."""

    is_remote = False

    def __init__(self, database: Optional[str]) -> None:
        self.database = database

    def __repr__(self) -> str:
        return f"<centime.{type(self).__name__} of database {self.database or 'default'!r}>"

    def lines(
        self,
        text: Text,
        *,
        precision: str = "ns",
        all_or_nothing: bool = False,
        time: Optional[Moment] = None,
        key: Optional[str] = None,
    ) -> WriteResult:
        """Writes line protocol, durably. `time` is of lines without one. ParseError where lines were rejected: the good ones
        are written unless all_or_nothing, and `error.result` has the counts and the first 100 bad lines."""
        raise NotImplementedError

    def timed_lines(self, text: str) -> WriteResult:
        """Lines which all have a time in ns: the same again changes nothing, so they may be sent again."""
        return self.lines(text)

    def columns(
        self,
        table: str,
        times_ns: Sequence[int],
        *,
        tags: Optional[Mapping[str, Union[str, Sequence[Optional[str]]]]] = None,
        fields: Mapping[str, Sequence[Any]],
    ) -> WriteResult:
        """Writes rows given in columns, all or none: the fastest way. A tag is one text for all rows, or one for each. A column
        of fields is an array of doubles or 64-bit integers (array, memoryview, numpy), or a list; None is no value. Decimals go
        to fields of money; doubles to such are refused."""
        raise NotImplementedError

    def _records(self, kind: Kind, items: Iterable[Item], key: Optional[str], **options: Any) -> WriteResult:
        return self._read_records(kind, records.read_items(kind, items), key, **options)

    def _read_records(
        self, kind: Kind, items: list[dict[str, Any]], key: Optional[str], is_partial: bool = False, **options: Any
    ) -> WriteResult:
        """is_partial: items that do not fit cost no others."""
        raise NotImplementedError

    def costs(self, entries: Iterable[Item], *, key: Optional[str] = None) -> WriteResult:
        """Adds charges to the ledger, all or none: dicts of timestamp, provider, service, resource_id, cost_usd (an amount,
        negative for credits), region, account, cluster, currency, source, billing_period, invoice_id, usage_quantity,
        charge_end, entry_id, tags. Equal entries count each, those with one entry_id once."""
        return self._records(records.COST, entries, key)

    def system(self, samples: Iterable[Item], *, key: Optional[str] = None) -> WriteResult:
        """Samples of nodes: timestamp, cluster_id, node_id, region, cpu_usage, memory_usage, disk_usage, gpu_usage (percent),
        temperature (C), power (W), error_rate (percent), cost_per_hour (money)."""
        return self._records(records.SYSTEM, samples, key)

    def service(self, samples: Iterable[Item], *, key: Optional[str] = None) -> WriteResult:
        """Of services: service_name, timestamp, cluster_id, request_count, success_rate (percent), avg_response_time (ms),
        status."""
        return self._records(records.SERVICE, samples, key)

    def training(self, steps: Iterable[Item], *, key: Optional[str] = None) -> WriteResult:
        """Of training runs: run_id, model_name, cluster_id, epoch, step, training_loss, validation_loss, learning_rate,
        gpu_memory_mb, batch_size, throughput_samples_per_sec, gpu_usage (percent), timestamp."""
        return self._records(records.TRAINING, steps, key)

    def rag(self, queries: Iterable[Item], *, text: str = "keep", key: Optional[str] = None) -> WriteResult:
        """Queries of retrieval pipelines: pipeline_id, query, retrieval_time_ms, generation_time_ms, total_time_ms,
        relevance_score (0 to 1), num_retrieved_docs, embedding_tokens, generation_tokens, timestamp. What was asked may be
        private: `text` is "keep", "hash" or "drop"."""
        return self._records(records.RAG, queries, key, text=text)

    def batch(self, rows: int = 10_000, seconds: float = 1.0) -> "Batch":
        """A batch that is written when it has that many rows, or when a row is added and the first is that old."""
        return Batch(self, rows, seconds)

    def close(self) -> None:
        """Frees the writer. Stores close theirs."""

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, kind: Optional[type], value: Optional[BaseException], trace: Optional[TracebackType]) -> None:
        self.close()


WAITING_BATCHES_MAX = 10


class Batch:
    """Rows on their way. `with store.batch() as batch: batch.add(...)`; the rest is written at the end of the block, also where
    it ends by an exception.

    What could not be written for a reason that may pass (a full disk, a server away) is kept and sent first by the next flush;
    it counts once, charges by a key of their batch. Where ten batches wait, more rows are refused. Rejected rows raise
    ParseError and are not kept; the others of their batch are written. May be shared by threads."""

    def __init__(self, writer: Writer, rows: int, seconds: float) -> None:
        if rows < 1:
            raise ValueError("rows: a batch has at least 1")
        self._writer = writer
        self._rows_max = rows
        self._seconds = seconds
        self._lines: list[str] = []
        self._costs: list[dict[str, Any]] = []
        self._first = 0.0
        self._unsent: list[tuple[str, Optional[str], Any]] = []  # kind, key, content: must be sent as they are
        self._lock = threading.RLock()
        self.rows_written = 0

    def __repr__(self) -> str:
        return f"<centime.Batch, {self.rows_written} rows written, {len(self)} waiting>"

    def __len__(self) -> int:
        """Rows added and not yet given to the writer."""
        return len(self._lines) + len(self._costs)

    def add(
        self,
        table: str,
        fields: Mapping[str, Optional[Value]],
        tags: Optional[Mapping[str, Optional[str]]] = None,
        time: Optional[Moment] = None,
    ) -> None:
        """Adds a row; without a time it is of now. In `cost` a row overwrites the one of its tags and time: see `cost`."""
        line = line_text(table, now_ns() if time is None else moment_ns(time), tags, fields)
        with self._lock:
            self._add(self._lines, line)

    def line(self, text: str) -> None:
        """Adds one row in line protocol, with its time in ns."""
        with self._lock:
            self._add(self._lines, text.rstrip("\n"))

    def cost(self, cost_usd: Amount, **members: Any) -> None:
        """Adds a charge: members as Writer.costs has them. Each counts."""
        entry = records.read_item(records.COST, {"cost_usd": cost_usd, **members})
        entry.setdefault("timestamp", now_ns())
        with self._lock:
            self._add(self._costs, entry)

    def flush(self) -> None:
        """Writes what waits, durably."""
        with self._lock:
            while self._unsent:
                self._send()
            if self._lines:
                self._unsent.append(("lines", None, "\n".join(self._lines)))
            if self._costs:
                key = uuid.uuid4().hex if self._writer.is_remote else None
                self._unsent.append(("costs", key, self._costs))
            self._lines, self._costs = [], []
            while self._unsent:
                self._send()

    def _send(self) -> None:
        kind, key, content = self._unsent[0]
        try:
            if kind == "lines":
                result = self._writer.timed_lines(content)
            else:
                result = self._writer._read_records(records.COST, content, key, is_partial=True)
        except (errors.ParseError, errors.TypeConflict, errors.Invalid, errors.OutOfRange, errors.LimitExceeded) as refused:
            del self._unsent[0]  # the same again would be refused again
            self.rows_written += refused.result.rows if refused.result else 0
            raise
        del self._unsent[0]
        self.rows_written += result.rows

    def _add(self, waiting: list[Any], row: Any) -> None:
        if len(self) >= WAITING_BATCHES_MAX * self._rows_max:
            raise errors.LimitExceeded(f"{len(self)} rows wait because they cannot be written: flush() says why")
        waiting.append(row)
        now = time.monotonic()
        if len(self) == 1:
            self._first = now
        if len(self) >= self._rows_max or now - self._first >= self._seconds:
            self.flush()

    def __enter__(self) -> "Batch":
        return self

    def __exit__(self, kind: Optional[type], value: Optional[BaseException], trace: Optional[TracebackType]) -> None:
        self.flush()


def now_ns() -> int:
    return time.time_ns()
