"""The functions of the package: what the C interface does, in Python's terms."""

from __future__ import annotations

import ctypes
import json
import logging
from collections.abc import Collection
from ctypes import POINTER, byref
from dataclasses import replace
from typing import Any, Callable

from ._abi import PLUGIN_ENTRY_POINTS, CredentialsPtr, DsnKv, KvListPtr, StringPtr
from ._call import perform
from ._library import library
from ._text import Dsn, DsnValue, from_c, kv_array, pairs_of, to_c
from .credentials import Credentials, Dialect, Kind
from .errors import AuthError, OutError, Status
from .options import CachePolicy, CancelToken, EventFunction, LogFunction, Options

_ENTRY_POINTS = {name.lower(): function for name, function in PLUGIN_ENTRY_POINTS.items()}


def init() -> None:
    """Does the one-time work (TLS roots) now. For programs that fork while other threads are in their first login."""
    with OutError() as error:
        error.check(library().rs_auth_init(byref(error.pointer)))


def login(
    dsn: Dsn,
    *,
    plugin: str | None = None,
    options: Options | None = None,
    timeout: float | None = None,
    cancel: CancelToken | None = None,
    log: logging.Logger | LogFunction | None = None,
    on_event: EventFunction | None = None,
    cache: CachePolicy | None = None,
    cache_scope: str | None = None,
    accepted_kinds: Collection[Kind] | None = None,
) -> Credentials:
    """Logs in and returns what a driver needs to connect.

    `dsn`: keys and values, or an ODBC connection string ("DSN=..." too) or a jdbc:redshift: or redshift:// URL.
    `plugin`: the login method, whatever the DSN says; a name of `plugins()`, or of one of `options.plugins`.
    The keywords are those of `Options` and win over `options`.

    Ctrl-C works: on the main thread a login is cancelled by whatever a signal handler raises. In asyncio, use
    `await asyncio.to_thread(login, ...)`."""
    behaviour = _with(
        options,
        timeout=timeout,
        cancel=cancel,
        log=log,
        on_event=on_event,
        cache=cache,
        cache_scope=cache_scope,
        accepted_kinds=accepted_kinds,
    )
    lib = library()
    if plugin is None:
        if isinstance(dsn, str):
            text = to_c(dsn, "a connection string")
            return _login(behaviour, lib.rs_auth_get_credentials_from_string, (text,))
        return _login(behaviour, lib.rs_auth_get_credentials, _kv(dsn))
    pairs = _pairs(dsn)
    function = _ENTRY_POINTS.get(plugin.lower())
    if function is None:
        # A spelling of another driver's, or a plugin of the host's own.
        return _login(behaviour, lib.rs_auth_get_credentials, _kv([*pairs, ("plugin_name", plugin)]))
    return _login(behaviour, getattr(lib, function), _kv(pairs))


def aws_credentials(
    dsn: Dsn,
    *,
    options: Options | None = None,
    timeout: float | None = None,
    cancel: CancelToken | None = None,
    log: logging.Logger | LogFunction | None = None,
    on_event: EventFunction | None = None,
    cache: CachePolicy | None = None,
    cache_scope: str | None = None,
) -> Credentials:
    """As `login`, but stops after the AWS step: the result is of `Kind.AWS_KEYS`."""
    behaviour = _with(
        options,
        timeout=timeout,
        cancel=cancel,
        log=log,
        on_event=on_event,
        cache=cache,
        cache_scope=cache_scope,
    )
    return _login(behaviour, library().rs_auth_get_aws_credentials, _kv(dsn))


def read_auth_profile(dsn: Dsn, *, options: Options | None = None) -> list[tuple[str, str]]:
    """The members of the server-side authentication profile that AuthProfile names."""
    lib = library()
    found = KvListPtr()
    try:
        perform(options, lib.rs_auth_read_auth_profile, _kv(dsn), byref(found))
        return _list(found)
    finally:
        lib.rs_auth_kv_list_free(found)


def parse_connection_string(text: str) -> list[tuple[str, str]]:
    """A connection string or URL taken apart, keys as they were typed; `DSN=` is expanded from odbc.ini."""
    lib = library()
    given = to_c(text, "a connection string")
    found = KvListPtr()
    with OutError() as error:
        error.check(lib.rs_auth_parse_connection_string(given, byref(found), byref(error.pointer)))
    try:
        return _list(found)
    finally:
        lib.rs_auth_kv_list_free(found)


