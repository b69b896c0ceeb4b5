"""oidc-provider, from npm: a certified OpenID Connect provider, for Node.js."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from .accounts import CLIENT, SCOPE
from .server import Server, answers, missing

_OURS = Path(__file__).parent / "oidc-provider"
#: Where `cargo xtask test` installs what package-lock.json names: beside Node.js, which comes from PyPI.
_INSTALLED = Path(sys.prefix) / "oidc-provider" / "node_modules"


def oidc_provider(directory: Path, port: int, front: int, redirect_uri: str) -> Server:
    """A running one. `front` is the port under which others see it."""
    node = Path(sys.prefix) / "bin" / "node"
    if not (node.exists() and _INSTALLED.is_dir()):
        missing("oidc-provider", "cargo xtask test installs it from npm")
    directory.mkdir()
    # Modules are looked for beside the one that imports them.
    (directory / "node_modules").symlink_to(_INSTALLED)
    for name in ("package.json", "server.js"):
        shutil.copyfile(_OURS / name, directory / name)
    command = [str(node), str(directory / "server.js"), str(port), f"https://localhost:{front}"]
    return Server([*command, CLIENT, redirect_uri, SCOPE], directory / "log", answers(port))
