"""The DevTools protocol (https://chromedevtools.github.io/devtools-protocol/) over the pipes of
`--remote-debugging-pipe`: JSON with a zero byte after each message."""

from __future__ import annotations

import json
import os
import select
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: For one answer of the browser, on a machine that is busy.
PATIENCE = 15.0


class Refused(Exception):
    """The browser says that it cannot do this, which may be a matter of time: the page may just be going away."""


class DevTools:
    """Both pipes, by name, so that it does not matter who starts the browser. `events` is what it has told so far."""

    def __init__(self, directory: Path) -> None:
        self.browser_reads, self.browser_writes = directory / "commands", directory / "events"
        for pipe in (self.browser_reads, self.browser_writes):
            os.mkfifo(pipe)
        # For both ways: opening does not wait for the browser then.
        self._commands = os.open(self.browser_reads, os.O_RDWR | os.O_CLOEXEC)
        self._answers = os.open(self.browser_writes, os.O_RDWR | os.O_CLOEXEC)
        self._received = b""
        self._last = 0
        self.events: list[dict[str, Any]] = []

    def close(self) -> None:
        """A browser that still runs ends with its pipes."""
        os.close(self._commands)
        os.close(self._answers)

    def call(self, method: str, session: str | None = None, **parameters: Any) -> Any:
        """Asks for something, and waits for the result."""
        number = self.send(method, session, **parameters)
        deadline = time.monotonic() + PATIENCE
        while True:
            for message in self._messages(deadline):
                if message.get("id") == number:
                    if "error" in message:
                        raise Refused(f"{method}: {message['error']}")
                    return message["result"]

    def send(self, method: str, session: str | None = None, **parameters: Any) -> int:
        """Asks for something."""
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        return self._last

    def until(self, what: str, condition: Callable[[], Any]) -> Any:
        """Waits for events until the condition holds, and returns what it said. It is looked at again without an event
        too: not everything that happens in a page is one."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                if found := condition():
                    return found
            except Refused:
                pass
            if time.monotonic() > deadline:
                raise TimeoutError(f"the browser did not come to this: {what}")
            self._messages(min(deadline, time.monotonic() + 0.1), must_come=False)

    def _messages(self, deadline: float, *, must_come: bool = True) -> list[dict[str, Any]]:
        """What comes next. Events are kept."""
        if not select.select([self._answers], [], [], max(0.0, deadline - time.monotonic()))[0]:
            if must_come:
                raise TimeoutError("the browser does not answer")
            return []
        *complete, self._received = (self._received + os.read(self._answers, 1 << 20)).split(b"\0")
        messages: list[dict[str, Any]] = [json.loads(text) for text in complete]
        self.events += [message for message in messages if "method" in message]
        return messages
