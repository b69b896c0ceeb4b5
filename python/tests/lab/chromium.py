"""Chromium, from Debian, headless: what a person sees and does in the browser that the library starts."""

from __future__ import annotations

import base64
import hashlib
import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from .devtools import DevTools
from .server import program

_FLAGS = [
    "--headless",
    "--remote-debugging-pipe",
    # Root may not start it with its sandbox, and where the tests run there is often no room in /dev/shm.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Pages of identity providers want styles and fonts of the internet.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    "--no-proxy-server",
]


class Chromium:
    """A program that opens a URL, as `command` names it; and whoever sits in front of what it opens."""

    def __init__(self, directory: Path, *trusted: Path) -> None:
        directory.mkdir()
        self._started_with = directory / "started_with"
        self._devtools = DevTools(directory)
        flags = [*_FLAGS, f"--user-data-dir={directory / 'profile'}"]
        flags += ["--ignore-certificate-errors-spki-list=" + ",".join(map(_public_key_hash, trusted))]
        command = directory / "browser"
        command.write_text(
            "#!/bin/sh\n"
            f'printf "%s\\n" "$1" >> {shlex.quote(str(self._started_with))}\n'
            f'exec {shlex.quote(program("chromium"))} {shlex.join(flags)} "$1" \\\n'
            f"  3< {shlex.quote(str(self._devtools.browser_reads))}"
            f" 4> {shlex.quote(str(self._devtools.browser_writes))}\n"
        )
        command.chmod(0o755)
        self.command = str(command)

    def close(self) -> None:
        """Ends a browser that is still there."""
        self._devtools.close()

    def started_with(self) -> list[str]:
        """The URLs that it was started with."""
        return self._started_with.read_text().splitlines() if self._started_with.exists() else []

    @contextmanager
    def window(self) -> Iterator[Window]:
        """The window that opens with the browser, which ends with it."""
        browser = self._devtools
        attach = {"autoAttach": True, "waitForDebuggerOnStart": False, "flatten": True}
        browser.call("Target.setAutoAttach", None, **attach)
        yield Window(browser, _attached(browser))
        browser.call("Browser.close")


class Window:
    """A page as a person sees it."""

    def __init__(self, browser: DevTools, session: str) -> None:
        self._browser, self._session = browser, session
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> Any:
        """A call of the DevTools protocol for this page."""
        return self._browser.call(method, self._session, **parameters)

    def ask(self, expression: str) -> Any:
        """The value of an expression in JavaScript, in the page that is shown."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise ValueError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def until(self, expression: str) -> Any:
        """Waits until the expression is true of the page that is shown, and complete."""
        complete = f"document.readyState === 'complete' && Boolean({expression})"
        try:
            return self._browser.until(expression, lambda: self.ask(complete))
        except TimeoutError as late:
            seen = self.ask("location.href + '\\n' + document.documentElement.innerText")
            raise TimeoutError(f"{late}; it shows {seen}") from None

    def until_at(self, start: str) -> None:
        """Waits for a page whose URL begins like this."""
        self.until(f"location.href.startsWith({json.dumps(start)})")

    def open(self, url: str) -> None:
        """Types a URL."""
        self.call("Page.navigate", url=url)
        self.until_at(url)

    def another(self, url: str) -> Window:
        """Another tab of the same browser, at this URL."""
        tab = self._browser.call("Target.createTarget", url="about:blank")["targetId"]
        window = Window(self._browser, _attached(self._browser, tab))
        window.open(url)
        return window

    def type(self, **fields: str) -> None:
        """Types into fields of a form, by their names, instead of what is there."""
        for name, text in fields.items():
            field = f'input[name="{name}"]'
            self.until(f"document.querySelector({json.dumps(field)})")
            self.ask(f"document.querySelector({json.dumps(field)}).select()")
            self.call("Input.insertText", text=text)

    def click(self, selector: str = "form [type=submit]") -> None:
        """Clicks at the first element of that kind, and waits for the page that comes next."""
        element = f"document.querySelector({json.dumps(selector)})"
        self.until(element)
        middle = "{x: box.x + box.width / 2, y: box.y + box.height / 2}"
        place = self.ask(
            f"(element => {{ element.scrollIntoView({{block: 'center', behavior: 'instant'}});"
            f" const box = element.getBoundingClientRect(); return {middle}; }})({element})"
        )
        seen = len(self._pages())
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)
        self._browser.until(f"the page behind {selector}", lambda: len(self._pages()) > seen)

    def look(self, width: int, height: int, *, dark: bool = False, phone: bool = False) -> None:
        """Looks at the page with another screen, and with the colours that the person likes."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        screen = {"width": width, "height": height, "deviceScaleFactor": 2 if phone else 1, "mobile": phone}
        self.call("Emulation.setDeviceMetricsOverride", **screen)

    def picture(self, path: Path) -> None:
        """Writes what is seen, as PNG."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def requests_of(self, start: str) -> list[tuple[str, str]]:
        """Methods and URLs of what pages asked for whose own URLs begin like this, and of the requests for them."""
        sent = [event for event in self._events("Network.requestWillBeSent") if event["documentURL"].startswith(start)]
        return [(event["request"]["method"], event["request"]["url"]) for event in sent]

    def complaints_since(self, start: str) -> list[str]:
        """What the console says since the first request for a page whose URL begins like this: failed requests (not of
        pages before it, whose icons may be late), violated policies, exceptions."""
        sent = self._events("Network.requestWillBeSent")
        since = next(event["wallTime"] * 1000 for event in sent if event["documentURL"].startswith(start))
        entries = [event["entry"] for event in self._events("Log.entryAdded")]
        about = [entry for entry in entries if entry["source"] != "network" or entry["url"].startswith(start)]
        said = [(entry["timestamp"], f"{entry['source']}: {entry['text']}") for entry in about]
        for kind in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
            said += [(event["timestamp"], json.dumps(event)) for event in self._events(kind)]
        return [complaint for time, complaint in said if time >= since]

    def _events(self, method: str) -> list[dict[str, Any]]:
        mine = (event for event in self._browser.events if event.get("sessionId") == self._session)
        return [event["params"] for event in mine if event["method"] == method]

    def _pages(self) -> list[str]:
        """Pages that were shown, in their order."""
        frames = [event["frame"] for event in self._events("Page.frameNavigated")]
        return [frame["url"] for frame in frames if "parentId" not in frame]


def _attached(browser: DevTools, target: str | None = None) -> str:
    """The session of that tab, or of the first."""

    def session() -> str | None:
        for event in browser.events:
            if event["method"] == "Target.attachedToTarget":
                told = event["params"]
                if told["targetInfo"]["type"] == "page" and target in (None, told["targetInfo"]["targetId"]):
                    return str(told["sessionId"])
        return None

    return str(browser.until("a window", session))


def _public_key_hash(certificate: Path) -> str:
    """By which Chromium knows a certificate that no authority of the system vouches for."""
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    public = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(public).digest()).decode()
