"""A test client that looks at every page it gets: strict HTML, no 5xx, nothing inline."""

import re
import secrets
from functools import lru_cache
from typing import Any

import html5lib
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from eventapp.accounts.models import User, UserSession
from eventapp.accounts.service.sessions import hash_of
from eventapp.audit.models import AuditEntry
from eventapp.core.clock import now
from eventapp.core.db import db, reading

INLINE = re.compile(
    r"""(\sstyle=|\son[a-z]+=["']|<style|<script(?![^>]*\ssrc=)(?![^>]*type="application/ld\+json"))""", re.IGNORECASE
)


class PageClient(FlaskClient):
    """Checks each HTML answer as it comes in."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        # A request has a context and a transaction of its own: else `g`, with who is signed in, and the session would
        # be the test's. What the test holds is saved before, and read afresh after.
        if has_app_context():
            db.session.commit()
            db.session.expire_all()
        writes = kwargs.get("method", "GET") not in ("GET", "HEAD", "OPTIONS")
        newest = last_entry(self.application) if writes else 0
        with self.application.app_context():
            response = super().open(*args, **kwargs)
        if writes:
            check_doors(self.application, newest)
        if kwargs.pop("allow_5xx", False) is False:
            assert response.status_code < 500, response.get_data(as_text=True)[:2000]
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


def last_entry(app: Flask) -> int:
    """The id of the latest entry of the audit log."""
    with app.app_context(), reading():
        return db.session.scalar(select(func.max(AuditEntry.id))) or 0


def check_doors(app: Flask, newest: int) -> None:
    """Fails if a request has made an entry of the audit log that does not say by which door the act came."""
    with app.app_context(), reading():
        query = select(AuditEntry.action).where(AuditEntry.id > newest, AuditEntry.door.is_(None))
        assert db.session.scalars(query).all() == []


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


@lru_cache(maxsize=16)
def document(html: str) -> Any:
    """The page as a tree. Raises AssertionError at the first error in its markup.

    Kept for the last pages: reading is a quarter of the tests' time, and whoever sends a form asks for its fields next.
    """
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    try:
        return parser.parse(html)
    except html5lib.html5parser.ParseError as error:
        line = html.splitlines()[max(0, parser.tokenizer.stream.position()[0] - 1)]
        raise AssertionError(f"{error or parser.errors} near: {line.strip()[:200]}") from error


def check_page(html: str, name: str) -> None:
    """Fails on markup errors, inline code and ids that stand twice."""
    if html.lstrip().lower().startswith("<!doctype"):
        try:
            document(html)
        except AssertionError as error:
            raise AssertionError(f"{name}: {error}") from error
    found = INLINE.search(html)
    assert not found, f"{name}: inline code near {html[max(0, found.start() - 80) : found.end() + 40]!r}"
    ids = re.findall(r'\sid="([^"]*)"', html)
    twice = {i for i in ids if ids.count(i) > 1}
    assert not twice, f"{name}: ids twice: {sorted(twice)}"


def token_of(html: str) -> str:
    """The CSRF token of a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html)
    assert found, "the page has no form"
    return found.group(1)


def hidden(html: str) -> dict[str, str]:
    """CSRF token and one-time key of the page's last form."""
    keys = re.findall(r'name="once_key"[^>]*value="([^"]+)"', html)
    return {"csrf_token": token_of(html), **({"once_key": keys[-1]} if keys else {})}


def fields(html: str, action: str | None = None) -> dict[str, Any]:
    """The fields of a form as a browser would send them; of several forms that with this action."""
    try:
        page = document(html)
    except AssertionError:  # a fragment, or a page that is looked at in spite of its errors
        page = html5lib.parse(html, namespaceHTMLElements=False)
    forms = [f for f in page.iter("form") if f.get("method", "get").lower() == "post"]
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
