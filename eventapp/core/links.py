"""Absolute links, from `EVENTAPP_BASE_URL` alone and never from the request's Host header; and what the site is called."""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app


def absolute(endpoint: str, **values: Any) -> str:
    """The full address of a view, for mails, calendars and QR codes; works in the worker as well.

    An application that was made without its pages gets them now.
    """
    add_pages = current_app.extensions.pop("add_pages", None)
    if add_pages is not None:
        add_pages()
    parts = urlsplit(current_app.config["BASE_URL"])
    urls = current_app.url_map.bind(parts.netloc, script_name=parts.path or "/", url_scheme=parts.scheme)
    return urls.build(endpoint, values, force_external=True)


def site_host() -> str:
    """The host name that people know the site by, for Message-IDs and file names."""
    return urlsplit(current_app.config["BASE_URL"]).hostname or "localhost"


def site_name() -> str:
    """What the site calls itself, which is the name of whoever runs it."""
    return str(current_app.config["SETTINGS"].site_name)


def is_https(url: str) -> bool:
    """Whether browsers open it in safety: https and a host, no user name that hides the host, nothing invisible.

    It is never fetched by us, so where it leads is nobody's business but the visitor's.
    """
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        return False
    shown = url.isprintable() and not any(char.isspace() or char == "\\" for char in url)
    return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc and port_fits and shown


def is_web_address(text: str) -> bool:
    """Whether browsers open this as a page: http or https, a host with a dot, no name or password in it, nothing hidden."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return False
    if not text.isprintable() or any(char.isspace() or char in "<>\"'`\\" for char in text):
        return False
    return parts.scheme in ("http", "https") and "." in host and parts.username is None
