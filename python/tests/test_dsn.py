"""DSNs taken apart and put together."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, byref
from pathlib import Path

import pytest

import rs_auth
from rs_auth import AuthError, Status
from rs_auth._abi import CredentialsPtr, DsnKv, ErrorPtr, KvListPtr
from rs_auth._library import library

from .sandbox import Sandbox


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", []),
        ("Host=h", [("Host", "h")]),
        ("Host = h ;; uid=a b;PWD={;}}= }", [("Host", "h"), ("uid", "a b"), ("PWD", ";}= ")]),
        ("A=1;a=2", [("A", "1"), ("a", "2")]),
        ("Name={Grüße 世界 🙂}", [("Name", "Grüße 世界 🙂")]),
        ("Empty=;X=1", [("Empty", ""), ("X", "1")]),
    ],
)
def test_connection_strings(text: str, pairs: list[tuple[str, str]]) -> None:
    assert rs_auth.parse_connection_string(text) == pairs


def test_long_values() -> None:
    value = "x" * 200_000
    assert rs_auth.parse_connection_string(f"SAMLAssertion={{{value}}}") == [("SAMLAssertion", value)]


def test_jdbc_urls() -> None:
    pairs = dict(
        rs_auth.parse_connection_string(
            "jdbc:redshift:iam://c.abc.us-east-1.redshift.amazonaws.com:5440/dev?DbUser=a%26b"
        )
    )
    lower = {key.lower(): value for key, value in pairs.items()}
    assert lower["host"] == "c.abc.us-east-1.redshift.amazonaws.com"
    assert lower["port"] == "5440"
    assert lower["dbuser"] == "a&b"
    assert rs_auth.wants_login("jdbc:redshift:iam://c.abc.us-east-1.redshift.amazonaws.com:5440/dev")
    assert not rs_auth.wants_login("jdbc:redshift://c.abc.us-east-1.redshift.amazonaws.com:5440/dev?UID=u&PWD=p")


def test_dsn_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "odbc.ini").write_text("[mine]\nHost=h\nDbUser=alice\n", encoding="utf-8")
    monkeypatch.setenv("ODBCINI", str(tmp_path / "odbc.ini"))
    pairs = dict(rs_auth.parse_connection_string("DSN=mine;DbUser=bob"))
    assert pairs["Host"] == "h"
    assert pairs["DbUser"] == "bob"


def utf16(text: str) -> ctypes.Array[ctypes.c_uint16]:
    return (ctypes.c_uint16 * (len(text) + 1))(*map(ord, text), 0)


def test_the_wide_functions_are_declared_right() -> None:
    """No Python function needs them; the declarations are used by who calls the library by hand."""
    lib = library()
    text = utf16("Host=h;UID=é")
    for length in (len(text) - 1, ctypes.c_size_t(-1).value):
        found, error = KvListPtr(), ErrorPtr()
        assert lib.rs_auth_parse_connection_string_utf16(text, length, byref(found), byref(error)) == Status.OK
        array = POINTER(DsnKv)()
        assert lib.rs_auth_kv_list_get(found, byref(array)) == 2
        assert (array[1].key, array[1].value.decode()) == (b"UID", "é")
        lib.rs_auth_kv_list_free(found)


@pytest.mark.parametrize("width", [16, 32])
def test_the_wide_logins_are_declared_right(sandbox: Sandbox, width: int) -> None:
    lib = library()
    text = ";".join(f"{key}={{{value}}}" for key, value in sandbox.dsn().items())
    unit = ctypes.c_uint16 if width == 16 else ctypes.c_uint32
    found, error = CredentialsPtr(), ErrorPtr()
    function = getattr(lib, f"rs_auth_get_credentials_from_utf{width}")
    status = function((unit * len(text))(*map(ord, text)), len(text), None, byref(found), byref(error))
    assert status == Status.OK, lib.rs_auth_error_message(error)
    assert lib.rs_auth_credentials_user(found) == b"IAM:alice"
    lib.rs_auth_credentials_free(found)


def test_null_handles_are_answered() -> None:
    lib = library()
    assert lib.rs_auth_credentials_user(None) is None
    assert lib.rs_auth_credentials_kind(None) == 0
    assert lib.rs_auth_error_message(None) is None
    assert lib.rs_auth_wants_login(None, 1) == -1
    with pytest.raises(ctypes.ArgumentError):
        lib.rs_auth_credentials_user(ErrorPtr())  # a handle of another kind


def test_forget_wants_a_dsn() -> None:
    with pytest.raises(AuthError) as caught:
        rs_auth.forget({})
    assert caught.value.status is Status.INVALID_ARGUMENT


def test_status_names() -> None:
    lib = library()
    for status in Status:
        assert lib.rs_auth_status_name(status) == f"RS_AUTH_STATUS_{status.name}".encode()
