"""Finding and checking the library. Each test runs a Python of its own: a library once loaded stays."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import rs_auth
from rs_auth import _library

PACKAGE = Path(rs_auth.__file__).parent


@pytest.fixture
def library() -> Path:
    """The library that the tests use."""
    return Path(_library.library()._name).resolve()


def python(program: str, **environment: str) -> str:
    """What the program prints; the package is found through PYTHONPATH."""
    kept = {name: value for name, value in os.environ.items() if name != "RS_AUTH_LIBRARY"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(PACKAGE.parent), **kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def fake_library(directory: Path, source: str) -> Path:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler")
    code = directory / "fake.c"
    code.write_text(source)
    made = directory / "fake.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(made), str(code)], check=True)
    return made


REFUSAL = """
import rs_auth
try:
    rs_auth.version()
except rs_auth.LibraryNotFoundError as error:
    print(error)
"""


def test_by_the_environment(library: Path) -> None:
    assert python("import rs_auth; print(rs_auth.abi_version())", RS_AUTH_LIBRARY=str(library)) == "1"


def test_by_the_argument(library: Path, tmp_path: Path) -> None:
    program = f"import pathlib, rs_auth; rs_auth.load(pathlib.Path({str(library)!r})); print(rs_auth.abi_version())"
    assert python(program, RS_AUTH_LIBRARY=str(tmp_path / "not this one")) == "1"


def test_next_to_the_package(library: Path, tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "rs_auth")
    (tmp_path / "rs_auth" / "librs_auth.so.1").symlink_to(library)
    assert python("import rs_auth; print(rs_auth.abi_version())", PYTHONPATH=str(tmp_path)) == "1"


def test_by_the_systems_search_path(library: Path, tmp_path: Path) -> None:
    (tmp_path / "librs_auth.so.1").symlink_to(library)
    assert python("import rs_auth; print(rs_auth.abi_version())", LD_LIBRARY_PATH=str(tmp_path)) == "1"


def test_importing_needs_no_library() -> None:
    assert python("import rs_auth; print('imported')") == "imported"


def test_not_found(tmp_path: Path) -> None:
    told = python(REFUSAL)
    assert "librs_auth.so.1" in told and str(PACKAGE) in told
    told = python(REFUSAL, RS_AUTH_LIBRARY=str(tmp_path / "missing.so"))
    assert str(tmp_path / "missing.so") in told
    assert str(PACKAGE) not in told  # no other one in its place


def test_another_abi_version(tmp_path: Path) -> None:
    made = fake_library(tmp_path, "unsigned rs_auth_abi_version(void) { return 2; }")
    assert "ABI version 2" in python(REFUSAL, RS_AUTH_LIBRARY=str(made))


def test_a_library_that_lacks_a_function(tmp_path: Path) -> None:
    made = fake_library(tmp_path, "unsigned rs_auth_abi_version(void) { return 1; }")
    assert "rs_auth_init" in python(REFUSAL, RS_AUTH_LIBRARY=str(made))


def test_another_kind_of_library(tmp_path: Path) -> None:
    made = fake_library(tmp_path, "int nothing(void) { return 0; }")
    assert "rs_auth_abi_version" in python(REFUSAL, RS_AUTH_LIBRARY=str(made))


def test_a_second_library_is_refused(library: Path, tmp_path: Path) -> None:
    rs_auth.load()
    rs_auth.load(library)
    with pytest.raises(RuntimeError, match="already loaded"):
        rs_auth.load(tmp_path / "another.so")
