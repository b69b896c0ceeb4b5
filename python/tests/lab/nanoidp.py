"""nanoidp, from PyPI: a SAML identity provider and OAuth authorization server in Python."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from .accounts import CLIENT, CONSUMER, SCOPE, attributes, password
from .server import Server, answers


def nanoidp(directory: Path, port: int, front: int, redirect_uri: str) -> Server:
    """A running one. `front` is the port under which others see it. It compares redirect URIs as texts."""
    client = {"client_id": CLIENT, "token_endpoint_auth_method": "none", "redirect_uris": [redirect_uri]}
    directory.mkdir()
    users = {
        user: {"password": password(user), "email": f"{user}@example.com", "attributes": said}
        for user, said in attributes("nanoidp").items()
    }
    settings = {
        "config_version": 1,
        "server": {"host": "127.0.0.1", "port": port},
        "oauth": {
            "issuer": f"https://localhost:{front}",
            "clients": [client],
            "scopes_supported": ["openid", "offline_access", SCOPE],
        },
        "saml": {"default_acs_url": CONSUMER},
    }
    # JSON is YAML.
    (directory / "users.yaml").write_text(json.dumps({"config_version": 1, "users": users}))
    (directory / "settings.yaml").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "nanoidp", "--strict-config", "--config", str(directory)]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    # It makes its keys in the current directory.
    return Server(command, directory / "log", answers(port), directory=directory)
