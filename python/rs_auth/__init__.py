"""Login for Amazon Redshift: IAM, identity providers and native tokens, by the librs_auth C library.

>>> import rs_auth
>>> with rs_auth.login("ClusterId=c1;Region=us-east-1;DbUser=alice;Profile=dev") as found:
...     connect(host=found.host, port=found.port, user=found.user, password=found.password)
"""

from ._library import LibraryNotFoundError, load
from ._text import Dsn, DsnValue
from .calls import (
    abi_version,
    aws_credentials,
    catalogue,
    doctor,
    explain,
    forget,
    forget_all,
    init,
    login,
    merge,
    parse_connection_string,
    plugins,
    read_auth_profile,
    version,
    wants_login,
)
from .credentials import Credentials, Dialect, Kind
from .errors import AuthError, Status
from .events import Event, EventKind, EventReply
from .host_plugin import (
    AwsKeys,
    HostPlugin,
    NativeToken,
    PluginFailure,
    PluginReply,
    PluginRequest,
    SamlResponse,
    WebIdentityToken,
)
from .options import CachePolicy, CancelToken, EventFunction, LogFunction, LogLevel, Options

__all__ = [
    "AuthError",
    "AwsKeys",
    "CachePolicy",
    "CancelToken",
    "Credentials",
    "Dialect",
    "Dsn",
    "DsnValue",
    "Event",
    "EventFunction",
    "EventKind",
    "EventReply",
    "HostPlugin",
    "Kind",
    "LibraryNotFoundError",
    "LogFunction",
    "LogLevel",
    "NativeToken",
    "Options",
    "PluginFailure",
    "PluginReply",
    "PluginRequest",
    "SamlResponse",
    "Status",
    "WebIdentityToken",
    "abi_version",
    "aws_credentials",
    "catalogue",
    "doctor",
    "explain",
    "forget",
    "forget_all",
    "init",
    "load",
    "login",
    "merge",
    "parse_connection_string",
    "plugins",
    "read_auth_profile",
    "version",
    "wants_login",
]
