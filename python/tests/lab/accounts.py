"""Who can sign in to the identity providers, and what these say about them."""

from __future__ import annotations

from ..moto_server import ACCOUNT, role_arn

#: Names of attributes as AWS and Redshift define them.
_AWS = "https://aws.amazon.com/SAML/Attributes/"
_REDSHIFT = "https://redshift.amazon.com/SAML/Attributes/"

#: The service provider that AWS is to identity providers, and where assertions for it go.
SERVICE_PROVIDER = "urn:amazon:webservices"
CONSUMER = "https://signin.aws.amazon.com/saml"

#: The client of OAuth that a driver is there, and the scope that it asks for. It has no secret, but PKCE (RFC 8252).
CLIENT = "warehouse-driver"
SCOPE = "jdbc_login"

#: How long AWS' keys live that alice's assertion leads to, in seconds.
SESSION_DURATION = 1800
#: In the assertion of bob, in this order.
BOBS_ROLES = [role_arn("second"), role_arn("analyst")]


def password(user: str) -> str:
    """With the characters that forms, connection strings and URLs have to escape."""
    return f"{user} pass+&=%;{{x}}"


def attributes(provider: str) -> dict[str, dict[str, list[str]]]:
    """Attributes of each user at the identity provider of this name."""
    arn = f"arn:aws:iam::{ACCOUNT}:saml-provider/{provider}"
    return {
        "alice": {
            _AWS + "Role": [f"{role_arn('analyst')},{arn}"],
            _AWS + "RoleSessionName": ["alice@example.com"],
            _AWS + "SessionDuration": [str(SESSION_DURATION)],
            _REDSHIFT + "DbUser": ["alice"],
            _REDSHIFT + "AutoCreate": ["true"],
            _REDSHIFT + "DbGroups": ["analysts", "readers"],
        },
        # Two roles, the provider first. moto answers a 500 to such an assertion.
        "bob": {
            _AWS + "Role": [f"{arn},{role}" for role in BOBS_ROLES],
            _AWS + "RoleSessionName": ["bob@example.com"],
        },
        # May sign in, and has no role.
        "carol": {_AWS + "RoleSessionName": ["carol@example.com"]},
    }
