"""What a login needs of a person."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from ._abi import EventPtr
from ._library import library
from ._numbers import OpenEnum
from ._text import from_c


class EventKind(OpenEnum):
    """Kinds of event. Leave the kinds that you do not know to the library: return None."""

    #: Show `url` in a browser.
    OPEN_URL = 1
    #: Show `url` and `code`; the library polls.
    DEVICE_CODE = 2
    #: Answer: the one-time code.
    ASK_OTP = 3
    #: Show `code`, the number to tap on the phone.
    SHOW_NUMBER = 4
    #: Tell the user to look at the phone.
    PUSH_SENT = 5
    #: Answer: one of `choices`, role ARNs.
    PICK_ROLE = 6
    #: Answer: one of `choices`, MFA factors.
    PICK_FACTOR = 7
    #: Another thread or process is signing in for the same identity.
    WAITING = 8
    #: Answer: the URL the browser ended at.
    PASTE_URL = 9


class EventReply(enum.IntEnum):
    """What an event function may return besides an answer (a str)."""

    #: The library does what it does without a function. None means the same.
    USE_DEFAULT = 0
    #: Done.
    HANDLED = 1
    #: The call ends with Status.CANCELLED.
    ABORT = 2


@dataclass(frozen=True)
class Event:
    """One event. It may be kept."""

    #: What is needed.
    kind: EventKind
    #: For a person.
    text: str | None
    #: Where to go, for OPEN_URL, DEVICE_CODE and PASTE_URL.
    url: str | None
    #: For DEVICE_CODE and SHOW_NUMBER.
    code: str | None
    #: For PICK_ROLE and PICK_FACTOR, in the identity provider's order.
    choices: tuple[str, ...]


def event_of(pointer: EventPtr) -> Event:
    """A copy of the borrowed event."""
    lib = library()
    choices = (from_c(lib.rs_auth_event_choice(pointer, i)) for i in range(lib.rs_auth_event_choice_count(pointer)))
    return Event(
        EventKind(lib.rs_auth_event_kind(pointer)),
        from_c(lib.rs_auth_event_text(pointer)),
        from_c(lib.rs_auth_event_url(pointer)),
        from_c(lib.rs_auth_event_code(pointer)),
        tuple(choice or "" for choice in choices),
    )
