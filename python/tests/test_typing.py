"""The package is typed, and says so to those who use it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parents[1]

USER = """
from datetime import datetime
from typing import Optional
from typing_extensions import assert_type
import rs_auth

with rs_auth.login({"Port": 5439, "IAM": True, "PWD": None}, timeout=1.5) as found:
    assert_type(found, rs_auth.Credentials)
    assert_type(found.user, Optional[str])
    assert_type(found.kind, rs_auth.Kind)
    assert_type(found.port, Optional[int])
    assert_type(found.expires_at, Optional[datetime])
    assert_type(rs_auth.merge("DSN=x", found), str)
assert_type(rs_auth.parse_connection_string(""), list[tuple[str, str]])
assert_type(rs_auth.wants_login([("IAM", "1")]), bool)
assert_type(rs_auth.plugins(), list[str])
"""

MISUSE = """
import rs_auth
rs_auth.login({"Host": b"bytes"})
rs_auth.login("x", timeout="1")
rs_auth.login("x", on_event=lambda event: 17)
"""


def mypy(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", *arguments], cwd=HERE, capture_output=True, text=True, check=False
    )


def test_the_package_and_its_tests() -> None:
    done = mypy("rs_auth", "tests")
    assert done.returncode == 0, done.stdout


def test_a_program_that_uses_it() -> None:
    done = mypy("-c", USER)
    assert done.returncode == 0, done.stdout


def test_a_program_that_misuses_it() -> None:
    done = mypy("-c", MISUSE)
    assert set(re.findall(r"^<string>:(\d+): error:", done.stdout, flags=re.MULTILINE)) == {"3", "4", "5"}
