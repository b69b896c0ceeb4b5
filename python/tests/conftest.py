"""Servers and a clean environment for every test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import rs_auth

from .moto_server import MotoServer
from .sandbox import Sandbox

# Where cargo puts it. `cargo xtask test` names the one that it built.
os.environ.setdefault("RS_AUTH_LIBRARY", str(Path(__file__).parents[2] / "target/debug/librs_auth.so"))

#: Variables that would lead a login elsewhere than the test means.
_STRAY = ("AWS_", "RS_AUTH_SETTINGS", "RS_AUTH_LOG", "SSL_CERT_", "BROWSER", "DISPLAY", "WAYLAND_DISPLAY")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No AWS configuration, proxy, metadata service or cache of this machine's. The library reads the environment at
    each call, and `os.environ` writes through to it."""
    for name in os.environ:
        if name.startswith(_STRAY) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def no_cache() -> Iterator[None]:
    """Nothing in the library's memory, before and after."""
    rs_auth.forget_all()
    yield
    rs_auth.forget_all()


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MotoServer]:
    """A moto server that checks signatures and permissions."""
    server = MotoServer(tmp_path_factory.mktemp("moto") / "server.log", checked=True)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def open_moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MotoServer]:
    """A moto server that lets everybody in."""
    server = MotoServer(tmp_path_factory.mktemp("open_moto") / "server.log", checked=False)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, dict[str, Any]]]:
    """The sandbox and the world it begins with."""
    process = Sandbox(tmp_path_factory.mktemp("sandbox"))
    yield process, process.world()
    process.stop()


@pytest.fixture
def sandbox(sandbox_process: tuple[Sandbox, dict[str, Any]]) -> Sandbox:
    """The sandbox, as new."""
    process, world = sandbox_process
    process.reset(world)
    return process
