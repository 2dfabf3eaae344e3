"""`openfinops.observability.cost_observatory`: charges and budgets."""

from __future__ import annotations

from dataclasses import field
from enum import Enum
from typing import Any, Mapping, Optional

from ...store import Store
from ...values import Amount, Moment
from . import shared_store
from .fields import Record, members, record


@record(
    aliases={"amount": "cost_usd"},
    refused={"description": "charges carry no long texts; say what matters as tags"},
)
class CostEntry(Record):
    """An amount of money at a time: negative for credits. Entries with one entry_id count once, others each. A float counts as
    the shortest text that is that float: 3.50 is exactly that."""

    timestamp: Moment
    provider: Optional[str] = None
    service: Optional[str] = None
    resource_id: Optional[str] = None
    cost_usd: Optional[Amount] = None  # required
    region: Optional[str] = None
    tags: Mapping[str, str] = field(default_factory=dict)
    entry_id: Optional[str] = None
    currency: Optional[str] = None
    account: Optional[str] = None
    cluster: Optional[str] = None
    billing_period: Optional[str] = None  # "2026-06": which invoice carries it
    category: Any = None  # kept as the tag `category`


@record(
    aliases={"total_amount": "amount_usd"},
    refused={
        "start_date": "budgets are of calendar periods: say period",
        "end_date": "budgets are of calendar periods: say period",
        "categories": 'say scope={"tags": {"category": [...]}}',
        "resource_filters": 'say scope={"tags": {...}}',
        "alert_thresholds": "say alert_threshold, one",
        "spent_amount": "what was spent is the sum of the entries",
        "remaining_amount": "what was spent is the sum of the entries",
        "status": "asked by get_budget_status",
    },
)
class Budget(Record):
    """An amount for each calendar period: daily, weekly, monthly, quarterly or yearly. All of the scope must hold."""

    budget_id: str
    name: Optional[str] = None
    amount_usd: Optional[Amount] = None  # required
    period: str = "monthly"
    scope: Mapping[str, Any] = field(default_factory=dict)
    alert_threshold: Amount = 0.8
    currency: Optional[str] = None
    time_zone: Optional[str] = None


class CostObservatory:
    """Costs and budgets, in the store that all hubs share."""

    def __init__(self, store: Optional[Store] = None) -> None:
        self.store = store or shared_store.get()

    def add_cost_entry(self, cost_entry: CostEntry) -> None:
        entry = members(cost_entry)
        category = entry.pop("category")
        if category is not None:
            entry["tags"] = {**entry["tags"], "category": category.value if isinstance(category, Enum) else category}
        self.store.add_costs([entry])

    def create_budget(self, budget: Budget) -> None:
        if budget.amount_usd is None:
            raise TypeError("Budget: amount_usd is required")
        named = members(budget)
        self.store.create_budget(named.pop("budget_id"), named.pop("amount_usd"), **named)

    def get_cost_summary(self, time_range_hours: float = 24) -> dict[str, Any]:
        """total_cost, by_provider, by_service, by_cluster, by_region, by_tag, top_resources, of the last hours; 0 and empty where
        there is nothing. Amounts are Decimal."""
        return self.store.cost_summary(time_range_hours)

    def get_budget_status(self) -> dict[str, dict[str, Any]]:
        """By budget: name, amount, spent, remaining, percentage_used, status (ok, warning, exceeded)."""
        return self.store.budget_status()
