"""The structs of centime.h, as ctypes has them. A test compiles the header and compares every size and offset."""

from __future__ import annotations

from ctypes import (
    POINTER,
    Structure,
    c_char,
    c_char_p,
    c_double,
    c_int32,
    c_int64,
    c_size_t,
    c_uint8,
    c_uint32,
    c_uint64,
    c_void_p,
    sizeof,
)
from typing import Any


class Versioned(Structure):
    """Begins with struct_size, which is set here."""

    def __init__(self, **members: Any) -> None:
        super().__init__(**members)
        for name, value in members.items():
            if isinstance(value, int) and getattr(self, name) != value:  # ctypes cuts off what does not fit
                raise ValueError(f"{name}: {value} is out of range")
        self.struct_size = sizeof(self)


class Error(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("code", c_int32),
        ("os_errno", c_int32),
        ("line", c_uint32),
        ("column", c_uint32),
        ("reserved", c_uint32),
        ("offset", c_uint64),
        ("file", c_char * 80),
        ("text", c_char * 256),
    ]


class Options(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("read_only", c_uint8),
        ("must_exist", c_uint8),
        ("in_memory", c_uint8),
        ("no_thread", c_uint8),
        ("durability", c_uint32),
        ("interval_ms", c_uint32),
        ("series_max", c_uint32),
        ("query_threads", c_uint32),
        ("memory_bytes", c_size_t),
        ("log", c_void_p),
        ("log_context", c_void_p),
        ("log_level", c_uint32),
        ("reserved", c_uint32),
        ("allocator", c_void_p),
    ]


class TableOptions(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("kind", c_uint32),
        ("partition", c_uint32),
        ("currency", c_char * 4),
        ("retention_ns", c_int64),
    ]


class WriteOptions(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("precision", c_uint32),
        ("all_or_nothing", c_uint8),
        ("has_default_time", c_uint8),
        ("reserved", c_uint8 * 6),
        ("default_time_ns", c_int64),
        ("request_key", c_char_p),
    ]


class Reject(Structure):
    _fields_ = [
        ("line", c_uint64),
        ("column", c_uint32),
        ("code", c_int32),
        ("reason", c_char * 200),
        ("excerpt", c_char * 72),
    ]


class WriteResult(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("reject_cap", c_uint32),
        ("reject_count", c_uint32),
        ("reserved", c_uint32),
        ("rejects", POINTER(Reject)),
        ("rows", c_uint64),
        ("rejected", c_uint64),
        ("overwritten_rows", c_uint64),
        ("overwritten_money", c_uint64),
        ("commit", c_uint64),
        ("is_repeat", c_uint32),
        ("reserved_2", c_uint32),
        ("misfits", c_uint64),
    ]


class Text(Structure):
    _fields_ = [("bytes", c_void_p), ("len", c_size_t)]


class Column(Structure):
    _fields_ = [
        ("name", c_char_p),
        ("type", c_uint32),
        ("scale", c_uint8),
        ("reserved", c_uint8 * 3),
        ("present", c_void_p),
        ("values", c_void_p),
        ("scales", c_void_p),
    ]


class Batch(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("column_count", c_uint32),
        ("table", c_char_p),
        ("columns", POINTER(Column)),
        ("times_ns", c_void_p),
        ("row_count", c_size_t),
    ]


class RestateScope(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("reserved", c_uint32),
        ("database", c_char_p),
        ("table", c_char_p),
        ("keys", POINTER(c_char_p)),
        ("values", POINTER(c_char_p)),
        ("key_count", c_size_t),
        ("start_ns", c_int64),
        ("end_ns", c_int64),
    ]


class RestateOptions(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("precision", c_uint32),
        ("expects_count", c_uint8),
        ("has_sequence", c_uint8),
        ("is_forced", c_uint8),
        ("reserved", c_uint8 * 5),
        ("expected_count", c_uint64),
        ("expected_total", c_char_p),
        ("field", c_char_p),
        ("sequence", c_uint64),
    ]


class RestateResult(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("is_unchanged", c_uint8),
        ("reserved", c_uint8 * 3),
        ("commit", c_uint64),
        ("given_rows", c_uint64),
        ("numbered_rows", c_uint64),
        ("folded_rows", c_uint64),
        ("rows_before", c_uint64),
        ("rows_after", c_uint64),
        ("total_before", c_char * 128),
        ("total_after", c_char * 128),
    ]


class Aggregate(Structure):
    _fields_ = [("function", c_uint32), ("reserved", c_uint32), ("field", c_char_p), ("name", c_char_p)]


class AggregateOptions(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("has_scale", c_uint8),
        ("scale", c_uint8),
        ("reserved", c_uint8 * 2),
        ("tag", c_char_p),
        ("quantile", c_double),
        ("unit_ns", c_int64),
        ("gap_max_ns", c_int64),
    ]


class Filter(Structure):
    pass


