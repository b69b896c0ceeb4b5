"""What a login yields."""

from __future__ import annotations

import enum
import threading
from ctypes import POINTER, byref
from datetime import datetime, timedelta, timezone
from typing import Any, NoReturn

from ._abi import CredentialsPtr, DsnKv
from ._library import library
from ._numbers import OpenEnum
from ._text import from_c, pairs_of

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Kind(OpenEnum):
    """What a result is."""

    #: User and temporary password.
    DB_PASSWORD = 1
    #: Token for the server's own identity provider authentication.
    NATIVE_TOKEN = 2
    #: AWS keys.
    AWS_KEYS = 3


class Dialect(enum.IntEnum):
    """Whose connection string to write."""

    #: Amazon's ODBC driver.
    REDSHIFT_ODBC = 1
    #: PostgreSQL's ODBC driver.
    PSQLODBC = 2
    #: libpq's key='value' string.
    LIBPQ = 3
    #: postgresql://...
    URL = 4


class Credentials:
    """The result of a login. Immutable and usable from any thread.

    Use it as a context manager, or call `close`: the library then wipes its copy of the secrets. (Python's own `str`
    objects, made each time a property is read, cannot be wiped.) After that every property raises ValueError."""

    def __init__(self, pointer: CredentialsPtr) -> None:
        """Takes over `pointer`. For the package itself; results come from `login`."""
        self._lib = library()
        self._pointer: CredentialsPtr | None = pointer
        # Nobody may free the object while another thread reads from it.
        self._lock = threading.Lock()

    def close(self) -> None:
        """Wipes and frees it. May be called again."""
        with self._lock:
            pointer, self._pointer = self._pointer, None
            if pointer is not None:
                self._lib.rs_auth_credentials_free(pointer)

    def __enter__(self) -> Credentials:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def __del__(self) -> None:
        # Nobody else refers to it any more: no lock, which could be held where the collector runs.
        pointer = getattr(self, "_pointer", None)
        if pointer is not None:
            self._pointer = None
            self._lib.rs_auth_credentials_free(pointer)

    def __repr__(self) -> str:
        if self._pointer is None:
            return "<rs_auth.Credentials, closed>"
        return f"<rs_auth.Credentials {self.kind.name} user={self.user!r} host={self.host!r} plugin={self.plugin!r}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("Credentials hold secrets and cannot be pickled; log in where they are needed")

    @property
    def kind(self) -> Kind:
        """What the result is, and so which of the properties have a value."""
        return Kind(self._read("kind"))

    @property
    def user(self) -> str | None:
        """The database user exactly as the service returned it."""
        return self._text("user")

    @property
    def password(self) -> str | None:
        """The temporary database password."""
        return self._text("password")

    @property
    def host(self) -> str | None:
        """Where to connect: given or discovered."""
        return self._text("host")

    @property
    def port(self) -> int | None:
        """The port to connect to, where it is known."""
        return int(self._read("port")) or None

    @property
    def database(self) -> str | None:
        """The database, if the settings name one."""
        return self._text("database")

    @property
    def token(self) -> str | None:
        """The token of a native login."""
        return self._text("token")

    @property
    def token_type(self) -> str | None:
        """ACCESS_TOKEN, EXT_JWT, SUBJECT_TOKEN, ..."""
        return self._text("token_type")

    @property
    def idp_type(self) -> str | None:
        """AzureAD, Okta or AwsIdc."""
        return self._text("idp_type")

    @property
    def identity_namespace(self) -> str | None:
        """Passed on from the DSN."""
        return self._text("identity_namespace")

    @property
    def provider_name(self) -> str | None:
        """Passed on from the DSN."""
        return self._text("provider_name")

    @property
    def idc_client_display_name(self) -> str | None:
        """Only if the DSN gave one."""
        return self._text("idc_client_display_name")

    @property
    def aws_access_key_id(self) -> str | None:
        """The AWS identity behind the login; None for native tokens."""
        return self._text("aws_access_key_id")

    @property
    def aws_secret_access_key(self) -> str | None:
        """Secret of `aws_access_key_id`."""
        return self._text("aws_secret_access_key")

    @property
    def aws_session_token(self) -> str | None:
        """Present for temporary AWS keys."""
        return self._text("aws_session_token")

    @property
    def role_arn(self) -> str | None:
        """The role that was assumed, where one was."""
        return self._text("role_arn")

    @property
    def expires_at(self) -> datetime | None:
        """When password, token or keys end (UTC), where that is known."""
        milliseconds = int(self._read("expires_at_unix_ms"))
        return None if milliseconds < 0 else _EPOCH + timedelta(milliseconds=milliseconds)

    @property
    def from_cache(self) -> bool:
        """Whether no request was needed."""
        return bool(self._read("from_cache"))

    @property
    def plugin(self) -> str | None:
        """Canonical name of the login method."""
        return self._text("plugin")

    def odbc_keywords(self) -> dict[str, str]:
        """The result as ODBC keywords to lay over a DSN. Empty for AWS keys."""
        with self._lock:
            array = POINTER(DsnKv)()
            count = self._lib.rs_auth_credentials_kv(self._open(), byref(array))
            return dict(pairs_of(array, count))

    def connection_string(self, dialect: Dialect) -> str | None:
        """The result as a connection string; None where the dialect cannot carry it."""
        with self._lock:
            return from_c(self._lib.rs_auth_credentials_connection_string(self._open(), dialect))

    def _read(self, name: str) -> Any:
        with self._lock:
            return getattr(self._lib, f"rs_auth_credentials_{name}")(self._open())

    def _text(self, name: str) -> str | None:
        return from_c(self._read(name))

    def _open(self) -> CredentialsPtr:
        if self._pointer is None:
            raise ValueError("these credentials are closed")
        return self._pointer
