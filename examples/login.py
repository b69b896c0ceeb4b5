"""Logs in from Python: once by itself, then several DSNs side by side under asyncio.

    PYTHONPATH=python RS_AUTH_LIBRARY=target/debug/librs_auth.so python3 examples/login.py CONNECTION-STRING...
"""

from __future__ import annotations

import asyncio
import sys

import rs_auth


# ANCHOR: person
def ask(event: rs_auth.Event) -> str | rs_auth.EventReply | None:
    """What a login needs of a person, asked at the terminal."""
    if event.kind is rs_auth.EventKind.ASK_OTP:
        return input(f"{event.text}: ")  # a str is the answer
    print(event.text, file=sys.stderr)
    return None  # the library's default
# ANCHOR_END: person


# ANCHOR: login
def log_in(dsn: str) -> str:
    """The user and the place, never the password: terminals are logged."""
    with rs_auth.login(dsn, timeout=180, on_event=ask) as login:
        # psycopg.connect(login.connection_string(rs_auth.Dialect.LIBPQ)) goes here.
        return f"{login.user} at {login.host}:{login.port}/{login.database} by {login.plugin}"
# ANCHOR_END: login


# ANCHOR: asyncio
async def log_in_to_all(dsns: list[str]) -> list[str | rs_auth.AuthError]:
    """Side by side: a login blocks its thread and no other. Cancelling the task cancels what still runs."""
    with rs_auth.CancelToken() as token:

        def one(dsn: str) -> str | rs_auth.AuthError:
            try:
                with rs_auth.login(dsn, cancel=token) as login:
                    return f"{login.user} at {login.host}"
            except rs_auth.AuthError as failure:
                return failure

        return list(await asyncio.gather(*(asyncio.to_thread(one, dsn) for dsn in dsns)))
# ANCHOR_END: asyncio


def main(dsns: list[str]) -> int:
    """The exit status."""
    if not dsns:
        print("usage: login.py connection-string...", file=sys.stderr)
        return 2
    # ANCHOR: failure
    try:
        print(log_in(dsns[0]))
    except rs_auth.AuthError as failure:
        print(f"{failure.status.name} [{failure.sqlstate}]: {failure.message}", file=sys.stderr)
        if failure.hint:
            print(f"hint: {failure.hint}", file=sys.stderr)
        return 1
    # ANCHOR_END: failure
    outcomes = asyncio.run(log_in_to_all(dsns[1:]))
    for outcome in outcomes:
        print(outcome if isinstance(outcome, str) else outcome.status.name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
