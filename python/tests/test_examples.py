"""The example in Python, as a program of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from .sandbox import Sandbox

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    program = [sys.executable, str(ROOT / "examples/login.py"), *arguments]
    return subprocess.run(
        program, env=environment, capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL
    )


def text(dsn: dict[str, str]) -> str:
    return ";".join(f"{key}={value}" for key, value in dsn.items())


def test_the_example_logs_in(sandbox: Sandbox) -> None:
    ended = run(text(sandbox.dsn()))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == f"IAM:alice at {sandbox.cluster['host']}:5439/dev by Static\n"
    assert sandbox.calls() == ["GetClusterCredentials"]


def test_several_log_in_side_by_side_and_one_of_them_fails(sandbox: Sandbox) -> None:
    dsns = [sandbox.dsn(), sandbox.dsn(DbUser="bob"), sandbox.dsn(ClusterId="no-such-cluster")]
    ended = run(*map(text, dsns))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines()[1:] == [f"IAM:bob at {sandbox.cluster['host']}", "NOT_FOUND"]


def test_a_failure_is_told(sandbox: Sandbox) -> None:
    dsn = sandbox.dsn(ClusterId="no-such-cluster")
    ended = run(text(dsn))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("NOT_FOUND [08001]: ") and "no-such-cluster" in ended.stderr
    assert dsn["SecretAccessKey"] not in ended.stderr
    assert run().returncode == 2
