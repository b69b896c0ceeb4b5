"""Enums that grow: a newer library may use numbers that this package has no name for."""

from __future__ import annotations

import enum
from typing import TypeVar

_E = TypeVar("_E", bound="OpenEnum")


class OpenEnum(enum.IntEnum):
    """An IntEnum in which a number without a name is a member too, called UNKNOWN_<number>."""

    @classmethod
    def _missing_(cls: type[_E], value: object) -> _E | None:
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_ = f"UNKNOWN_{value}"
        member._value_ = value
        return member
