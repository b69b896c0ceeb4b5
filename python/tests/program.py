"""The program rs-auth, as another program starts it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

#: Where cargo puts it. `cargo xtask test` names the one that it built.
PROGRAM = os.environ.get("RS_AUTH_PROGRAM") or str(Path(__file__).parents[2] / "target/debug/rs-auth")


def words(dsn: dict[str, str]) -> list[str]:
    """A DSN as words of the command line."""
    return [f"{key}={value}" for key, value in dsn.items()]


def rs_auth_program(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs it without a terminal."""
    return subprocess.run(
        [PROGRAM, *arguments], capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL
    )