def wants_login(dsn: Dsn) -> bool:
    """Does this DSN ask for a login of ours, or is it plain user and password?"""
    answer = library().rs_auth_wants_login(*_kv(dsn))
    if answer < 0:
        raise AuthError(Status.INVALID_ARGUMENT, "This DSN cannot be read.", sqlstate="HY009")
    return bool(answer)


def merge(dsn: Dsn, credentials: Credentials, dialect: Dialect = Dialect.REDSHIFT_ODBC) -> str:
    """The DSN with the result laid over it and all keys of ours taken out, as a connection string."""
    lib = library()
    text = StringPtr()
    with OutError() as error, credentials._lock:
        pointer = credentials._open()
        error.check(lib.rs_auth_merge(*_kv(dsn), pointer, dialect, byref(text), byref(error.pointer)))
    return _owned(text)


def explain(dsn: Dsn, *, options: Options | None = None) -> dict[str, Any]:
    """What a login would do, offline: every effective value with where it came from, unknown keys, the requests."""
    return _report(library().rs_auth_explain, dsn, options)


def doctor(dsn: Dsn, *, options: Options | None = None) -> dict[str, Any]:
    """What stands in the way of a login: staged online checks."""
    return _report(library().rs_auth_doctor, dsn, options)


def catalogue() -> dict[str, Any]:
    """Every plugin and key with type, default, aliases, secrecy and help, for DSN dialogs."""
    parsed: dict[str, Any] = json.loads(library().rs_auth_catalogue_json())
    return parsed


def plugins() -> list[str]:
    """Canonical names of the login methods."""
    lib = library()
    names = (from_c(lib.rs_auth_plugin_name(index)) for index in range(lib.rs_auth_plugin_count()))
    return [name for name in names if name is not None]


def forget(dsn: Dsn, *, options: Options | None = None) -> None:
    """Forgets what is stored for this DSN, in memory and on disk."""
    perform(options, library().rs_auth_forget, _kv(dsn))


def forget_all() -> None:
    """Forgets everything that is stored for this user of the operating system."""
    with OutError() as error:
        error.check(library().rs_auth_forget_all(byref(error.pointer)))


def version() -> str:
    """Version of the library, with what it was built from."""
    return from_c(library().rs_auth_version()) or ""


def abi_version() -> int:
    """Version of the C interface."""
    return int(library().rs_auth_abi_version())


def _with(options: Options | None, **given: Any) -> Options:
    return replace(options or Options(), **{name: value for name, value in given.items() if value is not None})


def _login(options: Options, function: Callable[..., int], arguments: tuple[Any, ...]) -> Credentials:
    found = CredentialsPtr()
    try:
        perform(options, function, arguments, byref(found))
    except BaseException:
        # A login that was finished when a callback raised.
        library().rs_auth_credentials_free(found)
        raise
    return Credentials(found)


def _pairs(dsn: Dsn) -> list[tuple[str, DsnValue]]:
    if isinstance(dsn, str):
        return [*parse_connection_string(dsn)]
    items = dsn.items() if hasattr(dsn, "items") else dsn
    return list(items)


def _kv(dsn: Dsn) -> tuple[ctypes.Array[DsnKv], int]:
    array = kv_array(_pairs(dsn))
    return array, len(array)


def _list(pointer: KvListPtr) -> list[tuple[str, str]]:
    array = POINTER(DsnKv)()
    count = library().rs_auth_kv_list_get(pointer, byref(array))
    return pairs_of(array, count)


def _report(function: Callable[..., int], dsn: Dsn, options: Options | None) -> dict[str, Any]:
    text = StringPtr()
    try:
        perform(options, function, _kv(dsn), byref(text))
    except BaseException:
        library().rs_auth_string_free(text)
        raise
    parsed: dict[str, Any] = json.loads(_owned(text))
    return parsed


def _owned(text: StringPtr) -> str:
    """The text of a string that the library gave away. Frees it."""
    try:
        return ctypes.string_at(text).decode("utf-8")
    finally:
        library().rs_auth_string_free(text)
