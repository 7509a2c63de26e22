"""A test client that looks at every page it gets: strict HTML, no 5xx, nothing inline."""

import hashlib
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any

import html5lib
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from eventapp.accounts.models import User, UserSession
from eventapp.accounts.service.sessions import hash_of
from eventapp.audit import chain
from eventapp.core.clock import now
from eventapp.core.db import db

INLINE = re.compile(
    r"""(\sstyle=|\son[a-z]+=["']|<style|<script(?![^>]*\ssrc=)(?![^>]*type="application/ld\+json"))""", re.IGNORECASE
)

# A tag as the parser would cut it out, and a text or value in which there is nothing that could be an error.
TAG = re.compile(r"""<[a-zA-Z/!](?:[^"'<>]|"[^"]*"|'[^']*')*>""")
UNSAFE = r"&<\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U0001fffe-\U0010ffff"
ENTITY = r"&(?:amp|lt|gt|quot|nbsp|#34|#39);"
TEXT = re.compile(rf"(?:[^{UNSAFE}]|{ENTITY})+")
# The parser looks at the values of these attributes.
VALUE = re.compile(rf"""\b(?!type=|charset=|content=|encoding=)([\w-]+=)"(?:[^"{UNSAFE}]|{ENTITY})*\"""")


class PageClient(FlaskClient):
    """Checks each HTML answer as it comes in."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        # A request has a context and a transaction of its own: else `g`, with who is signed in, and the session would
        # be the test's. What the test holds is saved before, and read afresh after.
        if has_app_context():
            db.session.commit()
            db.session.expire_all()
        with self.application.app_context(), all_by_a_door():
            response = super().open(*args, **kwargs)
        if kwargs.pop("allow_5xx", False) is False:
            assert response.status_code < 500, response.get_data(as_text=True)[:2000]
        for header in response.headers:
            ": ".join(header).encode("latin-1")  # a server refuses to send others
        if response.mimetype == "text/html" and response.data:
            check_page(response.get_data(as_text=True), str(args[0]) if args else "")
        return response

    def sign_in(self, user: User) -> "PageClient":
        """Signs in by session, without the slow password check."""
        key = begin_session(user, self.application)
        with self.session_transaction() as session:
            session["_user_id"] = user.fs_uniquifier
            session["_fresh"] = True
            session["key"] = key
            session["proof"] = int(now().timestamp())
        return self

    def prove(self, path: str) -> "PageClient":
        """As after the page that asks who one is, on the way to what this page does."""
        with self.session_transaction() as session:
            session["proof_for"] = {"path": path, "key": secrets.token_urlsafe(32), "at": int(now().timestamp())}
        return self


# Entries that a request has written to the audit log without saying by which door the act came.
_without_door: ContextVar[list[str] | None] = ContextVar("without_door", default=None)
_seal = chain.seal


def _noting(entries: list[dict[str, Any]]) -> None:
    """Writes the entries of a transaction, and notes those without a door where somebody looks."""
    noted = _without_door.get()
    if noted is not None:
        noted += [entry["action"] for entry in entries if entry["door"] is None]
    _seal(entries)


chain.seal = _noting


@contextmanager
def all_by_a_door() -> Iterator[None]:
    """Fails if what happens inside has made an entry of the audit log that does not say by which door the act came."""
    token = _without_door.set([])
    try:
        yield
        assert _without_door.get() == []
    finally:
        _without_door.reset(token)


def begin_session(user: User, app: Flask, methods: str = "password") -> str:
    """A row in the table of sessions, committed; gives the key for the cookie."""
    key = secrets.token_urlsafe(32)
    row = UserSession(user_id=user.id, key_hash=hash_of(key), methods=methods, created_at=now(), seen_at=now())
    if has_app_context():
        db.session.add(row)
        db.session.commit()
    else:
        with app.app_context():
            db.session.add(row)
            db.session.commit()
    return key


@lru_cache(maxsize=10_000)
def _bare(tag: str) -> str:
    return VALUE.sub(r'\1""', tag)


def skeleton(html: str) -> str:
    """The page without its harmless texts and values: of two pages with the same skeleton both are without error, or none.

    Whatever could be an error stays: tags, names of attributes, odd characters and entities, and whether there is text.
    """
    found, end = [], 0
    for tag in TAG.finditer(html):
        if tag.start() > end:
            found.append(_bare_text(html[end : tag.start()]))
        found.append(_bare(tag[0]))
        end = tag.end()
    return "".join([*found, html[end:]])


def _bare_text(text: str) -> str:
    if not text.strip(" \t\n"):
        return " "
    return "x" if TEXT.fullmatch(text) else text


class Faultless:
    """Skeletons of pages that were found to be without error, by this worker or another of the same run."""

    def __init__(self) -> None:
        self.folder: Path | None = None  # what the workers share; none outside a run
        self.known: set[str] = set()

    def __contains__(self, digest: str) -> bool:
        if digest not in self.known and self.folder is not None and (self.folder / digest).exists():
            self.known.add(digest)
        return digest in self.known

    def add(self, digest: str) -> None:
        self.known.add(digest)
        if self.folder is not None:
            (self.folder / digest).touch()


faultless = Faultless()


def check_markup(html: str) -> None:
    """Raises AssertionError at the first error in a page's markup.

    The strict parser takes ten times as long as all the rest that is done for a page, and most pages are like an earlier
    one, but for names and numbers. So it reads each skeleton once.
    """
    digest = hashlib.sha256(skeleton(html).encode(errors="surrogatepass")).hexdigest()
    if digest in faultless:
        return
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    try:
        parser.parse(html)
    except html5lib.html5parser.ParseError as error:
        line = html.splitlines()[max(0, parser.tokenizer.stream.position()[0] - 1)]
        raise AssertionError(f"{error or parser.errors} near: {line.strip()[:200]}") from error
    faultless.add(digest)


def check_page(html: str, name: str) -> None:
    """Fails on markup errors, inline code and ids that stand twice."""
    if html.lstrip().lower().startswith("<!doctype"):
        try:
            check_markup(html)
        except AssertionError as error:
            raise AssertionError(f"{name}: {error}") from error
    found = INLINE.search(html)
    assert not found, f"{name}: inline code near {html[max(0, found.start() - 80) : found.end() + 40]!r}"
    ids = re.findall(r'\sid="([^"]*)"', html)
    if len(set(ids)) < len(ids):
        raise AssertionError(f"{name}: ids twice: {sorted({i for i in ids if ids.count(i) > 1})}")


def token_of(html: str) -> str:
    """The CSRF token of a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html)
    assert found, "the page has no form"
    return found.group(1)


