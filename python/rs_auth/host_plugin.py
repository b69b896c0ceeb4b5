"""Login methods of the host's own, written in Python."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime
from typing import Callable, Union

from ._abi import PluginReplyPtr, PluginRequestPtr
from ._library import library
from ._text import from_c, optional_to_c, to_c
from .errors import Status

_numbers = itertools.count(1)


class PluginRequest:
    """What a host plugin is asked. Valid while the plugin's function runs."""

    def __init__(self, pointer: PluginRequestPtr) -> None:
        """For the package itself."""
        self._pointer: PluginRequestPtr | None = pointer

    def get(self, key: str) -> str | None:
        """The value of any key of the DSN, in any spelling, also of keys that the library does not know."""
        if self._pointer is None:
            raise ValueError("a plugin request is valid only inside the plugin's function")
        return from_c(library().rs_auth_plugin_request_get(self._pointer, to_c(key, "a DSN key")))

    def _close(self) -> None:
        self._pointer = None


@dataclass(frozen=True)
class SamlResponse:
    """A SAML response for AssumeRoleWithSAML."""

    base64: str = field(repr=False)


@dataclass(frozen=True)
class WebIdentityToken:
    """A JWT for AssumeRoleWithWebIdentity."""

    jwt: str = field(repr=False)


@dataclass(frozen=True)
class NativeToken:
    """A token for the database server itself."""

    token: str = field(repr=False)
    token_type: str | None = None
    idp_type: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class AwsKeys:
    """AWS keys."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True)
class PluginFailure:
    """The plugin's own refusal; the call raises AuthError with it."""

    status: Status
    message: str


#: What a plugin's function returns.
PluginReply = Union[SamlResponse, WebIdentityToken, NativeToken, AwsKeys, PluginFailure]


@dataclass(frozen=True)
class HostPlugin:
    """A login method of the host's own: `plugin_name=<name>` in a DSN calls `function`.

    What it yields is cached for this very object: make it once, not for each login."""

    name: str
    function: Callable[[PluginRequest], PluginReply]
    # Stands for the function as `user_data`. Numbers are not used again, so that no cached identity is mistaken for
    # another one's, as could happen with addresses.
    number: int = field(default_factory=lambda: next(_numbers), init=False, repr=False)


def give_reply(pointer: PluginReplyPtr, reply: PluginReply) -> None:
    """Hands the reply to the library."""
    lib = library()
    if isinstance(reply, SamlResponse):
        status = lib.rs_auth_plugin_reply_set_saml_response(pointer, to_c(reply.base64, "a SAML response"))
    elif isinstance(reply, WebIdentityToken):
        status = lib.rs_auth_plugin_reply_set_web_identity_token(pointer, to_c(reply.jwt, "a web identity token"))
    elif isinstance(reply, NativeToken):
        status = lib.rs_auth_plugin_reply_set_native_token(
            pointer,
            to_c(reply.token, "a token"),
            optional_to_c(reply.token_type, "a token type"),
            optional_to_c(reply.idp_type, "an identity provider type"),
            _unix_ms(reply.expires_at),
        )
    elif isinstance(reply, AwsKeys):
        status = lib.rs_auth_plugin_reply_set_aws_keys(
            pointer,
            to_c(reply.access_key_id, "an access key id"),
            to_c(reply.secret_access_key, "a secret access key"),
            optional_to_c(reply.session_token, "a session token"),
            _unix_ms(reply.expires_at),
        )
    elif isinstance(reply, PluginFailure):
        status = lib.rs_auth_plugin_reply_set_error(pointer, reply.status, to_c(reply.message, "a message"))
    else:
        raise TypeError(f"a plugin returns one of the reply types, not {type(reply).__name__}")
    if status != Status.OK:
        raise ValueError(f"the library did not take the plugin's reply: {Status(status).name}")


def _unix_ms(moment: datetime | None) -> int:
    return -1 if moment is None else round(moment.timestamp() * 1000)
