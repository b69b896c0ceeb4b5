"""simplesamlphp, from Debian: a SAML identity provider in PHP, on PHP's own web server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .accounts import CONSUMER, SERVICE_PROVIDER, attributes, password
from .certificates import self_signed
from .server import Server, answers, missing, program

_PAGES = Path("/usr/share/simplesamlphp/www")


def simplesamlphp(directory: Path, port: int, front: int, redirect_uri: str) -> Server:
    """A running one. `front` is the port under which others see it."""
    if not _PAGES.is_dir():
        missing("simplesamlphp")
    root = directory / "root"
    root.mkdir(parents=True)
    (root / "simplesaml").symlink_to(_PAGES)
    environment = {"SIMPLESAMLPHP_CONFIG_DIR": str(_configure(directory, front, redirect_uri))}
    command = [program("php"), "-S", f"127.0.0.1:{port}", "-t", str(root)]
    return Server(command, directory / "log", answers(port), environment=environment)


def _configure(directory: Path, front: int, redirect_uri: str) -> Path:
    configuration, metadata, temporary = (directory / name for name in ("config", "metadata", "temporary"))
    for made in (configuration, metadata, temporary):
        made.mkdir()
    settings = {
        "baseurlpath": f"https://localhost:{front}/simplesaml/",
        "certdir": f"{directory}/",
        "datadir": f"{temporary}/",
        "loggingdir": f"{temporary}/",
        "metadatadir": str(metadata),
        "tempdir": str(temporary),
        "secretsalt": "of these tests",
        "technicalcontact_email": "nobody@example.com",
        "timezone": "UTC",
        "enable.saml20-idp": True,
        "module.enable": {"core": True, "exampleauth": True, "saml": True},
        "store.type": "phpsession",
        "session.cookie.secure": True,
        "session.phpsession.savepath": str(temporary),
        "logging.handler": "errorlog",
    }
    users = {f"{user}:{password(user)}": said for user, said in attributes("simplesamlphp").items()}
    _php(configuration / "config.php", "config", settings)
    _php(configuration / "authsources.php", "config", {"users": {"0": "exampleauth:UserPass", **users}})
    _php(metadata / "saml20-idp-hosted.php", "metadata", {"__DYNAMIC:1__": _itself(directory)})
    _php(metadata / "saml20-sp-remote.php", "metadata", {SERVICE_PROVIDER: _aws(redirect_uri)})
    return configuration


def _itself(directory: Path) -> dict[str, Any]:
    signer = self_signed(directory, "signer")
    return {
        "host": "__DEFAULT__",
        "auth": "users",
        "privatekey": signer.key.name,
        "certificate": signer.certificate.name,
        "attributes.NameFormat": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
        "saml20.sign.response": True,
        "saml20.sign.assertion": True,
    }


def _aws(redirect_uri: str) -> dict[str, Any]:
    """The first place is where assertions go if the request names none."""
    binding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
    places = enumerate([CONSUMER, redirect_uri])
    return {
        "AssertionConsumerService": [{"Binding": binding, "Location": url, "index": index} for index, url in places],
        "NameIDFormat": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
    }


def _php(path: Path, variable: str, value: Any) -> None:
    """A file that gives the variable its value, which PHP reads as JSON."""
    path.with_suffix(".json").write_text(json.dumps(value))
    json_text = f"file_get_contents(__DIR__ . '/{path.stem}.json')"
    path.write_text(f"<?php ${variable} = json_decode({json_text}, true, 64, JSON_THROW_ON_ERROR);\n")
