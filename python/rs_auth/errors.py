"""Why a call failed."""

from __future__ import annotations

from typing import Any

from ._abi import ErrorPtr
from ._library import library
from ._numbers import OpenEnum
from ._text import from_c


class Status(OpenEnum):
    """Status numbers. A number that this package does not know yet is a `Status` too, named UNKNOWN_<number>."""

    OK = 0
    INVALID_ARGUMENT = 1
    BUSY = 2
    NOT_SUPPORTED = 3
    INVALID_SETTING = 100
    MISSING_SETTING = 101
    UNKNOWN_PLUGIN = 102
    PROFILE_NOT_FOUND = 103
    NETWORK = 200
    TLS = 201
    PROXY = 202
    IDP_REJECTED = 300
    MFA_REQUIRED = 301
    IDP_UNEXPECTED = 302
    ASSERTION_INVALID = 303
    ROLE_NOT_ALLOWED = 304
    NO_BROWSER = 305
    LISTENER = 306
    ACCESS_DENIED = 400
    NOT_FOUND = 401
    THROTTLED = 402
    SERVICE = 403
    NO_AWS_CREDENTIALS = 404
    TIMEOUT = 500
    CANCELLED = 501
    INTERNAL = 900
    SYSTEM = 901


class AuthError(Exception):
    """A call failed. It never holds a secret, and it can be pickled."""

    def __init__(
        self,
        status: Status,
        message: str,
        *,
        hint: str | None = None,
        sqlstate: str = "HY000",
        stage: str | None = None,
        plugin: str | None = None,
        service_code: str | None = None,
        request_id: str | None = None,
        http_status: int | None = None,
        retryable: bool = False,
    ) -> None:
        super().__init__(status, message)
        #: What kind of failure it is.
        self.status = status
        #: What happened, in plain words.
        self.message = message
        #: What to do about it, where something better than the message is known.
        self.hint = hint
        #: Five characters, as an ODBC driver reports them.
        self.sqlstate = sqlstate
        #: settings, idp, browser, assertion, aws, sts, redshift or cache.
        self.stage = stage
        #: Canonical name of the login method that was at work.
        self.plugin = plugin
        #: The service's own code, such as AccessDenied or AADSTS50076.
        self.service_code = service_code
        #: AWS' id of the refused request, for a support case.
        self.request_id = request_id
        #: HTTP status of the answer, where there was one.
        self.http_status = http_status
        #: Whether the same call may succeed later.
        self.retryable = retryable

    def __str__(self) -> str:
        text = f"{self.status.name}: {self.message}"
        return text if self.hint is None else f"{text}\nHint: {self.hint}"

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.status, self.message), self.__dict__)


class OutError:
    """The `out_error` argument of a function, freed in the end."""

    def __init__(self) -> None:
        self.pointer = ErrorPtr()

    def check(self, status: int) -> None:
        """Raises what the function told unless its status is OK."""
        if status == Status.OK:
            return
        lib, pointer = library(), self.pointer
        raise AuthError(
            Status(status),
            from_c(lib.rs_auth_error_message(pointer)) or "The library gave no reason.",
            hint=from_c(lib.rs_auth_error_hint(pointer)),
            sqlstate=from_c(lib.rs_auth_error_sqlstate(pointer)) or "HY000",
            stage=from_c(lib.rs_auth_error_stage(pointer)),
            plugin=from_c(lib.rs_auth_error_plugin(pointer)),
            service_code=from_c(lib.rs_auth_error_service_code(pointer)),
            request_id=from_c(lib.rs_auth_error_request_id(pointer)),
            http_status=lib.rs_auth_error_http_status(pointer) or None,
            retryable=lib.rs_auth_error_is_retryable(pointer),
        )

    def __enter__(self) -> OutError:
        return self

    def __exit__(self, *_exception: object) -> None:
        library().rs_auth_error_free(self.pointer)
