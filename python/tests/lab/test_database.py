"""A login of ours, merged over a DSN for psqlODBC, and used by isql against a real PostgreSQL. The credentials are
moto's; the database gets them as Redshift would: a user whose password is valid for a while."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import rs_auth
from rs_auth import Dialect

from ..moto_server import MotoServer
from .certificates import Authority
from .database import Database, isql

pytestmark = pytest.mark.usefixtures("no_cache")

USER = "IAM:alice"


@pytest.fixture
def merged(moto: MotoServer, database: Database, authority: Authority) -> Iterator[str]:
    """The connection string of a login, whose user is in the database."""
    dsn = {
        **moto.dsn(
            Driver="PostgreSQL Unicode",
            Host="localhost",
            Port=str(database.port),
            SSLMode="verify-full",
            CaFile=str(authority.certificate),
        ),
        **moto.tester.dsn(),
    }
    with rs_auth.login(dsn) as found:
        assert found.user == USER and found.password and found.expires_at
        database.create_login(found.user, found.password, found.expires_at.isoformat())
        yield rs_auth.merge(dsn, found, Dialect.PSQLODBC)
    database.drop(USER)


def refusal(connection_string: str) -> str:
    """What the driver says when it cannot connect."""
    done = isql(connection_string, "select current_user")
    assert done.returncode != 0, done.stdout
    return done.stdout + done.stderr


def test_the_user_is_logged_in_over_tls(merged: str) -> None:
    done = isql(merged, "select current_user, ssl from pg_stat_ssl where pid = pg_backend_pid()")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "IAM:alice|1" in done.stdout.splitlines()


def test_a_wrong_password(merged: str) -> None:
    assert "password authentication failed" in refusal(merged.replace("Pwd={", "Pwd={x"))


def test_an_expired_password(merged: str, database: Database) -> None:
    database.limit(USER, "yesterday")
    assert "password authentication failed" in refusal(merged)
    database.limit(USER, "tomorrow")
    assert isql(merged, "select 1").returncode == 0


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
def test_a_server_that_a_stranger_vouches_for(
    merged: str, authority: Authority, stranger: Authority, mode: str
) -> None:
    mode_changed = merged.replace("verify-full", mode)
    assert isql(mode_changed, "select 1").returncode == 0
    said = refusal(mode_changed.replace(str(authority.certificate), str(stranger.certificate)))
    assert "certificate verify failed" in said


def test_without_tls_the_database_refuses(merged: str) -> None:
    assert "no encryption" in refusal(merged.replace("SSLmode=verify-full", "SSLmode=disable"))
