"""The sandbox's identity providers, asked by clients that nobody here wrote: the official Python driver logs in through
them, and Beautiful Soup reads their pages in every shape as a browser would."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from configparser import ConfigParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from bs4 import BeautifulSoup, Tag
from redshift_connector.error import InterfaceError
from redshift_connector.redshift_property import RedshiftProperty

from .sandbox import Sandbox
from .test_sandbox_fidelity import assert_credentials, log_in, official_driver, only, provisioned

__all__ = ["official_driver"]

AWS = "https://signin.aws.amazon.com"
PAGES = {
    "adfs": "/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=urn:amazon:webservices",
    "ping": "/idp/startSSO.ping?PartnerSpId=urn%3Aamazon%3Awebservices",
}
PLUGINS = {"adfs": "AdfsCredentialsProvider", "ping": "PingCredentialsProvider"}
SIGN_IN = ("SignInPage", "SignIn", "AssumeRoleWithSAML", "GetClusterCredentials")


@pytest.fixture(autouse=True)
def trust(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
    """The driver's own way to be told of an authority."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", sandbox.info["ca_file"])
    monkeypatch.setenv("AWS_DEFAULT_REGION", sandbox.region)


@pytest.fixture(params=PAGES)
def provider(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def sign_in(sandbox: Sandbox, provider: str, user: str = "alice", **properties: Any) -> RedshiftProperty:
    """A login of the official driver."""
    given = {
        **provisioned(sandbox),
        "credentials_provider": PLUGINS[provider],
        "idp_host": "127.0.0.1",
        "idpPort": urlsplit(sandbox.info["https_url"]).port,
        "user_name": user,
        "password": sandbox.info["people"].get(user, {}).get("password"),
        **properties,
    }
    return log_in(sandbox, **given)


def shape(sandbox: Sandbox, **parts: Any) -> None:
    """Pages in another shape: `page`, `assertion`, `adfs`, `ping`."""
    sandbox.change_world(identity_pages=parts)


class TestOfficialDriver:
    """It logs in, and what it sent is looked at."""

    def test_password(self, sandbox: Sandbox, provider: str) -> None:
        info = sign_in(sandbox, provider)
        # AutoCreate comes from the assertion.
        assert_credentials(info, "IAMA:alice")
        page, posted, assume, call = only(sandbox.requests(), *SIGN_IN)
        assert (page.service, posted.service) == (provider, provider)
        assert posted.headers["content-type"] == "application/x-www-form-urlencoded"
        user, password = {"adfs": ("UserName", "Password"), "ping": ("pf.username", "pf.pass")}[provider]
        assert posted.parameters[user] == "alice"
        assert posted.parameters[password] == sandbox.info["people"]["alice"]["password"]
        assert assume.signed_by is None
        assert assume.parameters["RoleArn"] == sandbox.info["roles"]["sandbox-role"]
        assert call.parameters["DbUser"] == "alice"
        assert call.parameters["AutoCreate"] == "true"

    def test_ready_dsn(self, sandbox: Sandbox, provider: str) -> None:
        """What the DSN of this provider says is what it takes to log in."""
        files = ConfigParser(interpolation=None)
        files.read(sandbox.info["odbc_ini"])
        dsn = files[f"sandbox-{provider}"]
        assert dsn["plugin_name"].lower() == provider
        given = {"user": dsn["UID"], "password": dsn["PWD"], "idp_host": dsn["idp_host"], "idpPort": dsn["idp_port"]}
        assert_credentials(sign_in(sandbox, provider, **given, db_user=None), "IAMA:alice")

    def test_password_of_awkward_characters(self, sandbox: Sandbox, provider: str) -> None:
        role = sandbox.info["roles"]["sandbox-long-role"]
        assert_credentials(sign_in(sandbox, provider, "bob", preferred_role=role), "IAM:alice")
        assert sandbox.requests()[2].parameters["RoleArn"] == role

    @pytest.mark.parametrize("user", ["alice", "nobody", "locked", "expired", "unenrolled", "totp", "push"])
    def test_refused(self, sandbox: Sandbox, provider: str, user: str) -> None:
        password = {"password": "wrong"} if user in ("alice", "nobody") else {}
        with pytest.raises(InterfaceError, match="Failed to get SAML assertion"):
            sign_in(sandbox, provider, user, **password)
        only(sandbox.requests(), "SignInPage", "SignIn")

    def test_no_role(self, sandbox: Sandbox, provider: str) -> None:
        with pytest.raises(InterfaceError, match="No roles were found in SAML assertion"):
            sign_in(sandbox, provider, "carol")
        only(sandbox.requests(), "SignInPage", "SignIn")

    def test_unknown_relying_party(self, sandbox: Sandbox, provider: str) -> None:
        party = {"adfs": {"login_to_rp": "urn:other"}, "ping": {"partner_sp_id": "urn:other"}}[provider]
        with pytest.raises(InterfaceError, match="Failed to get SAML assertion"):
            sign_in(sandbox, provider, **party)
        # It posts to the error page of AD FS what it knows; of Ping it wants the fields first.
        assert sandbox.calls() == {"adfs": ["SignInPage", "SignIn"], "ping": ["SignInPage"]}[provider]

    @pytest.mark.parametrize(
        "page",
        [
            {"quoting": "single"},
            {"quoting": "none"},
            {"attribute_order": "value_first"},
            {"upper_case_tags": True},
            {"entities_in_values": True},
            {"entities_in_action": True},
            {"action": "absent"},
            {"css_braces": True},
            {"across_lines": True},
        ],
        ids=str,
    )
    def test_shapes_of_pages(self, sandbox: Sandbox, provider: str, page: dict[str, Any]) -> None:
        shape(sandbox, page=page)
        assert_credentials(sign_in(sandbox, provider), "IAMA:alice")

    @pytest.mark.parametrize(
        "page",
        [
            {"action": "absolute"},
            {"action": "relative"},
            {"action": "other_host"},
            {"action": "plain_http"},
            {"several_forms": True},
        ],
        ids=str,
    )
    def test_shapes_that_it_gets_wrong(self, sandbox: Sandbox, provider: str, page: dict[str, Any]) -> None:
        """It takes an action that is no path for none, and inputs of all forms for one form's."""
        shape(sandbox, page=page)
        with pytest.raises(InterfaceError, match="Failed to get SAML assertion"):
            sign_in(sandbox, provider)
        _, posted = only(sandbox.requests(), "SignInPage", "SignIn")
        assert posted.status == 400

    @pytest.mark.parametrize(
        "assertion",
        [
            {"prefix": "saml2"},
            {"prefix": "none"},
            {"prefix": "odd"},
            {"order": "provider_first", "spaced_pairs": True},
            {"text": "entities"},
            {"text": "cdata"},
            {"padding_bytes": 50_000},
            {"wrapped_lines": True},
        ],
        ids=str,
    )
    def test_shapes_of_assertions(self, sandbox: Sandbox, provider: str, assertion: dict[str, Any]) -> None:
        shape(sandbox, assertion=assertion)
        info = sign_in(sandbox, provider, db_user=None)
        assert_credentials(info, "IAMA:alice")

    def test_cookies(self, sandbox: Sandbox) -> None:
        """It keeps them for Ping, which demands them, and not for AD FS, which need not."""
        sign_in(sandbox, "ping")
        assert sandbox.requests()[1].headers["cookie"].startswith("PF=")
        shape(sandbox, adfs={"cookies_required": True})
        with pytest.raises(InterfaceError, match="Failed to get SAML assertion"):
            sign_in(sandbox, "adfs")
        assert sandbox.requests()[-1].status == 400

    def test_redirects(self, sandbox: Sandbox) -> None:
        shape(sandbox, adfs={"redirects": 3, "redirect_after_sign_in": True})
        assert_credentials(sign_in(sandbox, "adfs"), "IAMA:alice")
        assert sandbox.calls()[:6] == [*["SignInPage"] * 4, "SignIn", "SignInPage"]

    def test_untrusted(self, sandbox: Sandbox, provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """The control of `trust`."""
        monkeypatch.delenv("REQUESTS_CA_BUNDLE")
        with pytest.raises(InterfaceError, match="Failed to get SAML assertion"):
            sign_in(sandbox, provider)
        assert sandbox.requests() == []
        assert_credentials(sign_in(sandbox, provider, ssl_insecure=True), "IAMA:alice")


def shapes() -> Iterator[dict[str, Any]]:
    """Each part in each variant, and all of them together."""
    for quoting, order in itertools.product(["double", "single", "none"], ["name_first", "value_first"]):
        yield {"quoting": quoting, "attribute_order": order}
    switches = ["upper_case_tags", "entities_in_values", "entities_in_action"]
    switches += ["several_forms", "css_braces", "across_lines"]
    yield from ({switch: True} for switch in switches)
    for action in ["root_relative", "absolute", "relative", "absent"]:
        yield {"action": action}
        yield {"action": action, "quoting": "none", **dict.fromkeys(switches, True)}
    yield {"action": "relative", "base_href": "/somewhere/else/"}
    yield {"action": "root_relative", "base_href": "/somewhere/else/"}


def submit(session: requests.Session, answer: requests.Response, parser: str, **typed: str) -> requests.Response:
    """Posts the form that has a password or a code in it, as a browser does (HTML, 4.10.22 form submission)."""
    page = BeautifulSoup(answer.text, parser)
    (form,) = (form for form in page.find_all("form") if form.find("input", type=["password", "text"]))
    base = page.find("base")
    target = urljoin(answer.url, str(base["href"])) if isinstance(base, Tag) else answer.url
    target = urljoin(target, str(form["action"])) if form.get("action") else answer.url
    fields = {}
    for control in form.find_all("input"):
        if control.get("name") and control["type"] not in ("checkbox", "submit"):
            fields[str(control["name"])] = str(control.get("value", ""))
    assert typed.keys() <= fields.keys()
    return session.post(target, data={**fields, **typed}, timeout=10)


@pytest.mark.parametrize("parser", ["lxml", "html.parser"])
@pytest.mark.parametrize("page", list(shapes()), ids=str)
def test_a_browser_sees_the_same_in_every_shape(
    sandbox: Sandbox, provider: str, page: dict[str, Any], parser: str
) -> None:
    shape(sandbox, page=page, adfs={"cookies_required": True})
    names = {"adfs": ("UserName", "Password", "VerificationCode"), "ping": ("pf.username", "pf.pass", "otp")}[provider]
    password = sandbox.info["people"]["sms"]["password"]
    with requests.Session() as session:
        answer = session.get(sandbox.info["https_url"] + PAGES[provider], timeout=10)
        again = submit(session, answer, parser, **{names[0]: "sms", names[1]: "wrong"})
        asked = submit(session, again, parser, **{names[0]: "sms", names[1]: password})
        done = BeautifulSoup(submit(session, asked, parser, **{names[2]: "123456"}).text, parser)
    (form,) = done.find_all("form")
    assert str(form["action"]).startswith(AWS)
    response = form.find("input", attrs={"name": "SAMLResponse"})
    assert isinstance(response, Tag)
    assume = {
        "Action": "AssumeRoleWithSAML",
        "Version": "2011-06-15",
        "RoleArn": sandbox.info["roles"]["sandbox-role"],
        "PrincipalArn": sandbox.info["saml_providers"]["sandbox-idp"]["arn"],
        "SAMLAssertion": response["value"],
    }
    assert requests.post(sandbox.url, data=assume, timeout=10).status_code == 200
