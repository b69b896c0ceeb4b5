"""`rs-auth exec … -- psql`, from a DSN to the answer of a database: libpq takes what the program puts into the
environment. The sandbox answers with the password of a user that PostgreSQL has."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..program import rs_auth_program
from ..sandbox import Sandbox
from .certificates import Authority
from .database import Database
from .server import missing

USER = "IAMA:o'neil"
PASSWORD = "a b'\\\"$x`y`=;:"

_ANSWER = """\
<GetClusterCredentialsResponse xmlns="http://redshift.amazonaws.com/doc/2012-12-01/"><GetClusterCredentialsResult>
<DbUser>{user}</DbUser><DbPassword>{password}</DbPassword><Expiration>2099-01-01T00:00:00Z</Expiration>
</GetClusterCredentialsResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>
</GetClusterCredentialsResponse>"""


@pytest.fixture
def data_source(
    sandbox: Sandbox, database: Database, authority: Authority, tmp_path: Path
) -> Iterator[tuple[str, ...]]:
    """Arguments that name a data source of ~/.odbc.ini, whose user is in the database."""
    dsn = sandbox.dsn(
        Host="localhost",
        Port=str(database.port),
        ClusterId=sandbox.cluster["id"],
        Region=sandbox.region,
        SSLMode="verify-full",
        CaFile=str(authority.certificate),
    )
    (tmp_path / ".odbc.ini").write_text("[Warehouse]\n" + "".join(f"{key} = {value}\n" for key, value in dsn.items()))
    database.create_login(USER, PASSWORD, "infinity")
    yield "--dsn", "Warehouse"
    database.drop(USER)


def psql(sandbox: Sandbox, data_source: tuple[str, ...], password: str) -> tuple[int, str, str]:
    """What psql said, as the user of the login with this password."""
    body = _ANSWER.format(user=USER, password=password.replace("&", "&amp;").replace("<", "&lt;"))
    answer = {"status": 200, "headers": [["Content-Type", "text/xml"]], "body": body}
    sandbox.fault({"respond": answer}, operation="GetClusterCredentials")
    command = [shutil.which("psql") or missing("psql"), "--no-psqlrc", "-At", "-c", "select current_user"]
    done = rs_auth_program("exec", *data_source, "--", *command)
    return done.returncode, done.stdout, done.stderr


def test_psql_is_who_signed_in(sandbox: Sandbox, data_source: tuple[str, ...]) -> None:
    assert psql(sandbox, data_source, PASSWORD) == (0, USER + "\n", "")
    code, said, complaint = psql(sandbox, data_source, PASSWORD + "x")
    assert (code, said) == (2, "") and "password authentication failed" in complaint


def test_psql_checks_the_server(sandbox: Sandbox, data_source: tuple[str, ...], stranger: Authority) -> None:
    code, said, complaint = psql(sandbox, (*data_source, f"CaFile={stranger.certificate}"), PASSWORD)
    assert (code, said) == (2, "") and "certificate verify failed" in complaint
