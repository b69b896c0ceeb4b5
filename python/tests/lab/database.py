"""A PostgreSQL of the tests' own, and isql over psqlODBC as its client."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from .certificates import Certificate
from .server import Server, free_ports, missing, program

#: Debian's user for it. The server refuses to run as root.
_USER = "postgres"
_NAME = "dev"
_ACCESS = """\
local   all all              trust
hostssl all all 127.0.0.1/32 scram-sha-256
"""


class Database:
    """A running server with an empty database. Over TCP it takes logins with TLS and a password only."""

    name = _NAME

    def __init__(self, certificate: Certificate) -> None:
        self._user = _USER if os.geteuid() == 0 else None
        # Not below pytest's directories: nobody else than their owner gets into those.
        self._directory = Path(tempfile.mkdtemp(prefix="rs_auth-postgresql-"))
        try:
            self._programs = _programs()
            self.port = free_ports(1)[0]
            self._server = self._start(certificate)
            try:
                self._psql("postgres", f"create database {_NAME};")
            except BaseException:
                self._server.stop()
                raise
        except BaseException:
            shutil.rmtree(self._directory)
            raise

    def stop(self) -> None:
        """Ends the server and removes its files."""
        self._server.stop()
        shutil.rmtree(self._directory)

    def create_login(self, user: str, password: str, valid_until: str) -> None:
        """What Redshift does for GetClusterCredentials: a user whose password is temporary."""
        self._psql(
            _NAME,
            "create role :\"user\" login password :'password' valid until :'until';",
            {"user": user, "password": password, "until": valid_until},
        )

    def limit(self, user: str, valid_until: str) -> None:
        """Changes until when the user's password is valid."""
        self._psql(_NAME, "alter role :\"user\" valid until :'until';", {"user": user, "until": valid_until})

    def drop(self, user: str) -> None:
        """Removes the user."""
        self._psql(_NAME, 'drop role if exists :"user";', {"user": user})

    def _start(self, certificate: Certificate) -> Server:
        data = self._directory / "data"
        key, chain = self._directory / "server.key", self._directory / "server.pem"
        shutil.copyfile(certificate.certificate, chain)
        shutil.copyfile(certificate.key, key)
        key.chmod(0o600)
        if self._user is not None:
            for path in (self._directory, key, chain):
                shutil.chown(path, self._user, self._user)
        self._run("initdb", "--pgdata", str(data), "--username=admin", "--auth=trust", "--no-sync", "--locale=C.UTF-8")
        (data / "pg_hba.conf").write_text(_ACCESS)
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self._directory,
            "ssl": "on",
            "ssl_cert_file": chain,
            "ssl_key_file": key,
            "fsync": "off",
            "shared_buffers": "16MB",
        }
        command = [str(self._programs / "postgres"), "-D", str(data)]
        for setting, value in settings.items():
            command += ["-c", f"{setting}={value}"]
        log = self._directory / "log"
        # SIGINT is its fast shutdown: SIGTERM waits for clients.
        return Server(command, log, self._ready, user=self._user, stop_signal=signal.SIGINT)

    def _ready(self) -> bool:
        place = [f"--host={self._directory}", f"--port={self.port}"]
        return subprocess.run([self._programs / "pg_isready", "--quiet", *place], check=False).returncode == 0

    def _psql(self, database: str, sql: str, variables: Mapping[str, str] | None = None) -> None:
        """As the superuser, through the socket."""
        command = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--username=admin", f"--dbname={database}"]
        command += [f"--host={self._directory}", f"--port={self.port}"]
        command += [f"--set={name}={value}" for name, value in (variables or {}).items()]
        self._run("psql", *command, text=sql)

    def _run(self, name: str, *arguments: str, text: str = "") -> None:
        done = subprocess.run(
            [self._programs / name, *arguments],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            cwd=self._directory,
            user=self._user,
            group=self._user,
            extra_groups=None if self._user is None else [],
        )
        if done.returncode != 0:
            raise RuntimeError(f"{name}: {done.stdout}{done.stderr}")


def isql(connection_string: str, sql: str) -> subprocess.CompletedProcess[str]:
    """Connects as an ODBC application does, and runs the statement."""
    command = [program("isql"), "-k", connection_string, "-b", "-v", "-d|"]
    return subprocess.run(command, input=sql + "\n", capture_output=True, text=True, timeout=30, check=False)


def _programs() -> Path:
    """Debian keeps the server's programs out of PATH, one directory a version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if found and (found[-1] / "initdb").exists():
        return found[-1]
    initdb = shutil.which("initdb") or missing("PostgreSQL")
    return Path(initdb).parent
