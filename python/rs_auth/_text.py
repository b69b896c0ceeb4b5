"""Strings and DSNs on their way into C and back."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping
from typing import Any, Union

from ._abi import DsnKv

#: A value of a DSN. None and "" count as not given.
DsnValue = Union[str, int, bool, None]
#: What every function here takes as a DSN: keys and values, pairs of them, or a connection string or JDBC URL.
Dsn = Union[str, Mapping[str, DsnValue], Iterable[tuple[str, DsnValue]]]


def to_c(text: str, what: str = "text") -> bytes:
    """UTF-8 without a NUL inside, at which C would cut the string silently."""
    if not isinstance(text, str):
        raise TypeError(f"{what} must be a str, not {type(text).__name__}")
    if "\0" in text:
        raise ValueError(f"{what} contains a NUL character")
    return text.encode("utf-8")


def optional_to_c(text: str | None, what: str) -> bytes | None:
    """As `to_c`; None becomes NULL."""
    return None if text is None else to_c(text, what)


def from_c(text: bytes | None) -> str | None:
    """NULL becomes None."""
    return None if text is None else text.decode("utf-8")


def kv_array(pairs: Iterable[tuple[str, DsnValue]]) -> ctypes.Array[DsnKv]:
    """An array for a `dsn_kv` argument; its length goes into `dsn_kv_len`."""
    entries = [DsnKv(to_c(key, "a DSN key"), _value(key, value)) for key, value in pairs]
    return (DsnKv * len(entries))(*entries)


def pairs_of(array: Any, count: int) -> list[tuple[str, str]]:
    """The pairs of a borrowed `const rs_auth_dsn_kv *`."""
    entries = (array[index] for index in range(count))
    return [(entry.key.decode("utf-8"), (entry.value or b"").decode("utf-8")) for entry in entries]


def _value(key: str, value: DsnValue) -> bytes | None:
    if isinstance(value, bool):
        return b"1" if value else b"0"
    if isinstance(value, int):
        return b"%d" % value
    # Not the value itself in a message: it may be a password.
    return optional_to_c(value, f"the value of {key}")
