"""What a login would do, and the catalogue with a dialog that is made of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import rs_auth

from .sandbox import Sandbox

ROOT = Path(__file__).parents[2]


def test_a_dsn_is_explained_and_nothing_is_sent(sandbox: Sandbox) -> None:
    dsn = sandbox.dsn(Prot="5439")
    report = rs_auth.explain(dsn)
    assert (report["ready"], report["errors"], report["method"]["name"]) == (True, [], "Static")
    assert report["unknown_keys"] == [{"key": "Prot", "nearest": "Port"}]
    assert [request["operation"] for request in report["requests"]] == ["GetClusterCredentials"]
    assert sandbox.requests() == []
    assert dsn["SecretAccessKey"] not in str(report)
    rs_auth.login(dsn).close()
    assert [record.operation for record in sandbox.requests()] == ["GetClusterCredentials"]


def test_a_broken_dsn_is_explained_too() -> None:
    report = rs_auth.explain({"plugin_name": "Otka"})
    assert (report["ready"], report["method"]) == (False, None)
    assert report["errors"][0]["status"] == rs_auth.Status.UNKNOWN_PLUGIN
    with pytest.raises(rs_auth.AuthError) as failure:
        rs_auth.login({"plugin_name": "Otka"})
    assert str(report["errors"][0]["message"]) in str(failure.value)


def test_a_data_source_is_named_as_the_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ini = tmp_path / "odbc.ini"
    ini.write_text("[sales]\nHost=h.example\n", encoding="utf-8")
    monkeypatch.setenv("ODBCINI", str(ini))
    settings = {entry["key"]: entry for entry in rs_auth.explain({"DSN": "sales"})["settings"]}
    source = settings["Host"]["source"]
    assert (source["kind"], source["file"], source["section"]) == ("odbc_ini", str(ini), "sales")


def steps(report: dict[str, Any]) -> dict[str, Any]:
    """The first step of each kind."""
    return {step["id"].split(" ")[0]: step for step in reversed(report["steps"])}


def test_a_dsn_is_examined(sandbox: Sandbox) -> None:
    # Of the database there is no more than its port, and that is closed.
    dsn = sandbox.dsn(vpc_endpoint_url="127.0.0.1", Port="1")
    report = rs_auth.doctor(dsn)
    assert (report["ok"], report["cause"]["step"]) == (False, "database_tcp 127.0.0.1:1")
    assert (steps(report)["login"]["result"], steps(report)["redshift"]["result"]) == ("pass", "pass")
    assert dsn["SecretAccessKey"] not in str(report)
    dsn["SecretAccessKey"] = "wrong"
    report = rs_auth.doctor(dsn, options=rs_auth.Options(timeout=10))
    assert (report["limit_ms"], steps(report)["login"]["result"]) == (10_000, "fail")
    assert steps(report)["login"]["error"]["status"] == rs_auth.Status.ACCESS_DENIED


def test_an_examination_can_be_cancelled(sandbox: Sandbox) -> None:
    token = rs_auth.CancelToken()
    token.cancel()
    with pytest.raises(rs_auth.AuthError) as failure:
        rs_auth.doctor(sandbox.dsn(), options=rs_auth.Options(cancel=token))
    assert failure.value.status == rs_auth.Status.CANCELLED
    assert sandbox.requests() == []


class Dialog(HTMLParser):
    """The fields of the page, and what labels and describes them."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, dict[str, str | None]] = {}
        self.labelled: set[str | None] = set()
        self.ids: list[str | None] = []
        self.linked: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "label":
            self.labelled.add(given["for"])
        if tag in ("input", "select") and given.get("name"):
            self.fields[str(given["name"])] = given
        self.linked.extend(given[name] for name in ("src", "href") if name in given)


@pytest.fixture(scope="module")
def page() -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python"), "RS_AUTH_LIBRARY": os.environ["RS_AUTH_LIBRARY"]}
    program = [sys.executable, str(ROOT / "examples/dsn_dialog.py")]
    return subprocess.run(program, env=environment, check=True, capture_output=True, text=True, timeout=60).stdout


def test_the_dialog_has_each_plugins_keys(page: str) -> None:
    dialog = Dialog()
    dialog.feed(page)
    catalogue: dict[str, Any] = rs_auth.catalogue()
    by_name = {key["name"]: key for key in catalogue["keys"]}
    assert len(catalogue["plugins"]) == len(rs_auth.plugins())
    for plugin in catalogue["plugins"]:
        assert f'<option value="{plugin["name"]}">' in page
        for key in [*plugin["required"], *plugin["optional"]]:
            if by_name[key]["type"] == "plugin":
                continue
            field = dialog.fields[key]
            assert field["id"] in dialog.labelled, key
            assert field["aria-describedby"] in dialog.ids, key
            assert (field.get("type") == "password") == by_name[key]["secret"], key
    assert len(dialog.ids) == len(set(dialog.ids))
    port = dialog.fields["Port"]
    assert (port["type"], port["min"], port["max"], port["placeholder"]) == ("number", "1", "65535", "5439")


def test_the_dialog_stands_alone(page: str) -> None:
    dialog = Dialog()
    dialog.feed(page)
    assert dialog.linked == []
    assert not re.search(r"https?://(?!…)[a-z]", re.sub(r"<p id=.*?</p>", "", page))
    assert '<html lang="en">' in page


def test_keys_and_plugins_say_the_same_of_each_other() -> None:
    catalogue = rs_auth.catalogue()
    for key in catalogue["keys"]:
        requiring = [plugin["name"] for plugin in catalogue["plugins"] if key["name"] in plugin["required"]]
        assert key["required_by"] == requiring, key["name"]
        assert key["group"] in [group["name"] for group in catalogue["groups"]]
    okta = next(plugin for plugin in catalogue["plugins"] if plugin["name"] == "Okta")
    assert okta["required"] == ["UID", "PWD", "idp_host", "app_id"]
    assert "totp_secret" in okta["optional"]
    assert "login_url" not in okta["optional"]
