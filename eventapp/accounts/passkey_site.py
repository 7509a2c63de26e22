"""What passkeys are bound to here, and the challenges that this browser was given.

Host and origin come from `EVENTAPP_BASE_URL`, like every link: never from the request.
"""

import ipaddress
from urllib.parse import urlsplit

from flask import current_app, session

from eventapp.accounts.models import User
from eventapp.accounts.service import passkeys
from eventapp.accounts.service.passkeys import Site

CHALLENGE, HANDLE = "passkey_challenge", "passkey_handle"


def site() -> Site | None:
    """The relying party, or none where browsers know no passkeys: on bare IP addresses, and without HTTPS but on localhost."""
    parts = urlsplit(current_app.config["BASE_URL"])
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if parts.scheme == "https" or host == "localhost" or current_app.config["TESTING"]:
            return Site(host, f"{parts.scheme}://{parts.netloc}", current_app.config["SETTINGS"].site_name)
    return None


def sign_in_options() -> str | None:
    """What the browser needs to use a passkey, as JSON; none where there are no passkeys."""
    found = site()
    return passkeys.sign_in_options(found, _challenge()) if found else None


def creation_options(user: User) -> str | None:
    """What the browser needs to make a passkey, as JSON; none where there are no passkeys."""
    found = site()
    if found is None:
        return None
    if user.passkey_handle is not None:
        session[HANDLE] = user.passkey_handle
    elif not isinstance(session.get(HANDLE), str):
        session[HANDLE] = passkeys.new_handle()
    return passkeys.creation_options(found, user, session[HANDLE], _challenge())


def used_challenge() -> str:
    """The challenge that this browser was given, for one use; empty if it was given none."""
    return str(session.pop(CHALLENGE, ""))


def handle() -> str:
    """The user handle for a new passkey, as the browser was given it."""
    return str(session.get(HANDLE) or "")


def _challenge() -> str:
    """One challenge for all open tabs, until it is used."""
    if not isinstance(session.get(CHALLENGE), str):
        session[CHALLENGE] = passkeys.new_challenge()
    return str(session[CHALLENGE])
