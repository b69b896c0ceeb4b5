"""nginx, which gives identity providers TLS and the URLs of ADFS, PingFederate and Microsoft Entra ID."""

from __future__ import annotations

import base64
import urllib.parse
import zlib
from datetime import datetime, timezone
from pathlib import Path

from .accounts import CONSUMER, SERVICE_PROVIDER
from .certificates import Certificate
from .server import Server, answers, program


def nginx(directory: Path, certificate: Certificate, servers: str, ports: list[int]) -> Server:
    """A running one, with these servers on these ports."""
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
  log_format requests escape=json '{{"port":$server_port,"method":"$request_method","url":"$request_uri"}}';
  access_log {directory}/access.log requests;
{paths}\
  ssl_certificate {certificate.certificate};
  ssl_certificate_key {certificate.key};
  proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-Proto https;
{servers}\
}}
""")
    command = [program("nginx"), "-e", "stderr", "-p", str(directory), "-c", str(directory / "nginx.conf")]
    ready = [answers(port) for port in ports]
    return Server(command, directory / "log", lambda: all(accepts() for accepts in ready))


#: Where ADFS and PingFederate are asked for an assertion that no service provider has requested, and the parameter that
#: names this one. For another one there is nothing.
_URLS = {"/adfs/ls/IdpInitiatedSignOn.aspx": "loginToRp", "/idp/startSSO.ping": "PartnerSpId"}


def as_nanoidp(port: int, upstream: int) -> str:
    """It answers to requests of service providers only: nginx puts one in."""
    request = authentication_request(CONSUMER)
    entra = _as_entra(upstream, "/authorize", "/token")
    return _front(port, upstream, f"rewrite ^ /saml/sso?SAMLRequest={request}? break;", entra)


def as_simplesamlphp(port: int, upstream: int) -> str:
    """The first page leads to the one of the form, whose action is `?`. Amazon's drivers post to the URL that they
    began with instead."""
    return _front(
        port,
        upstream,
        "if ($request_method = POST) { rewrite ^ /simplesaml/module.php/core/loginuserpass.php? break; }"
        f" rewrite ^ /simplesaml/saml2/idp/SSOService.php?spentityid={SERVICE_PROVIDER}? break;",
    )


def as_oidc_provider(port: int, upstream: int) -> str:
    """Without SAML."""
    return _server(port, upstream, _as_entra(upstream, "/auth", "/token"))


def _front(port: int, upstream: int, rewrite: str, more: str = "") -> str:
    to = f"proxy_pass http://127.0.0.1:{upstream};"
    aws = "(:|%3A)".join(SERVICE_PROVIDER.split(":"))
    shapes = "".join(
        f'    location = {path} {{ if ($arg_{parameter} !~ "^{aws}$") {{ return 404; }} {rewrite} {to} }}\n'
        for path, parameter in _URLS.items()
    )
    return _server(port, upstream, shapes + more)


def _as_entra(upstream: int, authorize: str, token: str) -> str:
    """The endpoints of a tenant, whatever it is called."""
    to = f"proxy_pass http://127.0.0.1:{upstream};"
    return "".join(
        f"    location ~ ^/[^/]+/oauth2/v2.0/{name}$ {{ rewrite ^ {path} break; {to} }}\n"
        for name, path in (("authorize", authorize), ("token", token))
    )


def _server(port: int, upstream: int, shapes: str) -> str:
    rest = f"location / {{ proxy_pass http://127.0.0.1:{upstream}; }}"
    return f"  server {{\n    listen 127.0.0.1:{port} ssl;\n{shapes}    {rest}\n  }}\n"


def authentication_request(consumer: str) -> str:
    """As the HTTP-Redirect binding has it: deflated, in base64, and escaped for a query."""
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    request = (
        '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_tests" Version="2.0"'
        f' IssueInstant="{now}" AssertionConsumerServiceURL="{consumer}">'
        f'<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{SERVICE_PROVIDER}</saml:Issuer>'
        "</samlp:AuthnRequest>"
    )
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return urllib.parse.quote(base64.b64encode(deflate.compress(request.encode()) + deflate.flush()), safe="")
