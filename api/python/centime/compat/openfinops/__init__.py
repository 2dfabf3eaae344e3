"""`openfinops.observability` over a store of centime: what its hubs kept in memory is kept for good, exactly.

    from centime.compat import openfinops
    openfinops.install(store="costs")  # or "http://127.0.0.1:8080"; else CENTIME_STORE or CENTIME_URL say where

    from openfinops.observability import ObservabilityHub  # now this package's

or, for a program as it is:  python -m centime.compat.openfinops --store costs program.py

Nothing is replaced without `install`, and an openfinops that is installed never is, unless `shadow=True` says so.
"""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType
from typing import Any, Optional

from . import cost_observatory, llm_observability, observability_hub, shared_store
from .cost_observatory import Budget, CostEntry, CostObservatory
from .llm_observability import LLMObservabilityHub, LLMTrainingMetrics, RAGPipelineMetrics
from .observability_hub import ObservabilityHub, ServiceMetrics, SystemMetrics

__all__ = [
    "Budget",
    "CostEntry",
    "CostObservatory",
    "LLMObservabilityHub",
    "LLMTrainingMetrics",
    "ObservabilityHub",
    "RAGPipelineMetrics",
    "ServiceMetrics",
    "SystemMetrics",
    "install",
    "uninstall",
]

_EXPORTS = [name for name in __all__ if name[0].isupper()]
_SUBMODULES = {
    "observability_hub": observability_hub,
    "llm_observability": llm_observability,
    "cost_observatory": cost_observatory,
}
_MARK = "__centime_compat__"


def install(store: Optional[Any] = None, *, shadow: bool = False) -> None:
    """Makes `import openfinops.observability` find this package, in this process.

    store    a folder, a URL or an open Store, which all hubs share; None: CENTIME_URL or CENTIME_STORE, looked at by the first hub
    shadow   True: also where an openfinops is installed; else ImportError"""
    if not shadow:
        _refuse_to_shadow()
    shared_store.use(store)
    top = _module("openfinops", "What this process uses as openfinops is centime.compat.openfinops.")
    hub = _module("openfinops.observability", "Hubs over a store of centime.")
    setattr(top, "observability", hub)
    for module in (top, hub):
        for name in _EXPORTS:
            setattr(module, name, globals()[name])
    for name, module in _SUBMODULES.items():
        setattr(hub, name, module)
        sys.modules[f"openfinops.observability.{name}"] = module


def uninstall() -> None:
    """Undoes `install`. Hubs that were made stay as they are."""
    top = sys.modules.get("openfinops")
    if top is None or not hasattr(top, _MARK):
        return
    for name in ("openfinops", "openfinops.observability", *(f"openfinops.observability.{name}" for name in _SUBMODULES)):
        sys.modules.pop(name, None)
    shared_store.use(None)


def _refuse_to_shadow() -> None:
    loaded = sys.modules.get("openfinops")
    is_other = loaded is not None and not hasattr(loaded, _MARK)
    if is_other or (loaded is None and importlib.util.find_spec("openfinops") is not None):
        raise ImportError(
            "an openfinops is installed; centime does not take its place unasked: install(shadow=True) does, "
            "or import centime.compat.openfinops itself"
        )


def _module(name: str, text: str) -> ModuleType:
    """A package without files, among the loaded ones."""
    module = ModuleType(name, text)
    module.__path__ = []
    setattr(module, _MARK, True)
    sys.modules[name] = module
    return module
