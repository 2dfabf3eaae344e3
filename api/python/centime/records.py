"""What observability programs report: the members of each kind of record, by the names that the REST interface has too.

Items are dicts or dataclasses. A member of None is not given: what is unknown is not zero.
"""

from __future__ import annotations

import ctypes
import dataclasses
import functools
import struct
from typing import Any, Callable, Iterable, Mapping, NamedTuple, Union

from . import structs
from .library import text
from .values import amount_text, moment_text, told_ns

Item = Union[Mapping[str, Any], Any]


class Member(NamedTuple):
    struct_name: str
    kind: str  # text, float, int, money, time
    has: int = 0  # its bit, where the struct tells whether it is given


@dataclasses.dataclass(frozen=True, eq=False)
class Kind:
    name: str  # of the library's call, writer_<name>
    path: str  # of the server
    struct: Any
    required: tuple[str, ...]
    members: dict[str, Member]


SYSTEM = Kind(
    "system",
    "/api/v1/metrics/system",
    structs.SystemMetrics,
    (),
    {
        "timestamp": Member("time_ns", "time"),
        "cluster_id": Member("cluster", "text"),
        "node_id": Member("node", "text"),
        "region": Member("region", "text"),
        "cpu_usage": Member("cpu_usage", "float", 1),
        "memory_usage": Member("memory_usage", "float", 2),
        "disk_usage": Member("disk_usage", "float", 4),
        "gpu_usage": Member("gpu_usage", "float", 8),
        "temperature": Member("temperature", "float", 16),
        "power": Member("power", "float", 32),
        "error_rate": Member("error_rate", "float", 64),
        "cost_per_hour": Member("cost_per_hour", "money"),
    },
)
SERVICE = Kind(
    "service",
    "/api/v1/metrics/service",
    structs.ServiceMetrics,
    ("service_name",),
    {
        "service_name": Member("service", "text"),
        "timestamp": Member("time_ns", "time"),
        "cluster_id": Member("cluster", "text"),
        "status": Member("status", "text"),
        "request_count": Member("request_count", "int", 1),
        "success_rate": Member("success_rate", "float", 2),
        "avg_response_time": Member("avg_response_time", "float", 4),
    },
)
TRAINING = Kind(
    "training",
    "/api/v1/metrics/llm-training",
    structs.TrainingMetrics,
    ("run_id", "epoch", "step"),
    {
        "run_id": Member("run_id", "text"),
        "model_name": Member("model_name", "text"),
        "cluster_id": Member("cluster", "text"),
        "epoch": Member("epoch", "int"),
        "step": Member("step", "int"),
        "training_loss": Member("training_loss", "float", 1),
        "validation_loss": Member("validation_loss", "float", 2),
        "learning_rate": Member("learning_rate", "float", 4),
        "gpu_memory_mb": Member("gpu_memory_mb", "float", 8),
        "batch_size": Member("batch_size", "int", 16),
        "throughput_samples_per_sec": Member("throughput_samples_per_sec", "float", 32),
        "gpu_usage": Member("gpu_usage", "float", 64),
        "timestamp": Member("time_ns", "time"),
    },
)
RAG = Kind(
    "rag",
    "/api/v1/metrics/rag",
    structs.RagMetrics,
    ("pipeline_id",),
    {
        "pipeline_id": Member("pipeline_id", "text"),
        "query": Member("query", "text"),
        "retrieval_time_ms": Member("retrieval_time_ms", "float", 1),
        "generation_time_ms": Member("generation_time_ms", "float", 2),
        "total_time_ms": Member("total_time_ms", "float", 4),
        "relevance_score": Member("relevance_score", "float", 8),
        "num_retrieved_docs": Member("num_retrieved_docs", "int", 16),
        "embedding_tokens": Member("embedding_tokens", "int", 32),
        "generation_tokens": Member("generation_tokens", "int", 64),
        "timestamp": Member("time_ns", "time"),
    },
)
COST = Kind(
    "costs",
    "/api/v1/costs",
    structs.CostEntry,
    ("cost_usd",),
    {
        "timestamp": Member("time_ns", "time"),
        "provider": Member("provider", "text"),
        "service": Member("service", "text"),
        "resource_id": Member("resource_id", "text"),
        "cost_usd": Member("cost_usd", "money"),
        "region": Member("region", "text"),
        "account": Member("account", "text"),
        "cluster": Member("cluster", "text"),
        "currency": Member("currency", "text"),
        "source": Member("source", "text"),
        "billing_period": Member("billing_period", "text"),
        "invoice_id": Member("invoice_id", "text"),
        "usage_quantity": Member("usage_quantity", "money"),
        "charge_end": Member("charge_end_ns", "time"),
        "entry_id": Member("entry_id", "text"),
        "tags": Member("tags", "tags"),
    },
)
KINDS = (SYSTEM, SERVICE, TRAINING, RAG, COST)


