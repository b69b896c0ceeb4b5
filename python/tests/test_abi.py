"""The declarations of `_abi.py` against the C header, which is the contract."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path
from typing import Any

import pytest

from rs_auth import CachePolicy, Dialect, EventKind, EventReply, Kind, LogLevel, Status, _abi

HEADER = Path(__file__).parents[2] / "include" / "rs_auth.h"

#: How a C type is declared in Python. `const` and the spelling of pointers are taken away before.
TYPES: dict[str, Any] = {
    "void": None,
    "bool": ctypes.c_bool,
    "int32_t": ctypes.c_int32,
    "rs_auth_status": ctypes.c_int32,
    "int64_t": ctypes.c_int64,
    "uint16_t": ctypes.c_uint16,
    "uint32_t": ctypes.c_uint32,
    "uint64_t": ctypes.c_uint64,
    "size_t": ctypes.c_size_t,
    "char*": ctypes.c_char_p,
    "void*": ctypes.c_void_p,
    "uint16_t*": ctypes.POINTER(ctypes.c_uint16),
    "uint32_t*": ctypes.POINTER(ctypes.c_uint32),
    "rs_auth_dsn_kv*": ctypes.POINTER(_abi.DsnKv),
    "rs_auth_dsn_kv**": ctypes.POINTER(ctypes.POINTER(_abi.DsnKv)),
    "rs_auth_options*": _abi.OptionsPtr,
    "rs_auth_credentials*": _abi.CredentialsPtr,
    "rs_auth_credentials**": ctypes.POINTER(_abi.CredentialsPtr),
    "rs_auth_error*": _abi.ErrorPtr,
    "rs_auth_error**": ctypes.POINTER(_abi.ErrorPtr),
    "rs_auth_cancel_token*": _abi.CancelTokenPtr,
    "rs_auth_event*": _abi.EventPtr,
    "rs_auth_plugin_request*": _abi.PluginRequestPtr,
    "rs_auth_plugin_reply*": _abi.PluginReplyPtr,
    "rs_auth_kv_list*": _abi.KvListPtr,
    "rs_auth_kv_list**": ctypes.POINTER(_abi.KvListPtr),
    "rs_auth_log_callback": _abi.LogCallback,
    "rs_auth_event_callback": _abi.EventCallback,
    "rs_auth_plugin_callback": _abi.PluginCallback,
}

#: `char *` that the caller owns, and `char **`, which is an output or an array of strings.
EXCEPTIONS: dict[tuple[str, int], Any] = {
    ("rs_auth_string_free", 0): _abi.StringPtr,
    ("rs_auth_merge", 4): ctypes.POINTER(_abi.StringPtr),
    ("rs_auth_explain", 3): ctypes.POINTER(_abi.StringPtr),
    ("rs_auth_doctor", 3): ctypes.POINTER(_abi.StringPtr),
    ("rs_auth_options_set_host_keys", 1): ctypes.POINTER(ctypes.c_char_p),
}


def header_text() -> str:
    text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", HEADER.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"\\\n", " ", text)


def header_functions() -> dict[str, tuple[str, list[str]]]:
    """Function -> result and arguments as the header spells them."""
    found = {}
    text = re.sub(r"^\s*#.*$", "", header_text(), flags=re.MULTILINE)
    for result, name, arguments in re.findall(r"([\w\s*]+?)\b(rs_auth_\w+)\s*\(([^()]*)\)\s*;", text):
        listed = [] if arguments.strip() in ("", "void") else [part.strip() for part in arguments.split(",")]
        found[name] = (result.strip(), listed)
    return found


def c_type(declaration: str, *, named: bool) -> str:
    """`const struct rs_auth_dsn_kv *dsn_kv` -> `rs_auth_dsn_kv*`."""
    words = re.sub(r"\*", " * ", declaration)
    tokens = [word for word in words.split() if word not in ("const", "struct", "RS_AUTH_API", "extern")]
    if named and tokens[-1] != "*":
        tokens.pop()
    return "".join(tokens)


def header_numbers() -> dict[str, int]:
    defines = re.findall(r"#\s*define\s+(RS_AUTH_\w+)\s+\(?(-?\d+)\)?\s*$", header_text(), flags=re.MULTILINE)
    return {name: int(number) for name, number in defines}


def test_every_function_of_the_header_is_declared_and_no_other() -> None:
    assert set(header_functions()) == set(_abi.FUNCTIONS)


def test_in_the_order_of_the_header() -> None:
    assert list(header_functions()) == list(_abi.FUNCTIONS)


@pytest.mark.parametrize("name", _abi.FUNCTIONS)
def test_a_declaration_agrees_with_the_header(name: str) -> None:
    result, arguments = header_functions()[name]
    declared_result, declared_arguments = _abi.FUNCTIONS[name]
    assert declared_result is TYPES[c_type(result, named=False)]
    assert len(declared_arguments) == len(arguments)
    for index, (argument, declared) in enumerate(zip(arguments, declared_arguments)):
        expected = EXCEPTIONS.get((name, index)) or TYPES[c_type(argument, named=True)]
        assert declared is expected, argument


@pytest.mark.parametrize(
    ("prefix", "enumeration"),
    [
        ("RS_AUTH_STATUS_", Status),
        ("RS_AUTH_CREDENTIALS_KIND_", Kind),
        ("RS_AUTH_DIALECT_", Dialect),
        ("RS_AUTH_CACHE_", CachePolicy),
        ("RS_AUTH_LOG_", LogLevel),
    ],
)
def test_an_enumeration_agrees_with_the_header(prefix: str, enumeration: Any) -> None:
    numbers = {name[len(prefix) :]: number for name, number in header_numbers().items() if name.startswith(prefix)}
    assert numbers == {member.name: member.value for member in enumeration}


def test_the_event_numbers_agree_with_the_header() -> None:
    numbers = {name[14:]: n for name, n in header_numbers().items() if name.startswith("RS_AUTH_EVENT_")}
    assert numbers == {member.name: member.value for member in [*EventKind, *EventReply]}


def test_the_abi_version_agrees_with_the_header() -> None:
    assert header_numbers()["RS_AUTH_ABI_VERSION"] == _abi.ABI_VERSION
