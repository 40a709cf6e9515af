"""The platform started as a person starts it: pages answer, Ctrl-C ends it, a second start goes on."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

COMMAND = Path(sys.executable).parent / "zerentian"
EXAMPLE = Path(__file__).parent.parent / "examples" / "zhujiajiao-2023-10"
PATIENCE = 180  # seconds; a busy machine starts slowly
DATA = Path(__file__).parent.parent / ".data" / "run-test"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(port: int) -> subprocess.Popen[str]:
    environment = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "SECRET_KEY")
    }
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    return subprocess.Popen(
        [COMMAND, "run", "--data", str(DATA), "--port", str(port), "--demo", str(EXAMPLE)],
        stdout=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip


def wait_until_healthy(port: int) -> dict[str, bool]:
    given_up = time.monotonic() + PATIENCE
    seen: dict[str, bool] = {}
    while time.monotonic() < given_up:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            seen = json.load(error)
        except OSError:
            pass
        time.sleep(0.2)
    return seen


def printed(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            break
    return "".join(lines)


def found(pattern: str, text: str) -> tuple[str, ...]:
    match = re.search(pattern, text)
    assert match, text
    return match.groups()


def ask_for_register(browser: urllib.request.OpenerDirector, port: int) -> None:
    page = f"http://127.0.0.1:{port}/documents/registers"
    (token,) = found(r'csrfmiddlewaretoken" value="([^"]+)"', browser.open(page).read().decode())
    sent = {"register": "sites", "month": "2023-10", "kinds": "xlsx", "csrfmiddlewaretoken": token}
    browser.open(urllib.request.Request(page, urlencode(sent).encode(), {"Referer": page}))


def wait_for_document(browser: urllib.request.OpenerDirector, port: int) -> bytes:
    """The worker's document, once it is made."""
    given_up = time.monotonic() + PATIENCE
    while time.monotonic() < given_up:
        listed = browser.open(f"http://127.0.0.1:{port}/documents/").read().decode()
        links = re.findall(r'href="(/documents/[0-9a-f-]{36}/0)"', listed)
        if links:
            return browser.open(f"http://127.0.0.1:{port}{links[0]}").read()
        time.sleep(0.2)
    raise AssertionError("the worker made nothing")


def stop(process: subprocess.Popen[str]) -> int:
    with process:
        process.send_signal(signal.SIGINT)
        return process.wait(30)


def test_a_town_starts_stops_and_goes_on() -> None:
    subprocess.run(["rm", "-rf", DATA], check=True)
    port = free_port()
    process = start(port)
    try:
        text = printed(process)
        login, password = found(r"镇社发办：(\S+) / (\S+)", text)
        assert wait_until_healthy(port) == {"web": True, "database": True, "worker": True}
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        page = f"http://127.0.0.1:{port}/people/sign-in"
        form = browser.open(page).read().decode()
        (token,) = found(r'csrfmiddlewaretoken" value="([^"]+)"', form)
        answer = {"username": login, "password": password, "csrfmiddlewaretoken": token}
        request = urllib.request.Request(page, urlencode(answer).encode(), {"Referer": page})
        home = browser.open(request).read().decode()
        assert "在用点位" in home
        assert "349" in home
        sites = browser.open(f"http://127.0.0.1:{port}/places/sites?q=dxjyq").read().decode()
        assert "大新街一期（虚构）" in sites
        ask_for_register(browser, port)
        assert wait_for_document(browser, port)[:2] == b"PK"
    finally:
        assert stop(process) == 0
    again = start(port)
    try:
        assert password in printed(again)
        assert wait_until_healthy(port)["web"]
    finally:
        assert stop(again) == 0


def test_production_refuses_unsafe_settings() -> None:
    environment = {"PATH": os.environ["PATH"], "ALLOWED_HOSTS": "*"}
    done = subprocess.run(
        [COMMAND, "serve", "web"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "SECRET_KEY" in done.stderr
    assert "DATABASE_URL" in done.stderr
    assert "ALLOWED_HOSTS" in done.stderr


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = subprocess.run(
            [COMMAND, "run", "--port", str(port)], capture_output=True, text=True, timeout=60, check=False
        )
    assert done.returncode == 2
    assert f"端口 {port} 已被另一个程序占用" in done.stderr
