"""The C cancel token of one call."""

from __future__ import annotations

from ._library import library


class CallToken:
    """Freed when nobody refers to it any more, so that `cancel` may come from any thread at any time."""

    def __init__(self) -> None:
        self._lib = library()
        self.pointer = self._lib.rs_auth_cancel_token_new()

    def cancel(self) -> None:
        """Ends the call."""
        self._lib.rs_auth_cancel_token_cancel(self.pointer)

    def __del__(self) -> None:
        self._lib.rs_auth_cancel_token_free(self.pointer)
