"""From a DSN to the answer of a database, with nothing of ours on the way but the library: an identity provider signs
alice in, moto is STS and Redshift, PostgreSQL takes the user and its temporary password through psqlODBC."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import rs_auth
from rs_auth import Dialect

from ..moto_server import MotoServer
from .certificates import Authority
from .database import Database, isql
from .identity_providers import IdentityProvider

pytestmark = pytest.mark.usefixtures("no_cache")

USER = "IAMA:alice"
COMBINATIONS = [("ADFS", "nanoidp"), ("ADFS", "simplesamlphp"), ("Ping", "nanoidp"), ("Ping", "simplesamlphp")]


@pytest.fixture(params=COMBINATIONS, ids="-".join)
def dsn(
    request: pytest.FixtureRequest,
    providers: dict[str, IdentityProvider],
    saml_moto: MotoServer,
    database: Database,
    authority: Authority,
) -> dict[str, str]:
    """What a user of an ODBC driver configures."""
    plugin, provider = request.param
    return {
        **saml_moto.dsn(
            Driver="PostgreSQL Unicode",
            Host="localhost",
            Port=str(database.port),
            DbUser="",
            SSLMode="verify-full",
            CaFile=str(authority.certificate),
        ),
        **providers[provider].dsn("alice"),
        "plugin_name": plugin,
    }


@pytest.fixture(params=["connection string", "odbc.ini"])
def text(request: pytest.FixtureRequest, dsn: dict[str, str], tmp_path: Path) -> str:
    """The DSN written out, or named."""
    if request.param == "odbc.ini":
        lines = "".join(f"{key} = {value}\n" for key, value in dsn.items())
        (tmp_path / ".odbc.ini").write_text(f"[Warehouse]\n{lines}")
        return "DSN=Warehouse"
    return "".join(f"{key}={{{value.replace('}', '}}')}}};" for key, value in dsn.items())


@pytest.fixture
def merged(text: str, database: Database) -> Iterator[str]:
    """The connection string of the login, whose user is in the database until its password expires."""
    with rs_auth.login(text) as found:
        assert found.user == USER and found.password and found.expires_at
        database.create_login(found.user, found.password, found.expires_at.isoformat())
        yield rs_auth.merge(text, found, Dialect.PSQLODBC)
    database.drop(USER)


def test_the_database_knows_who_signed_in(merged: str, database: Database) -> None:
    done = isql(merged, "select current_user")
    assert done.returncode == 0, done.stdout + done.stderr
    assert USER in done.stdout.splitlines()

    wrong = isql(merged.replace("Pwd={", "Pwd={x"), "select current_user")
    assert wrong.returncode != 0 and "password authentication failed" in wrong.stdout + wrong.stderr

    database.limit(USER, "yesterday")
    expired = isql(merged, "select current_user")
    assert expired.returncode != 0 and "password authentication failed" in expired.stdout + expired.stderr
