"""A real browser against a real server: Debian's Chromium, driven by Playwright."""

import logging
import shutil
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import make_server

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt install chromium")
    # A busy machine answers late: what never comes is still told, and what comes costs no waiting.
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def server(app: Flask) -> Iterator[str]:
    """The address of the app, served from threads on a free port."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    made = make_server("127.0.0.1", 0, app, threaded=True)
    address = f"http://127.0.0.1:{made.server_port}"
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield address
    made.shutdown()
    thread.join(timeout=5)
    made.server_close()


class Visits:
    """Opens a browser of its own at each call, with a time zone, a size and a colour scheme."""

    def __init__(self, browser: Browser, server: str) -> None:
        self.browser = browser
        self.server = server
        self.contexts: list[BrowserContext] = []
        self.script_errors: list[str] = []

    def __call__(self, zone: str = "Europe/London", width: int = 1280, scheme: Any = "light", **more: Any) -> Page:
        context = self.browser.new_context(
            base_url=self.server, timezone_id=zone, viewport={"width": width, "height": 900}, color_scheme=scheme, **more
        )
        self.contexts.append(context)
        page = context.new_page()
        # Only noted here: what is raised in a listener ends Playwright's loop, and with it every later test of the worker.
        page.on("pageerror", lambda error: self.script_errors.append(f"{page.url}: {error.stack or error.message}"))
        return page


@pytest.fixture
def visit(browser: Browser, server: str) -> Iterator[Visits]:
    """`visit()` opens a browser; no script may fail on its pages."""
    made = Visits(browser, server)
    yield made
    for context in made.contexts:
        context.close()
    assert made.script_errors == []


def started(page: Page) -> None:
    """Waits until the scripts of the page in sight have started. After a click that led to it, who presses a key, drags, or
    counts on what a script does needs this: what is seen is there before its scripts are."""
    page.wait_for_load_state("load")


PASSWORD = "partner-demo-2027"


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Signs in through the page."""
    page.goto("/login")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_load_state()
