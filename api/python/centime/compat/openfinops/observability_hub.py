"""`openfinops.observability.observability_hub`: clusters, services and their health."""

from __future__ import annotations

from typing import Any, Iterable, Optional

from ...store import Store
from ...values import Amount, Moment
from . import shared_store
from .fields import Record, members, money, record

_SYSTEM_EXTRAS = {
    "network_io": float,
    "active_connections": int,
    "error_count": int,
    "warning_count": int,
    "throughput": float,
    "latency_p50": float,
    "latency_p95": float,
    "latency_p99": float,
    "training_active": bool,
    "model_loading": bool,
    "data_loading": bool,
    "gradient_sync": bool,
    "checkpoint_saving": bool,
    "fan_speed": float,
    "health_status": str,
    "estimated_daily_cost": money,
}
_SERVICE_EXTRAS = {
    "uptime": float,
    "restart_count": int,
    "request_rate": float,
    "cpu_limit": float,
    "memory_limit": float,
    "cpu_request": float,
    "memory_request": float,
    "training_jobs_active": int,
    "training_jobs_queued": int,
    "training_jobs_failed": int,
}


@record(aliases={"power_consumption": "power"}, extras=_SYSTEM_EXTRAS)
class SystemMetrics(Record):
    """A sample of a node. Usages and error_rate are percent, temperature is in C, power in W, cost_per_hour in dollars. None is
    not known, and not 0."""

    timestamp: Moment  # seconds since 1970
    cpu_usage: Optional[float] = None
    memory_usage: Optional[float] = None
    disk_usage: Optional[float] = None
    gpu_usage: Optional[float] = None
    cluster_id: str = "default"
    node_id: str = "default"
    temperature: Optional[float] = None
    power: Optional[float] = None
    error_rate: Optional[float] = None
    cost_per_hour: Optional[Amount] = None
    region: Optional[str] = None


@record(
    aliases={"response_time": "avg_response_time"},
    extras=_SERVICE_EXTRAS,
    refused={"dependency_health": "dependencies are said by register_service"},
)
class ServiceMetrics(Record):
    """A sample of a service: success_rate in percent, avg_response_time in ms."""

    service_name: str
    timestamp: Moment
    request_count: Optional[int] = None
    success_rate: Optional[float] = None
    avg_response_time: Optional[float] = None
    status: Optional[str] = None
    cluster_id: Optional[str] = None


class ObservabilityHub:
    """Receives telemetry. All hubs of a process share a store; `store` is another one."""

    def __init__(self, store: Optional[Store] = None) -> None:
        self.store = store or shared_store.get()

    def register_cluster(self, cluster_id: str, nodes: Iterable[str], region: str = "us-east-1") -> dict[str, Any]:
        return self.store.register_cluster(cluster_id, nodes, region)

    def register_service(self, service_name: str, cluster_id: str, dependencies: Optional[Iterable[str]] = None) -> dict[str, Any]:
        return self.store.register_service(service_name, cluster_id, dependencies or ())

    def collect_system_metrics(self, metrics: SystemMetrics) -> None:
        self.store.add_system([members(metrics)])
        tags = {"cluster": metrics.cluster_id, "node": metrics.node_id, "region": metrics.region}
        add_extras(self.store, "system", tags, metrics)

    def collect_service_metrics(self, metrics: ServiceMetrics) -> None:
        self.store.add_service([members(metrics)])
        if metrics.extras:
            cluster = metrics.cluster_id or self._cluster_of(metrics.service_name)
            add_extras(self.store, "service", {"service": metrics.service_name, "cluster": cluster}, metrics)

    def _cluster_of(self, service_name: str) -> Optional[str]:
        """That of the service's registration, under which its samples are kept that name none."""
        named = (one["cluster_id"] for one in self.store.services() if one["service"] == service_name)
        return next(named, None)

    def get_cluster_health_summary(self) -> dict[str, dict[str, Any]]:
        """By cluster: health_status, total_nodes, healthy_nodes, avg_cpu_usage, avg_memory_usage, avg_disk_usage,
        avg_gpu_usage; {} where there is none."""
        return self.store.cluster_health()


def add_extras(store: Store, table: str, tags: dict[str, Optional[str]], metrics: Any) -> None:
    """Adds what the documented fields do not have to the row of the same tags and time."""
    if metrics.extras:
        store.write_row(table, metrics.extras, tags, metrics.timestamp)