Filter._fields_ = [
    ("kind", c_uint32),
    ("child_count", c_uint32),
    ("children", POINTER(Filter)),
    ("tag", c_char_p),
    ("values", POINTER(c_char_p)),
    ("value_count", c_size_t),
]


class Computed(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("operation", c_uint32),
        ("name", c_char_p),
        ("left", c_char_p),
        ("left_value", c_char_p),
        ("right", c_char_p),
        ("right_value", c_char_p),
        ("has_scale", c_uint8),
        ("scale", c_uint8),
        ("reserved", c_uint8 * 6),
    ]


class Query(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("mode", c_uint32),
        ("database", c_char_p),
        ("table", c_char_p),
        ("aggregates", POINTER(Aggregate)),
        ("aggregate_count", c_size_t),
        ("fields", POINTER(c_char_p)),
        ("field_count", c_size_t),
        ("tags", POINTER(c_char_p)),
        ("tag_count", c_size_t),
        ("filter", POINTER(Filter)),
        ("start_ns", c_int64),
        ("end_ns", c_int64),
        ("bucket_ns", c_int64),
        ("origin_ns", c_int64),
        ("order_by", c_char_p),
        ("is_descending", c_uint8),
        ("skips_empty", c_uint8),
        ("ignores_rollups", c_uint8),
        ("reserved", c_uint8),
        ("threads", c_uint32),
        ("limit", c_uint64),
        ("rows_max", c_uint64),
        ("memory_bytes", c_size_t),
        ("cancel", c_void_p),
        ("as_of_commit", c_uint64),
        ("as_of_time_ns", c_int64),
        ("aggregate_options", POINTER(AggregateOptions)),
        ("computed", POINTER(Computed)),
        ("computed_count", c_size_t),
        ("unit", c_uint32),
        ("unit_count", c_uint32),
        ("unit_phase", c_int32),
        ("week_start", c_uint8),
        ("year_month", c_uint8),
        ("month_day", c_uint8),
        ("reserved2", c_uint8),
        ("time_zone", c_char_p),
        ("fill", c_uint32),
        ("has_fill_scale", c_uint8),
        ("fill_scale", c_uint8),
        ("has_convert_scale", c_uint8),
        ("convert_scale", c_uint8),
        ("fill_value", c_char_p),
        ("bucket_limit", c_uint64),
        ("basis", c_uint32),
        ("dating", c_uint32),
        ("convert_to", c_char_p),
        ("rate_table", c_char_p),
        ("elapsed_max_ns", c_int64),
    ]


class ResultStats(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("reserved", c_uint32),
        ("rows_scanned", c_uint64),
        ("blocks_read", c_uint64),
        ("blocks_from_sums", c_uint64),
        ("elapsed_ns", c_uint64),
        ("cells_read", c_uint64),
        ("rows_from_cells", c_uint64),
    ]


class DifferenceQuery(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("threads", c_uint32),
        ("database", c_char_p),
        ("table", c_char_p),
        ("field", c_char_p),
        ("tags", POINTER(c_char_p)),
        ("tag_count", c_size_t),
        ("filter", POINTER(Filter)),
        ("start_ns", c_int64),
        ("end_ns", c_int64),
        ("from_commit", c_uint64),
        ("from_time_ns", c_int64),
        ("to_commit", c_uint64),
        ("to_time_ns", c_int64),
        ("rows_max", c_uint64),
        ("memory_bytes", c_size_t),
        ("cancel", c_void_p),
    ]


class ArrowStream(Structure):
    _fields_ = [
        ("get_schema", c_void_p),
        ("get_next", c_void_p),
        ("get_last_error", c_void_p),
        ("release", c_void_p),
        ("private_data", c_void_p),
    ]


class InfluxParameter(Structure):
    _fields_ = [("name", c_char_p), ("value", c_char_p), ("kind", c_uint32), ("reserved", c_uint32)]


class InfluxOptions(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("epoch", c_uint8),
        ("format", c_uint8),
        ("is_read_only", c_uint8),
        ("is_get", c_uint8),
        ("database", c_char_p),
        ("parameters", POINTER(InfluxParameter)),
        ("parameter_count", c_size_t),
        ("now_ns", c_int64),
        ("rows_max", c_uint64),
        ("memory_bytes", c_size_t),
        ("threads", c_uint32),
        ("chunk_rows", c_uint32),
        ("cancel", c_void_p),
        ("failed_count", POINTER(c_uint32)),
        ("retention_policy", c_char_p),
        ("grants", c_void_p),
        ("grant_count", c_size_t),
        ("is_pretty", c_uint8),
        ("reserved", c_uint8 * 7),
    ]


class CostOptions(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("top_count", c_uint32),
        ("database", c_char_p),
        ("currency", c_char_p),
        ("end_ns", c_int64),
        ("window_ns", c_int64),
    ]


class SummaryOptions(Versioned):
    _fields_ = [("struct_size", c_uint32), ("format", c_uint32), ("end_ns", c_int64)]


