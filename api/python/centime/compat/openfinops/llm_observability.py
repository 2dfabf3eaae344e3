"""`openfinops.observability.llm_observability`: training runs and retrieval pipelines."""

from __future__ import annotations

import time
from typing import Any, Optional

from ...store import Store
from ...values import Moment, Nanoseconds
from . import shared_store
from .fields import Record, members, money, record
from .observability_hub import add_extras

_TRAINING_EXTRAS = {
    "model_type": str,
    "stage": str,
    "global_step": int,
    "total_steps": int,
    "progress_percent": float,
    "perplexity": float,
    "gradient_norm": float,
    "tokens_per_second": float,
    "gpu_memory_allocated": float,  # GB
    "gpu_memory_cached": float,
    "sequence_length": int,
    "vocab_size": int,
    "total_parameters": int,
    "trainable_parameters": int,
    "bleu_score": float,
    "rouge_score": float,
    "bert_score": float,
    "human_eval_score": float,
    "cpu_usage": float,
    "memory_usage": float,
    "compute_cost_per_hour": money,
    "estimated_total_cost": money,
}
_RAG_EXTRAS = {
    "stage": str,
    "documents_processed": int,
    "chunks_generated": int,
    "embeddings_created": int,
    "index_size": int,
    "throughput": float,
    "latency_p50": float,
    "latency_p95": float,
    "latency_p99": float,
    "retrieval_accuracy": float,
    "diversity_score": float,
    "coverage_score": float,
    "response_length": int,
    "coherence_score": float,
    "factuality_score": float,
    "cpu_usage": float,
    "memory_usage": float,
    "gpu_usage": float,
    "input_tokens": int,
    "output_tokens": int,
    "total_tokens": int,
    "cost_per_query": money,
    "error_rate": float,
    "timeout_rate": float,
    "retry_count": int,
}


@record(
    aliases={
        "train_loss": "training_loss",
        "gpu_utilization": "gpu_usage",
        "sequences_per_second": "throughput_samples_per_sec",
    },
    extras=_TRAINING_EXTRAS,
)
class LLMTrainingMetrics(Record):
    """What a training run reports at a time. gpu_usage is percent."""

    run_id: str
    model_name: Optional[str] = None
    epoch: int = 0
    step: int = 0
    training_loss: Optional[float] = None
    validation_loss: Optional[float] = None
    learning_rate: Optional[float] = None
    gpu_memory_mb: Optional[float] = None
    batch_size: Optional[int] = None
    throughput_samples_per_sec: Optional[float] = None
    timestamp: Optional[Moment] = None
    gpu_usage: Optional[float] = None
    cluster_id: Optional[str] = None


@record(extras=_RAG_EXTRAS)
class RAGPipelineMetrics(Record):
    """One query of a retrieval pipeline. relevance_score is from 0 to 1."""

    pipeline_id: str
    query: Optional[str] = None
    retrieval_time_ms: Optional[float] = None
    generation_time_ms: Optional[float] = None
    total_time_ms: Optional[float] = None
    relevance_score: Optional[float] = None
    num_retrieved_docs: Optional[int] = None
    embedding_tokens: Optional[int] = None
    generation_tokens: Optional[int] = None
    timestamp: Optional[Moment] = None


class LLMObservabilityHub:
    """Training runs and pipelines, in the store that all hubs share."""

    def __init__(self, store: Optional[Store] = None) -> None:
        self.store = store or shared_store.get()

    def collect_llm_training_metrics(self, metrics: LLMTrainingMetrics) -> None:
        metrics.timestamp = stamped(metrics)
        self.store.add_training([members(metrics)])
        tags = {"run_id": metrics.run_id, "model_name": metrics.model_name, "cluster": metrics.cluster_id}
        add_extras(self.store, "llm_training", tags, metrics)

    def collect_rag_pipeline_metrics(self, metrics: RAGPipelineMetrics) -> None:
        metrics.timestamp = stamped(metrics)
        self.store.add_rag([members(metrics)])
        add_extras(self.store, "rag", {"pipeline_id": metrics.pipeline_id}, metrics)

    def get_training_summary(self, run_id: str) -> dict[str, Any]:
        """model_name, total_steps (records), current_loss, best_loss, avg_gpu_usage, ... NotFound for an unknown run."""
        return self.store.training_summary(run_id)

    def get_rag_pipeline_summary(self, pipeline_id: str) -> dict[str, Any]:
        """total_queries, avg_retrieval_time_ms, avg_relevance_score, ... NotFound for an unknown pipeline."""
        return self.store.rag_summary(pipeline_id)


def stamped(metrics: Any) -> Optional[Moment]:
    """Its time; the present where it has none and has extras, whose row must be the same."""
    is_stamped = metrics.timestamp is not None or not metrics.extras
    return metrics.timestamp if is_stamped else Nanoseconds(time.time_ns())
