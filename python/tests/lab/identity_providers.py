"""Both identity providers behind nginx."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from .accounts import password
from .certificates import Certificate
from .front import as_nanoidp, as_simplesamlphp, nginx
from .nanoidp import nanoidp
from .server import Server, free_ports
from .simplesamlphp import simplesamlphp


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
    fronts = as_nanoidp(nanoidp_front, nanoidp_port) + as_simplesamlphp(php_front, php_port)
    with ExitStack() as servers:

        def running(server: Server) -> None:
            servers.callback(server.stop)

        running(nanoidp(directory / "nanoidp", nanoidp_port, nanoidp_front))
        running(simplesamlphp(directory / "simplesamlphp", php_port, php_front))
        running(nginx(directory / "nginx", certificate, fronts, [nanoidp_front, php_front]))
        yield {
            "nanoidp": IdentityProvider("nanoidp", nanoidp_front),
            "simplesamlphp": IdentityProvider("simplesamlphp", php_front),
        }