class SystemMetrics(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("has", c_uint32),
        ("time_ns", c_int64),
        ("cluster", c_char_p),
        ("node", c_char_p),
        ("region", c_char_p),
        ("cpu_usage", c_double),
        ("memory_usage", c_double),
        ("disk_usage", c_double),
        ("gpu_usage", c_double),
        ("temperature", c_double),
        ("power", c_double),
        ("error_rate", c_double),
        ("cost_per_hour", c_char_p),
    ]


class ServiceMetrics(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("has", c_uint32),
        ("time_ns", c_int64),
        ("service", c_char_p),
        ("cluster", c_char_p),
        ("status", c_char_p),
        ("request_count", c_int64),
        ("success_rate", c_double),
        ("avg_response_time", c_double),
    ]


class TrainingMetrics(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("has", c_uint32),
        ("time_ns", c_int64),
        ("run_id", c_char_p),
        ("model_name", c_char_p),
        ("cluster", c_char_p),
        ("epoch", c_int64),
        ("step", c_int64),
        ("training_loss", c_double),
        ("validation_loss", c_double),
        ("learning_rate", c_double),
        ("gpu_memory_mb", c_double),
        ("batch_size", c_int64),
        ("throughput_samples_per_sec", c_double),
        ("gpu_usage", c_double),
    ]


class RagMetrics(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("has", c_uint32),
        ("time_ns", c_int64),
        ("pipeline_id", c_char_p),
        ("query", c_char_p),
        ("retrieval_time_ms", c_double),
        ("generation_time_ms", c_double),
        ("total_time_ms", c_double),
        ("relevance_score", c_double),
        ("num_retrieved_docs", c_int64),
        ("embedding_tokens", c_int64),
        ("generation_tokens", c_int64),
    ]


class CostTag(Structure):
    _fields_ = [("key", c_char_p), ("value", c_char_p)]


class CostEntry(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("tag_count", c_uint32),
        ("time_ns", c_int64),
        ("provider", c_char_p),
        ("service", c_char_p),
        ("resource_id", c_char_p),
        ("cost_usd", c_char_p),
        ("region", c_char_p),
        ("account", c_char_p),
        ("cluster", c_char_p),
        ("currency", c_char_p),
        ("source", c_char_p),
        ("billing_period", c_char_p),
        ("invoice_id", c_char_p),
        ("usage_quantity", c_char_p),
        ("charge_end_ns", c_int64),
        ("entry_id", c_char_p),
        ("tags", POINTER(CostTag)),
    ]


class BudgetCondition(Structure):
    _fields_ = [
        ("key", c_char_p),
        ("values", POINTER(c_char_p)),
        ("value_count", c_uint32),
        ("is_negated", c_uint32),
    ]


class Budget(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("period", c_uint32),
        ("id", c_char_p),
        ("name", c_char_p),
        ("amount", c_char_p),
        ("currency", c_char_p),
        ("alert_threshold", c_char_p),
        ("time_zone", c_char_p),
        ("conditions", POINTER(BudgetCondition)),
        ("condition_count", c_uint32),
        ("calendar", c_uint32),
    ]


class Rate(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("reserved", c_uint32),
        ("table", c_char_p),
        ("base", c_char_p),
        ("quote", c_char_p),
        ("from_ns", c_int64),
        ("rate", c_char_p),
    ]


class Rollup(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("grains", c_uint32),
        ("table", c_char_p),
        ("tags", POINTER(c_char_p)),
        ("tag_count", c_size_t),
        ("quantiles", POINTER(c_char_p)),
        ("quantile_count", c_size_t),
        ("distinct", POINTER(c_char_p)),
        ("distinct_count", c_size_t),
    ]


class Verified(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("reserved", c_uint32),
        ("files", c_uint64),
        ("segments", c_uint64),
        ("rows", c_uint64),
        ("blocks", c_uint64),
    ]


class State(Versioned):
    _fields_ = [
        ("struct_size", c_uint32),
        ("is_read_only", c_uint32),
        ("last_commit", c_uint64),
        ("sealed_commit", c_uint64),
        ("live_rows", c_uint64),
        ("live_bytes", c_uint64),
        ("log_bytes", c_uint64),
        ("catalog_bytes", c_uint64),
        ("segment_bytes", c_uint64),
        ("segment_count", c_uint64),
        ("segment_rows", c_uint64),
        ("log_files", c_uint64),
        ("seals", c_uint64),
        ("merges", c_uint64),
        ("overwritten_money", c_uint64),
        ("step_failures", c_uint64),
        ("read_only_reason", c_char * 256),
        ("history_low", c_uint64),
        ("history_count", c_uint64),
        ("history_rows", c_uint64),
        ("history_bytes", c_uint64),
        ("history_days", c_uint32),
        ("reserved", c_uint32),
        ("rollup_files", c_uint64),
        ("rollup_bytes", c_uint64),
        ("covered_segments", c_uint64),
        ("table_count", c_uint64),
        ("series_count", c_uint64),
        ("log_syncs", c_uint64),
        ("log_sync_ns", c_uint64),
    ]
