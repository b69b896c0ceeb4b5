"""Finds librs_auth, checks that it speaks the ABI of this package and declares its functions."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

from ._abi import ABI_VERSION, FUNCTIONS

_SONAME = f"librs_auth.so.{ABI_VERSION}"

# Two threads that load at once get the same library, and assigning is atomic: no lock that a fork could strand.
_loaded: ctypes.CDLL | None = None


class LibraryNotFoundError(OSError):
    """librs_auth is not here, or not one that this package can use. The message lists what was tried."""


def load(path: str | os.PathLike[str] | None = None) -> None:
    """Loads the library now, from `path` if given. Without this call the first use loads it.

    The search: `path`, else the environment variable RS_AUTH_LIBRARY; where neither is set, the directory of this
    package, then the system's search path. A library once loaded stays; a second `path` is an error."""
    global _loaded
    if _loaded is not None:
        if path is not None and os.path.realpath(path) != os.path.realpath(_loaded._name):
            raise RuntimeError(f"librs_auth is already loaded from {_loaded._name}")
        return
    refusals: list[str] = []
    for candidate in _candidates(path):
        try:
            _loaded = _open(candidate)
            return
        except (OSError, AttributeError) as error:
            refusals.append(f"{candidate}: {error}")
    raise LibraryNotFoundError("librs_auth cannot be loaded. Tried " + "; ".join(refusals))


def library() -> ctypes.CDLL:
    """The loaded library."""
    if _loaded is None:
        load()
    assert _loaded is not None
    return _loaded


def _candidates(path: str | os.PathLike[str] | None) -> Iterator[str]:
    chosen = path if path is not None else os.environ.get("RS_AUTH_LIBRARY")
    if chosen:  # Somebody said which one: never a silent substitute for it.
        yield os.fspath(chosen)
        return
    yield str(Path(__file__).with_name(_SONAME))
    yield _SONAME


def _open(path: str) -> ctypes.CDLL:
    # CDLL, not PyDLL: a login must not hold the interpreter lock.
    opened = ctypes.CDLL(path)
    abi_version = opened.rs_auth_abi_version
    abi_version.restype, abi_version.argtypes = FUNCTIONS["rs_auth_abi_version"]
    found = abi_version()
    if found != ABI_VERSION:
        raise OSError(f"it has ABI version {found}, this package needs {ABI_VERSION}")
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(opened, name)
        function.restype = result
        function.argtypes = arguments
    return opened
