"""nanoidp and simplesamlphp, each behind nginx, which gives them TLS and the URLs of ADFS and PingFederate."""

from __future__ import annotations

import base64
import json
import sys
import urllib.parse
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from .accounts import attributes, password
from .certificates import Certificate, self_signed
from .server import Server, answers, free_ports, missing, program

#: The service provider that AWS is to identity providers.
SERVICE_PROVIDER = "urn:amazon:webservices"
_CONSUMER = "https://signin.aws.amazon.com/saml"
_SIMPLESAMLPHP = Path("/usr/share/simplesamlphp/www")


@dataclass(frozen=True)
class IdentityProvider:
    """Where one is reached over TLS, in the URLs of ADFS and PingFederate."""

    name: str
    port: int

    def dsn(self, user: str, **more: str) -> dict[str, str]:
        """The keys of a DSN for a login there."""
        return {"UID": user, "PWD": password(user), "idp_host": "localhost", "idp_port": str(self.port), **more}


@contextmanager
def identity_providers(directory: Path, certificate: Certificate) -> Iterator[dict[str, IdentityProvider]]:
    """Both of them, by name, for the time of the block."""
    nanoidp_port, php_port, nanoidp_front, php_front = free_ports(4)
    with ExitStack() as servers:
        for server in (
            _nanoidp(directory / "nanoidp", nanoidp_port, nanoidp_front),
            _simplesamlphp(directory / "simplesamlphp", php_port, php_front),
            _nginx(
                directory / "nginx",
                certificate,
                _as_nanoidp(nanoidp_front, nanoidp_port) + _as_simplesamlphp(php_front, php_port),
                [nanoidp_front, php_front],
            ),
        ):
            servers.callback(server.stop)
        yield {
            "nanoidp": IdentityProvider("nanoidp", nanoidp_front),
            "simplesamlphp": IdentityProvider("simplesamlphp", php_front),
        }


def _nanoidp(directory: Path, port: int, front: int) -> Server:
    directory.mkdir()
    users = {
        user: {"password": password(user), "email": f"{user}@example.com", "attributes": said}
        for user, said in attributes("nanoidp").items()
    }
    settings = {
        "config_version": 1,
        "server": {"host": "127.0.0.1", "port": port},
        "oauth": {"issuer": f"https://localhost:{front}"},
        "saml": {"default_acs_url": _CONSUMER},
    }
    # JSON is YAML.
    (directory / "users.yaml").write_text(json.dumps({"config_version": 1, "users": users}))
    (directory / "settings.yaml").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "nanoidp", "--strict-config", "--config", str(directory)]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    # It makes its keys in the current directory.
    return Server(command, directory / "log", answers(port), directory=directory)


def _simplesamlphp(directory: Path, port: int, front: int) -> Server:
    if not _SIMPLESAMLPHP.is_dir():
        missing("simplesamlphp")
    configuration, metadata, temporary = (directory / name for name in ("config", "metadata", "temporary"))
    for made in (directory, configuration, metadata, temporary, directory / "root"):
        made.mkdir()
    signer = self_signed(directory, "signer")
    users = {f"{user}:{password(user)}": said for user, said in attributes("simplesamlphp").items()}
    _php(
        configuration / "config.php",
        "config",
        {
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
        },
    )
    _php(configuration / "authsources.php", "config", {"users": {"0": "exampleauth:UserPass", **users}})
    hosted = {
        "host": "__DEFAULT__",
        "auth": "users",
        "privatekey": signer.key.name,
        "certificate": signer.certificate.name,
        "attributes.NameFormat": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
        "saml20.sign.response": True,
        "saml20.sign.assertion": True,
    }
    remote = {
        "AssertionConsumerService": _CONSUMER,
        "NameIDFormat": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
    }
    _php(metadata / "saml20-idp-hosted.php", "metadata", {"__DYNAMIC:1__": hosted})
    _php(metadata / "saml20-sp-remote.php", "metadata", {SERVICE_PROVIDER: remote})
    (directory / "root/simplesaml").symlink_to(_SIMPLESAMLPHP)
    command = [program("php"), "-S", f"127.0.0.1:{port}", "-t", str(directory / "root")]
    return Server(
        command, directory / "log", answers(port), environment={"SIMPLESAMLPHP_CONFIG_DIR": str(configuration)}
    )


def _php(path: Path, variable: str, value: Any) -> None:
    """A file that gives the variable its value, which PHP reads as JSON."""
    path.with_suffix(".json").write_text(json.dumps(value))
    json_text = f"file_get_contents(__DIR__ . '/{path.stem}.json')"
    path.write_text(f"<?php ${variable} = json_decode({json_text}, true, 64, JSON_THROW_ON_ERROR);\n")


def _nginx(directory: Path, certificate: Certificate, servers: str, ports: list[int]) -> Server:
    directory.mkdir()
    paths = "".join(
        f"  {kind}_temp_path {directory}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (directory / "nginx.conf").write_text(f"""\
daemon off;
master_process off;
pid {directory}/pid;
events {{}}
http {{
  access_log {directory}/access.log;
{paths}\
  ssl_certificate {certificate.certificate};
  ssl_certificate_key {certificate.key};
  proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-Proto https;
  # Who asks for another service provider gets nothing.
  map $arg_loginToRp$arg_PartnerSpId $known {{
    default "";
    "{SERVICE_PROVIDER}" yes;
    "{urllib.parse.quote(SERVICE_PROVIDER, safe="")}" yes;
  }}
{servers}\
}}
""")
    command = [program("nginx"), "-e", "stderr", "-p", str(directory), "-c", str(directory / "nginx.conf")]
    ready = [answers(port) for port in ports]
    return Server(command, directory / "log", lambda: all(accepts() for accepts in ready))


#: How ADFS and PingFederate are asked for an assertion that no service provider has requested.
_URLS = {"/adfs/ls/IdpInitiatedSignOn.aspx": "loginToRp", "/idp/startSSO.ping": "PartnerSpId"}


def _as_nanoidp(port: int, upstream: int) -> str:
    """It answers to requests of service providers only: nginx puts one in."""
    request = urllib.parse.quote(_authentication_request(), safe="")
    return _front(port, upstream, f"rewrite ^ /saml/sso?SAMLRequest={request}? break;")


def _as_simplesamlphp(port: int, upstream: int) -> str:
    """The first page leads to the one of the form, whose action is `?`. Amazon's drivers post to the URL that they
    began with instead."""
    return _front(
        port,
        upstream,
        "if ($request_method = POST) { rewrite ^ /simplesaml/module.php/core/loginuserpass.php? break; }"
        f" rewrite ^ /simplesaml/saml2/idp/SSOService.php?spentityid={SERVICE_PROVIDER}? break;",
    )


def _front(port: int, upstream: int, rewrite: str) -> str:
    to = f"proxy_pass http://127.0.0.1:{upstream};"
    shapes = "".join(
        f'    location = {path} {{ if ($known = "") {{ return 404; }} {rewrite} {to} }}\n' for path in _URLS
    )
    return f"  server {{\n    listen 127.0.0.1:{port} ssl;\n{shapes}    location / {{ {to} }}\n  }}\n"


def _authentication_request() -> str:
    """As the HTTP-Redirect binding has it: deflated, in base64."""
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    request = (
        '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_tests" Version="2.0"'
        f' IssueInstant="{now}" AssertionConsumerServiceURL="{_CONSUMER}">'
        f'<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{SERVICE_PROVIDER}</saml:Issuer>'
        "</samlp:AuthnRequest>"
    )
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return base64.b64encode(deflate.compress(request.encode()) + deflate.flush()).decode()