def hidden(html: str) -> dict[str, str]:
    """CSRF token and one-time key of the page's last form."""
    keys = re.findall(r'name="once_key"[^>]*value="([^"]+)"', html)
    return {"csrf_token": token_of(html), **({"once_key": keys[-1]} if keys else {})}


def forms_of(html: str) -> list[Any]:
    """The forms of a page that are sent, as trees. They do not nest, so each is read by itself, without the page around it."""
    return [
        next(html5lib.parseFragment(form, namespaceHTMLElements=False).iter("form"))
        for form in re.findall(r"<form\b.*?</form>", html, re.DOTALL)
        if re.match(r"""<form\b[^>]*\smethod=["']?post\b""", form, re.IGNORECASE)
    ]


def fields(html: str, action: str | None = None) -> dict[str, Any]:
    """The fields of a form as a browser would send them; of several forms that with this action."""
    forms = forms_of(html)
    wanted = [f for f in forms if action is None or action in (f.get("action") or "")]
    assert wanted, f"no form with action {action!r} among {[f.get('action') for f in forms]}"
    form = max(wanted, key=lambda f: len(list(f.iter())))
    found: dict[str, Any] = {}
    for element in form.iter():
        name = element.get("name")
        if not name or element.get("disabled") is not None:
            continue
        if element.tag == "textarea":
            found[name] = (element.text or "").removeprefix("\n")
        elif element.tag == "select":
            options = list(element.iter("option"))
            chosen = [o for o in options if o.get("selected") is not None] or options[:1]
            found[name] = (chosen[0].get("value") if chosen else "") or ""
        elif element.tag == "input":
            kind = (element.get("type") or "text").lower()
            if kind in ("submit", "button", "file", "image"):
                continue
            if kind in ("checkbox", "radio"):
                if element.get("checked") is None:
                    continue
                value = element.get("value", "on")
                if name in found and kind == "checkbox":
                    previous = found[name]
                    found[name] = [*previous, value] if isinstance(previous, list) else [previous, value]
                    continue
                found[name] = value
            elif name in found:
                previous = found[name]
                found[name] = [*(previous if isinstance(previous, list) else [previous]), element.get("value") or ""]
            else:
                found[name] = element.get("value") or ""
    return found