def _float(value: Any, what: str) -> float:
    if isinstance(value, (str, bool)):
        raise TypeError(f"{what}: a number, not {value!r}")
    return float(value)


def _int(value: Any, what: str) -> int:
    if isinstance(value, bool) or int(value) != value:
        raise TypeError(f"{what}: a whole number, not {value!r}")
    if not -(2**63) <= value < 2**63:
        raise ValueError(f"{what}: {value} is past 64 bits")
    return int(value)


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{what}: a text, not {value!r}")
    if "\0" in value:
        raise ValueError(f"{what}: {value!r}: texts hold no zero bytes")
    return value


def _tags(value: Any, what: str) -> dict[str, str]:
    if type(value) is not dict and not isinstance(value, Mapping):
        raise TypeError(f"{what}: a dict of texts, not {value!r}")
    return {_text(key, what): str(one) for key, one in value.items() if one is not None}


_CHECKS: dict[str, Callable[[Any, str], Any]] = {
    "time": told_ns,
    "money": amount_text,
    "float": _float,
    "int": _int,
    "text": _text,
    "tags": _tags,
}


def read_item(kind: Kind, item: Item) -> dict[str, Any]:
    """The members that are given, checked: times in nanoseconds, money as text. TypeError names what is unknown or missing."""
    given = item if type(item) is dict or isinstance(item, Mapping) else _members_of(item)
    read = {}
    for name, value in given.items():
        if value is None:
            continue
        member = kind.members.get(name)
        if member is None:
            raise TypeError(f"{kind.name}: no member {name!r}; known are {', '.join(kind.members)}")
        read[name] = _CHECKS[member.kind](value, name)
    for name in kind.required:
        if name not in read:
            raise TypeError(f"{kind.name}: {name} is required")
    return read


def _members_of(item: Any) -> dict[str, Any]:
    if dataclasses.is_dataclass(item) and not isinstance(item, type):
        return {one.name: getattr(item, one.name) for one in dataclasses.fields(item)}
    raise TypeError(f"a dict or a dataclass, not {item!r}")


class _Addresses(dict):  # type: ignore[type-arg]
    """Where each different text or set of tags lies, which this keeps there. Reports say the same few again and again."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[Any] = []

    def __missing__(self, value: Any) -> int:
        if isinstance(value, str):
            pointer: Any = ctypes.c_char_p(text(value))
            address = ctypes.cast(pointer, ctypes.c_void_p).value or 0
        else:
            pointer = (structs.CostTag * len(value))(*[structs.CostTag(text(key), text(one)) for key, one in value])
            address = ctypes.addressof(pointer)
        self._kept.append(pointer)
        self[value] = address
        return address


@functools.lru_cache(maxsize=None)
def _layout(kind: Kind) -> tuple[struct.Struct, list[tuple[str, str, int]]]:
    """How a struct is packed, and which member of an item, of which kind, stands at each place behind the first two."""
    codes = {"time": "q", "int": "q", "float": "d", "text": "P", "money": "P", "tags": "P"}
    by_place = {member.struct_name: (name, member.kind, member.has) for name, member in kind.members.items()}
    places = [by_place[name] for name, _ in kind.struct._fields_[2:]]
    packing = struct.Struct("@II" + "".join(codes[place[1]] for place in places))
    assert packing.size == ctypes.sizeof(kind.struct)
    return packing, places


def to_structs(kind: Kind, items: list[dict[str, Any]]) -> tuple[Any, Any]:
    """An array for the library of what read_item gave, and what must be kept as long as it."""
    packing, places = _layout(kind)
    addresses = _Addresses()
    packed = bytearray()
    for item in items:
        values: list[Any] = []
        second = 0  # `has`, or of charges the number of tags
        for name, sort, has in places:
            value = item.get(name)
            if value is None:
                values.append(0)
                continue
            if sort == "tags":
                second = len(value)
                value = addresses[tuple(value.items())]
            elif sort in ("text", "money"):
                value = addresses[value]
            second |= has
            values.append(value)
        packed += packing.pack(packing.size, second, *values)
    return (kind.struct * len(items)).from_buffer(packed), addresses


def to_json(kind: Kind, items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same for a server: times as text, money as text that it reads exactly."""
    times = [name for name, member in kind.members.items() if member.kind == "time"]
    return [{name: moment_text(value) if name in times else value for name, value in item.items()} for item in items]


def read_items(kind: Kind, items: Iterable[Item]) -> list[dict[str, Any]]:
    """read_item of each; an error says which one it was, counted from 1."""
    read: list[dict[str, Any]] = []
    for item in [items] if isinstance(items, Mapping) else items:
        try:
            read.append(read_item(kind, item))
        except (TypeError, ValueError) as wrong:
            raise type(wrong)(f"item {len(read) + 1}: {wrong}") from None
    return read
