"""The Python side of events, plugins and logging by itself, against a small library that only plays callbacks."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from rs_auth import _abi

SOURCE = Path(__file__).with_name("fake_library.c")


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small library, with a stub for every function that it does not play."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler")
    directory = tmp_path_factory.mktemp("fake")
    played = SOURCE.read_text(encoding="utf-8")
    known = set(re.findall(r"\b(rs_auth_\w+)\(", played))
    known |= {f"rs_auth_plugin_reply_set_{name}" for name in re.findall(r"^REPLY\((\w+)", played, flags=re.MULTILINE)}
    stubs = [f"void *{name}(void) {{ return 0; }}" for name in _abi.FUNCTIONS if name not in known]
    (directory / "fake.c").write_text(played + "\n".join(stubs) + "\n", encoding="utf-8")
    made = directory / "fake.so"
    subprocess.run([compiler, "-w", "-shared", "-fPIC", "-o", str(made), str(directory / "fake.c")], check=True)
    return made


def run(fake: Path, program: str) -> list[str]:
    """The lines that a program prints. `play(what, **options)` logs in and tells what the library saw."""
    head = f"""
    import logging
    from datetime import datetime, timezone
    import rs_auth
    from rs_auth import *
    load({str(fake)!r})
    def play(what, dsn=(), **options):
        try:
            with login([("play", what), *dsn], **options) as found:
                print(found.user)
        except Exception as error:
            print(f"{{type(error).__name__}}: {{error}}")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(head) + textwrap.dedent(program)],
        env={"PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_events_as_the_function_sees_them(fake: Path) -> None:
    program = """
    def show(event):
        print(event.kind.name, event.text, event.url, event.code, event.choices)
    for what in ("device", "otp", "role", "newer"):
        play(what, on_event=show)
    """
    assert run(fake, program) == [
        "DEVICE_CODE Open the page https://idp/device ABCD-1234 ()",
        "0 ",
        "ASK_OTP Code? None None ()",
        "0 ",
        "PICK_ROLE Which role? None None ('arn:b', 'arn:a')",
        "0 ",
        "UNKNOWN_99 None None None ()",
        "0 ",
    ]


def test_what_an_event_function_may_return(fake: Path) -> None:
    program = """
    play("otp")
    play("otp", on_event=lambda event: "123456")
    play("role", on_event=lambda event: event.choices[1])
    play("device", on_event=lambda event: EventReply.HANDLED)
    play("device", on_event=lambda event: EventReply.USE_DEFAULT)
    play("device", on_event=lambda event: EventReply.ABORT)
    """
    assert run(fake, program) == [
        "0 ",
        "1 123456",
        "1 arn:a",
        "1 ",
        "0 ",
        "AuthError: CANCELLED: ended by the callback",
    ]


def test_what_an_event_function_may_not_do(fake: Path) -> None:
    program = """
    play("role", on_event=lambda event: "arn:secret-answer")
    play("otp", on_event=lambda event: 17)
    play("otp", on_event=lambda event: "12\\0" + "3")
    play("otp", on_event=lambda event: {}["raised"])
    """
    lines = run(fake, program)
    assert lines == [
        "ValueError: PICK_ROLE does not take this answer: INVALID_ARGUMENT",
        "ValueError: 17 is not a valid EventReply",
        "ValueError: an answer contains a NUL character",
        "KeyError: 'raised'",
    ]


def test_plugins_of_the_host(fake: Path) -> None:
    program = """
    moment = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=timezone.utc)
    replies = [
        SamlResponse("PHNhbWw+"),
        WebIdentityToken("a.b.c"),
        NativeToken("token"),
        NativeToken("token", "EXT_JWT", "Okta", moment),
        AwsKeys("AKIA", "secret"),
        AwsKeys("ASIA", "secret", "session", moment),
        PluginFailure(Status.IDP_REJECTED, "no"),
    ]
    for reply in replies:
        plugin = HostPlugin("Mine", lambda request: reply)
        play("plugin", options=Options(plugins=[plugin]))
    print(replies[1], replies[5])
    requests = []
    def ask(request):
        requests.append(request)
        return SamlResponse(f"{request.get('colour')} {request.get('nothing')}")
    play("plugin", [("colour", "blue")], options=Options(plugins=[HostPlugin("Mine", ask)]))
    try:
        requests[0].get("colour")
    except ValueError as error:
        print(error)
    """
    assert run(fake, program) == [
        "0 Mine saml PHNhbWw+",
        "0 Mine jwt a.b.c",
        "0 Mine native token - - -1",
        "0 Mine native token EXT_JWT Okta 1767323045678",
        "0 Mine keys AKIA secret - -1",
        "0 Mine keys ASIA secret session 1767323045678",
        "0 Mine error 300 no",
        "WebIdentityToken() AwsKeys(access_key_id='ASIA', expires_at="
        "datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.timezone.utc))",
        "0 Mine saml blue None",
        "a plugin request is valid only inside the plugin's function",
    ]


def test_plugins_that_fail(fake: Path) -> None:
    program = """
    def play_plugin(function):
        play("plugin", options=Options(plugins=[HostPlugin("Mine", function)]))
    play_plugin(lambda request: {}["raised"])
    play_plugin(lambda request: None)
    play_plugin(lambda request: login([("play", "otp")]))
    """
    assert run(fake, program) == [
        "KeyError: 'raised'",
        "TypeError: a plugin returns one of the reply types, not NoneType",
        "AuthError: BUSY: This is a login from inside a callback of another one.",
    ]


def test_a_plugin_keeps_its_identity_and_no_two_share_one(fake: Path) -> None:
    program = """
    first, second = HostPlugin("Mine", print), HostPlugin("Mine", print)
    print(first.number == first.number, first.number != second.number)
    """
    assert run(fake, program) == ["True True"]


def test_log_levels(fake: Path) -> None:
    program = """
    logger = logging.getLogger("tests")
    logger.setLevel(1)
    class Show(logging.Handler):
        def emit(self, record):
            print(record.levelno, record.getMessage())
    logger.addHandler(Show())
    play("log", log=logger)
    play("log", log=lambda level, target, message: print(level.name, target, message))
    """
    lines = run(fake, program)
    assert lines[:5] == [f"{level} target: Grüße" for level in (40, 30, 20, 10, 5)]
    assert lines[6:11] == [f"{name} target Grüße" for name in ("ERROR", "WARN", "INFO", "DEBUG", "TRACE")]
