"""Arrow's PyCapsule interface: a stream handed to whoever asks, released by it or else with its capsule."""

from __future__ import annotations

import ctypes
from ctypes import c_char_p, c_void_p, py_object, pythonapi
from typing import Any

from . import structs

_NAME = b"arrow_array_stream"
_RELEASE = ctypes.CFUNCTYPE(None, c_void_p)
_DESTRUCTOR = ctypes.PYFUNCTYPE(None, c_void_p)

_new = pythonapi.PyCapsule_New
_new.restype, _new.argtypes = py_object, [c_void_p, c_char_p, c_void_p]
_pointer = ctypes.PYFUNCTYPE(c_void_p, c_void_p, c_char_p)(("PyCapsule_GetPointer", pythonapi))

_held: dict[int, structs.ArrowStream] = {}  # by address: streams whose capsules live


def _destroy(capsule: int) -> None:
    stream = _held.pop(_pointer(capsule, _NAME), None)
    if stream is not None and stream.release:  # consumers that took the stream over set this to NULL
        _RELEASE(stream.release)(ctypes.addressof(stream))


_destructor = _DESTRUCTOR(_destroy)


def capsule(stream: structs.ArrowStream) -> Any:
    """A capsule that owns the stream."""
    address = ctypes.addressof(stream)
    _held[address] = stream
    return _new(address, _NAME, ctypes.cast(_destructor, c_void_p))
