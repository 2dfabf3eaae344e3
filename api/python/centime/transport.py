"""Requests to a server, over connections that are kept; tried again where that can do no harm."""

from __future__ import annotations

import gzip
import http.client
import json
import random
import re
import select
import ssl
import threading
import time
import weakref
from typing import Any, Mapping, NamedTuple, Optional
from urllib.parse import urlencode, urlsplit

from . import errors

GZIP_BYTES_MIN = 4096
IDLE_MAX = 8  # connections kept
PAUSE_MAX_S = 30.0

Parameters = Mapping[str, Optional[object]]


class Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport:
    """One server. Threads have connections of their own while they use them."""

    def __init__(self, url: str, token: Optional[str], timeout: float, retries: int) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no URL of a server such as http://127.0.0.1:8080")
        if parts.username or parts.query or parts.fragment:
            raise ValueError("the URL of a server has no user, query or fragment; the token is an argument of its own")
        self.url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self._is_secure = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port
        self._prefix = parts.path.rstrip("/")
        self._token = token
        self._timeout = timeout
        self._retries = retries
        self._idle: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()
        self._is_closed = False
        weakref.finalize(self, _close_all, self._idle)

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            _close_all(self._idle)

    def request(
        self,
        method: str,
        path: str,
        parameters: Optional[Parameters] = None,
        body: Optional[bytes] = None,
        content_type: Optional[str] = None,
        key: Optional[str] = None,
        is_repeatable: bool = True,
        accept: Optional[str] = None,
    ) -> Reply:
        """Sends a request and reads its answer; the caller looks at the status. Overload (429, 503) and lost connections are
        tried again, pausing as the server asks; what is not repeatable only where it was certainly not carried out."""
        target = self._prefix + path + _query(parameters)
        headers = self._headers(content_type, key, accept)
        if body is not None and len(body) >= GZIP_BYTES_MIN:
            body = gzip.compress(body, compresslevel=1, mtime=0)
            headers["Content-Encoding"] = "gzip"
        is_repeatable = is_repeatable or key is not None
        for attempt in range(self._retries + 1):
            is_last = attempt == self._retries
            try:
                reply = self._send(method, target, body, headers)
            except errors.Unreachable as lost:
                if is_last or not (is_repeatable or lost.details == [_UNSENT]):
                    raise
                self._pause(attempt, None)
                continue
            if is_last or reply.status not in (429, 503):
                return reply
            self._pause(attempt, reply.headers.get("retry-after"))
        raise AssertionError("the last try returns or raises")

    def _headers(self, content_type: Optional[str], key: Optional[str], accept: Optional[str]) -> dict[str, str]:
        headers = {"Accept": accept or "application/json", "User-Agent": "centime-python/0.1.0"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if content_type:
            headers["Content-Type"] = content_type
        if key:
            headers["Idempotency-Key"] = key
        return headers

    def _send(self, method: str, target: str, body: Optional[bytes], headers: dict[str, str]) -> Reply:
        connection, is_sent = self._take(), False
        try:
            if connection.sock is None:
                connection.connect()
            is_sent = True
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            reply = Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        except (OSError, http.client.HTTPException) as wrong:
            connection.close()
            unsent = [] if is_sent else [_UNSENT]
            raise errors.Unreachable(f"{self.url}: {str(wrong) or type(wrong).__name__}", details=unsent) from wrong
        if answer.will_close:
            connection.close()
        else:
            self._give_back(connection)
        return reply

    def _take(self) -> http.client.HTTPConnection:
        with self._lock:
            if self._is_closed:
                raise errors.Closed(f"the store {self.url} is closed")
            while self._idle:
                connection = self._idle.pop()
                if connection.sock is not None and not select.select([connection.sock], [], [], 0)[0]:
                    return connection
                connection.close()  # the server has ended it meanwhile
        if self._is_secure:
            return http.client.HTTPSConnection(
                self._host, self._port, timeout=self._timeout, context=ssl.create_default_context()
            )
        return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)

    def _give_back(self, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            if not self._is_closed and len(self._idle) < IDLE_MAX:
                self._idle.append(connection)
                return
        connection.close()

    @staticmethod
    def _pause(attempt: int, told: Optional[str]) -> None:
        """As long as the server asks, else longer each time; never the same for all clients."""
        seconds = float(told) if told and told.isdigit() else 0.1 * 2**attempt
        time.sleep(min(seconds, PAUSE_MAX_S) * random.uniform(0.9, 1.2))


def _close_all(connections: list[http.client.HTTPConnection]) -> None:
    while connections:
        connections.pop().close()


_UNSENT = "the request was not sent"


def _query(parameters: Optional[Parameters]) -> str:
    """Lists are the parameter again and again."""
    given = {name: value for name, value in (parameters or {}).items() if value is not None}
    text = urlencode(given, doseq=True)
    return f"?{text}" if text else ""


def failure(reply: Reply, result: Any = None) -> errors.Error:
    """The exception for an answer that is no success."""
    try:
        told = json.loads(reply.body)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        told = {"error": reply.body.decode(errors="replace").strip()}
    text = str(told.get("message") or told.get("error") or f"the server answered {reply.status}")
    details = told.get("details") or told.get("data") or []
    kind = _kind_of(reply.status, str(told.get("code", "")))
    error = kind(text, details=details if isinstance(details, list) else [details], result=result)
    if isinstance(error, errors.ServerError):
        error.http_status = reply.status
    if error.details and isinstance(error.details[0], dict):
        error.line = error.details[0].get("line_number") or error.details[0].get("line") or 0
        error.column = error.details[0].get("column") or 0
    place = re.match(r"line (\d+): ", text)
    if place:
        error.line = int(place.group(1))
    return error


_BY_HTTP = {
    400: errors.Invalid,
    401: errors.Unauthorized,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Exists,
    413: errors.LimitExceeded,
    422: errors.Invalid,
    429: errors.Busy,
    503: errors.Busy,
}
_BY_SLUG = {"partial_write": errors.ParseError, "unauthorized": errors.Unauthorized, "forbidden": errors.Forbidden}


def _kind_of(status: int, slug: str) -> type[errors.Error]:
    return errors.BY_STATUS.get(slug, _BY_SLUG.get(slug, _BY_HTTP.get(status, errors.ServerError)))
