"""Absolute links. They come from `EVENTAPP_BASE_URL` alone, never from the request's Host header."""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app


def absolute(endpoint: str, **values: Any) -> str:
    """The full address of a view, for mails, calendars and QR codes; works in the worker as well."""
    parts = urlsplit(current_app.config["BASE_URL"])
    urls = current_app.url_map.bind(parts.netloc, script_name=parts.path or "/", url_scheme=parts.scheme)
    return urls.build(endpoint, values, force_external=True)


def site_host() -> str:
    """The host name that people know the site by, for Message-IDs and file names."""
    return urlsplit(current_app.config["BASE_URL"]).hostname or "localhost"
