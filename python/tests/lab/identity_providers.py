"""The identity providers behind nginx."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from .accounts import CLIENT, SCOPE, SERVICE_PROVIDER, password
from .certificates import Certificate
from .front import as_nanoidp, as_oidc_provider, as_simplesamlphp, authentication_request, nginx
from .nanoidp import nanoidp
from .oidc_provider import oidc_provider
from .server import Server, free_ports
from .simplesamlphp import simplesamlphp


@dataclass(frozen=True)
class Request:
    """What nginx was asked for. `query` has the fields of the URL."""

    method: str
    path: str
    query: dict[str, str]


@dataclass(frozen=True)
class IdentityProvider:
    """Where one is reached over TLS, in the URLs of ADFS, PingFederate and Microsoft Entra ID."""

    name: str
    port: int
    #: Of all servers behind this nginx.
    access_log: Path
    #: At which a browser begins that shall bring an assertion to `redirect_port`.
    login_path: str = ""
    #: Of the listener on this machine that is registered there.
    redirect_port: int = 0

    @property
    def url(self) -> str:
        """What its URLs begin with."""
        return f"https://localhost:{self.port}/"

    @property
    def redirect_uri(self) -> str:
        """Where browsers come back to."""
        return redirect_uri(self.redirect_port)

    def dsn(self, user: str, **more: str) -> dict[str, str]:
        """The keys of a DSN for a login there."""
        return {"UID": user, "PWD": password(user), **self._place(), **more}

    def saml_dsn(self, **more: str) -> dict[str, str]:
        """The same for a login in the browser."""
        url = self.url + self.login_path.removeprefix("/")
        return {"plugin_name": "BrowserSAML", "login_url": url, "listen_port": str(self.redirect_port), **more}

    def token_dsn(self, **more: str) -> dict[str, str]:
        """The same for a token by OAuth."""
        client = {"idp_tenant": "tests", "client_id": CLIENT, "scope": SCOPE, "listen_port": str(self.redirect_port)}
        return {"plugin_name": "BrowserAzureADOAuth2", **self._place(), **client, **more}

    def requests(self) -> list[Request]:
        """What it was asked for since the start."""
        lines = (json.loads(line) for line in self.access_log.read_text().splitlines())
        seen = ((line["method"], urlsplit(line["url"])) for line in lines if line["port"] == self.port)
        return [Request(method, url.path, dict(parse_qsl(url.query))) for method, url in seen]

    def _place(self) -> dict[str, str]:
        return {"idp_host": "localhost", "idp_port": str(self.port)}


def redirect_uri(port: int) -> str:
    """Where a browser comes back to, as customers register it."""
    return f"http://localhost:{port}/redshift/"


@contextmanager
def identity_providers(
    directory: Path, certificate: Certificate, redirect_port: int
) -> Iterator[dict[str, IdentityProvider]]:
    """Both that speak SAML, by name, for the time of the block."""
    nanoidp_port, php_port, nanoidp_front, php_front = free_ports(4)
    fronts = as_nanoidp(nanoidp_front, nanoidp_port) + as_simplesamlphp(php_front, php_port)
    back = redirect_uri(redirect_port)
    log = directory / "nginx" / "access.log"
    with ExitStack() as servers:

        def running(server: Server) -> None:
            servers.callback(server.stop)

        running(nanoidp(directory / "nanoidp", nanoidp_port, nanoidp_front, back))
        running(simplesamlphp(directory / "simplesamlphp", php_port, php_front, back))
        running(nginx(directory / "nginx", certificate, fronts, [nanoidp_front, php_front]))
        at_nanoidp = f"/saml/sso?SAMLRequest={authentication_request(back)}"
        query = urlencode({"spentityid": SERVICE_PROVIDER, "ConsumerURL": back})
        at_php = f"/simplesaml/saml2/idp/SSOService.php?{query}"
        yield {
            "nanoidp": IdentityProvider("nanoidp", nanoidp_front, log, at_nanoidp, redirect_port),
            "simplesamlphp": IdentityProvider("simplesamlphp", php_front, log, at_php, redirect_port),
        }


@contextmanager
def openid_provider(directory: Path, certificate: Certificate, redirect_port: int) -> Iterator[IdentityProvider]:
    """oidc-provider, for the time of the block."""
    port, front = free_ports(2)
    with ExitStack() as servers:
        server = oidc_provider(directory / "oidc-provider", port, front, redirect_uri(redirect_port))
        servers.callback(server.stop)
        servers.callback(nginx(directory / "nginx", certificate, as_oidc_provider(front, port), [front]).stop)
        log = directory / "nginx" / "access.log"
        yield IdentityProvider("oidc-provider", front, log, redirect_port=redirect_port)
