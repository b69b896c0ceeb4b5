"""A browser for programs that start one: signs in at the sandbox's first form, and follows the way back.

Run as `python scripted_browser.py URL`. The host of the URL is that of AWS; `SANDBOX_URL` leads it to the sandbox."""

from __future__ import annotations

import os
import ssl
import sys
import urllib.parse
import urllib.request
from html.parser import HTMLParser


class Form(HTMLParser):
    """The first form of a page: where it goes, and its fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.action:
            self.action = values["action"]
        elif tag == "input" and values.get("name"):
            self.fields[values["name"]] = values.get("value", "")


def browse(url: str, typed: dict[str, str]) -> None:
    """Opens the page, types into its forms and posts them until there is none."""
    sandbox, ca_file = os.environ["SANDBOX_URL"], os.environ["SANDBOX_CA_FILE"]
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca_file)),
    )
    parts = urllib.parse.urlsplit(url)
    where = urllib.parse.urlunsplit((*urllib.parse.urlsplit(sandbox)[:2], *parts[2:]))
    data = None
    while True:
        with opener.open(where, data, timeout=10) as answer:
            where, page = answer.url, answer.read().decode()
        form = Form(page)
        if not form.action:
            return
        where = urllib.parse.urljoin(where, form.action)
        fields = {**form.fields, **{name: text for name, text in typed.items() if name in form.fields}}
        data = urllib.parse.urlencode(fields).encode()


if __name__ == "__main__":
    browse(sys.argv[1], {"username": os.environ["SANDBOX_USER"], "password": os.environ["SANDBOX_PASSWORD"]})
