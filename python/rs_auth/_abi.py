"""The C interface as ctypes sees it: types, numbers and the signature of every function, in the order of rs_auth.h."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_bool, c_char_p, c_int32, c_int64, c_size_t, c_uint16, c_uint32, c_uint64, c_void_p
from typing import Any

ABI_VERSION = 1


class DsnKv(ctypes.Structure):
    """`rs_auth_dsn_kv`."""

    _fields_ = [("key", c_char_p), ("value", c_char_p)]


# One pointer type for each kind of object: ctypes then refuses a handle of the wrong kind.
class OptionsPtr(c_void_p):
    """`rs_auth_options *`."""


class CredentialsPtr(c_void_p):
    """`rs_auth_credentials *`."""


class ErrorPtr(c_void_p):
    """`rs_auth_error *`."""


class CancelTokenPtr(c_void_p):
    """`rs_auth_cancel_token *`."""


class EventPtr(c_void_p):
    """`rs_auth_event *`."""


class PluginRequestPtr(c_void_p):
    """`const rs_auth_plugin_request *`."""


class PluginReplyPtr(c_void_p):
    """`rs_auth_plugin_reply *`."""


class KvListPtr(c_void_p):
    """`rs_auth_kv_list *`."""


class StringPtr(c_void_p):
    """A `char *` that the caller owns; `c_char_p` would lose the pointer that has to be freed."""


LogCallback = ctypes.CFUNCTYPE(None, c_void_p, c_int32, c_char_p, c_char_p)
EventCallback = ctypes.CFUNCTYPE(c_int32, c_void_p, EventPtr)
PluginCallback = ctypes.CFUNCTYPE(c_int32, c_void_p, PluginRequestPtr, PluginReplyPtr)

_Kv = POINTER(DsnKv)
_OutError = POINTER(ErrorPtr)
_LOGIN = (c_int32, (_Kv, c_size_t, OptionsPtr, POINTER(CredentialsPtr), _OutError))
_CREDENTIALS_TEXT = (c_char_p, (CredentialsPtr,))
_ERROR_TEXT = (c_char_p, (ErrorPtr,))
_EVENT_TEXT = (c_char_p, (EventPtr,))

#: Canonical plugin name -> its entry point.
PLUGIN_ENTRY_POINTS: dict[str, str] = {
    "ADFS": "rs_auth_adfs_get_credentials",
    "AzureAD": "rs_auth_azure_ad_get_credentials",
    "BrowserAzureAD": "rs_auth_browser_azure_ad_get_credentials",
    "BrowserAzureADOAuth2": "rs_auth_browser_azure_ad_oauth2_get_credentials",
    "BrowserSAML": "rs_auth_browser_saml_get_credentials",
    "BrowserOktaSAML": "rs_auth_browser_okta_saml_get_credentials",
    "Okta": "rs_auth_okta_get_credentials",
    "Ping": "rs_auth_ping_get_credentials",
    "JWT": "rs_auth_jwt_get_credentials",
    "JwtIamAuthPlugin": "rs_auth_jwt_iam_get_credentials",
    "BasicSAML": "rs_auth_basic_saml_get_credentials",
    "BasicNativeSAML": "rs_auth_basic_native_saml_get_credentials",
    "IdpTokenAuthPlugin": "rs_auth_idp_token_get_credentials",
    "BrowserIdcAuthPlugin": "rs_auth_browser_idc_get_credentials",
    "External": "rs_auth_external_get_credentials",
    "Static": "rs_auth_iam_keys_get_credentials",
    "Profile": "rs_auth_profile_get_credentials",
    "InstanceProfile": "rs_auth_instance_profile_get_credentials",
    "Default": "rs_auth_default_chain_get_credentials",
}

#: Function -> (result type, argument types).
FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "rs_auth_init": (c_int32, (_OutError,)),
    "rs_auth_get_credentials": _LOGIN,
    "rs_auth_get_credentials_from_string": (c_int32, (c_char_p, OptionsPtr, POINTER(CredentialsPtr), _OutError)),
    "rs_auth_get_credentials_from_utf16": (
        c_int32,
        (POINTER(c_uint16), c_size_t, OptionsPtr, POINTER(CredentialsPtr), _OutError),
    ),
    "rs_auth_get_credentials_from_utf32": (
        c_int32,
        (POINTER(c_uint32), c_size_t, OptionsPtr, POINTER(CredentialsPtr), _OutError),
    ),
    "rs_auth_get_aws_credentials": _LOGIN,
    "rs_auth_read_auth_profile": (c_int32, (_Kv, c_size_t, OptionsPtr, POINTER(KvListPtr), _OutError)),
    "rs_auth_parse_connection_string": (c_int32, (c_char_p, POINTER(KvListPtr), _OutError)),
    "rs_auth_parse_connection_string_utf16": (
        c_int32,
        (POINTER(c_uint16), c_size_t, POINTER(KvListPtr), _OutError),
    ),
    "rs_auth_kv_list_get": (c_size_t, (KvListPtr, POINTER(_Kv))),
    "rs_auth_kv_list_free": (None, (KvListPtr,)),
    "rs_auth_wants_login": (c_int32, (_Kv, c_size_t)),
    "rs_auth_merge": (c_int32, (_Kv, c_size_t, CredentialsPtr, c_int32, POINTER(StringPtr), _OutError)),
    **{function: _LOGIN for function in PLUGIN_ENTRY_POINTS.values()},
    "rs_auth_credentials_kind": (c_int32, (CredentialsPtr,)),
    "rs_auth_credentials_user": _CREDENTIALS_TEXT,
    "rs_auth_credentials_password": _CREDENTIALS_TEXT,
    "rs_auth_credentials_host": _CREDENTIALS_TEXT,
    "rs_auth_credentials_port": (c_uint16, (CredentialsPtr,)),
    "rs_auth_credentials_database": _CREDENTIALS_TEXT,
    "rs_auth_credentials_token": _CREDENTIALS_TEXT,
    "rs_auth_credentials_token_type": _CREDENTIALS_TEXT,
    "rs_auth_credentials_idp_type": _CREDENTIALS_TEXT,
    "rs_auth_credentials_identity_namespace": _CREDENTIALS_TEXT,
    "rs_auth_credentials_provider_name": _CREDENTIALS_TEXT,
    "rs_auth_credentials_idc_client_display_name": _CREDENTIALS_TEXT,
    "rs_auth_credentials_aws_access_key_id": _CREDENTIALS_TEXT,
    "rs_auth_credentials_aws_secret_access_key": _CREDENTIALS_TEXT,
    "rs_auth_credentials_aws_session_token": _CREDENTIALS_TEXT,
    "rs_auth_credentials_role_arn": _CREDENTIALS_TEXT,
    "rs_auth_credentials_expires_at_unix_ms": (c_int64, (CredentialsPtr,)),
    "rs_auth_credentials_from_cache": (c_bool, (CredentialsPtr,)),
    "rs_auth_credentials_plugin": _CREDENTIALS_TEXT,
    "rs_auth_credentials_kv": (c_size_t, (CredentialsPtr, POINTER(_Kv))),
    "rs_auth_credentials_connection_string": (c_char_p, (CredentialsPtr, c_int32)),
    "rs_auth_credentials_free": (None, (CredentialsPtr,)),
    "rs_auth_error_status": (c_int32, (ErrorPtr,)),
    "rs_auth_error_message": _ERROR_TEXT,
    "rs_auth_error_hint": _ERROR_TEXT,
    "rs_auth_error_short_text": _ERROR_TEXT,
    "rs_auth_error_sqlstate": _ERROR_TEXT,
    "rs_auth_error_stage": _ERROR_TEXT,
    "rs_auth_error_plugin": _ERROR_TEXT,
    "rs_auth_error_service_code": _ERROR_TEXT,
    "rs_auth_error_request_id": _ERROR_TEXT,
    "rs_auth_error_http_status": (c_int32, (ErrorPtr,)),
    "rs_auth_error_is_retryable": (c_bool, (ErrorPtr,)),
    "rs_auth_error_free": (None, (ErrorPtr,)),
    "rs_auth_status_name": (c_char_p, (c_int32,)),
    "rs_auth_options_new": (OptionsPtr, ()),
    "rs_auth_options_set_timeout_ms": (c_int32, (OptionsPtr, c_uint64)),
    "rs_auth_options_set_accepted_kinds": (c_int32, (OptionsPtr, c_uint32)),
    "rs_auth_options_set_log_callback": (c_int32, (OptionsPtr, LogCallback, c_int32, c_void_p)),
    "rs_auth_options_set_event_callback": (c_int32, (OptionsPtr, EventCallback, c_void_p)),
    "rs_auth_options_set_cancel_token": (c_int32, (OptionsPtr, CancelTokenPtr)),
    "rs_auth_options_set_cache": (c_int32, (OptionsPtr, c_int32)),
    "rs_auth_options_set_host_keys": (c_int32, (OptionsPtr, POINTER(c_char_p), c_size_t)),
    "rs_auth_options_set_cache_scope": (c_int32, (OptionsPtr, c_char_p)),
    "rs_auth_options_free": (None, (OptionsPtr,)),
    "rs_auth_cancel_token_new": (CancelTokenPtr, ()),
    "rs_auth_cancel_token_cancel": (None, (CancelTokenPtr,)),
    "rs_auth_cancel_token_free": (None, (CancelTokenPtr,)),
    "rs_auth_event_kind": (c_int32, (EventPtr,)),
    "rs_auth_event_text": _EVENT_TEXT,
    "rs_auth_event_url": _EVENT_TEXT,
    "rs_auth_event_code": _EVENT_TEXT,
    "rs_auth_event_choice_count": (c_size_t, (EventPtr,)),
    "rs_auth_event_choice": (c_char_p, (EventPtr, c_size_t)),
    "rs_auth_event_answer": (c_int32, (EventPtr, c_char_p)),
    "rs_auth_options_add_plugin": (c_int32, (OptionsPtr, c_char_p, PluginCallback, c_void_p)),
    "rs_auth_plugin_request_get": (c_char_p, (PluginRequestPtr, c_char_p)),
    "rs_auth_plugin_reply_set_saml_response": (c_int32, (PluginReplyPtr, c_char_p)),
    "rs_auth_plugin_reply_set_web_identity_token": (c_int32, (PluginReplyPtr, c_char_p)),
    "rs_auth_plugin_reply_set_native_token": (c_int32, (PluginReplyPtr, c_char_p, c_char_p, c_char_p, c_int64)),
    "rs_auth_plugin_reply_set_aws_keys": (c_int32, (PluginReplyPtr, c_char_p, c_char_p, c_char_p, c_int64)),
    "rs_auth_plugin_reply_set_error": (c_int32, (PluginReplyPtr, c_int32, c_char_p)),
    "rs_auth_explain": (c_int32, (_Kv, c_size_t, OptionsPtr, POINTER(StringPtr), _OutError)),
    "rs_auth_doctor": (c_int32, (_Kv, c_size_t, OptionsPtr, POINTER(StringPtr), _OutError)),
    "rs_auth_string_free": (None, (StringPtr,)),
    "rs_auth_catalogue_json": (c_char_p, ()),
    "rs_auth_plugin_count": (c_size_t, ()),
    "rs_auth_plugin_name": (c_char_p, (c_size_t,)),
    "rs_auth_forget": (c_int32, (_Kv, c_size_t, OptionsPtr, _OutError)),
    "rs_auth_forget_all": (c_int32, (_OutError,)),
    "rs_auth_abi_version": (c_uint32, ()),
    "rs_auth_version": (c_char_p, ()),
}
