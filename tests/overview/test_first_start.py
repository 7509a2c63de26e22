"""The first start as newcomers have it: the server makes up the demo, and then everything works, documents too."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest

from eventapp.accounts.demo import DEMO_PASSWORD
from eventapp.settings import ROOT

pytestmark = pytest.mark.timeout(400)
PETRA = "petra.huber@donau-systemhaus.example"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A server that was started for the first time, ready."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {name: value for name, value in os.environ.items() if not name.startswith("EVENTAPP_")}
    command = [sys.executable, "-m", "eventapp.cli", "serve", "--demo", "--port", str(port)]
    environ = {**own, "EVENTAPP_INSTANCE": str(tmp_path), "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(command, env=environ, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert server.stdout is not None
        said = ""
        while "Ctrl+C" not in said:
            line = server.stdout.readline()
            assert line, f"the server ended: {said}"
            said += line
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(60)


def read(browser: OpenerDirector, url: str, form: dict[str, str] | None = None) -> bytes:
    data = urlencode(form).encode() if form else None
    with closing(browser.open(url, data, timeout=60)) as answer:
        return bytes(answer.read())


def test_a_signed_plan_can_be_printed_at_once(address: str) -> None:
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    token = re.search(rb'name="csrf_token"[^>]* value="([^"]+)"', read(browser, f"{address}/login"))
    assert token
    read(browser, f"{address}/login", {"csrf_token": token[1].decode(), "email": PETRA, "password": DEMO_PASSWORD})
    code = re.search(rb"/plans/(JBP-2026-\d+)/", read(browser, f"{address}/plans/"))
    assert code
    versions = f"{address}/plans/{code[1].decode()}/versions/"
    number = re.search(rb"/versions/(\d+)", read(browser, versions))
    assert number
    began = time.monotonic()
    assert read(browser, f"{versions}{number[1].decode()}/pdf").startswith(b"%PDF-")
    assert time.monotonic() - began < 30
