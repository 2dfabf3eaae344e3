"""The one store that all hubs of a process share."""

from __future__ import annotations

import os
import threading
from typing import Any, Optional

from ... import connect, open
from ...errors import Invalid
from ...store import Store

_lock = threading.Lock()
_told: Optional[Any] = None  # what install was given
_store: Optional[Store] = None


def use(store: Optional[Any]) -> None:
    """Says where hubs that are made from now on keep what they are told: a folder, a URL, a Store, or None: by the environment."""
    global _told, _store
    with _lock:
        _told, _store = store, None


def get() -> Store:
    """The store, opened by the first hub."""
    global _store
    with _lock:
        if _store is None:
            _store = _told if isinstance(_told, Store) else _open(_told)
        return _store


def _open(told: Optional[Any]) -> Store:
    if told is None:
        url, folder = os.environ.get("CENTIME_URL"), os.environ.get("CENTIME_STORE")
        if url and folder:
            raise Invalid("CENTIME_URL and CENTIME_STORE are both set: which store is meant?")
        told = url or folder
    if not told:
        raise Invalid(
            "no store is said: set CENTIME_STORE to a folder or CENTIME_URL to a server, or give one to install(store=...)"
        )
    path = os.fspath(told)
    if isinstance(path, str) and path.startswith(("http://", "https://")):
        return connect(path)
    return open(path)
