"""The secret of one's link to join on video, `/join/<token>`.

It is made of the registration's own secret and kept nowhere. So it dies with that one when a place is handed on, each
session has another, and whoever gets it passed on can neither open nor cancel the registration with it.
"""

import base64
import hmac
from typing import NamedTuple

from eventapp.core.links import absolute
from eventapp.registrations.models import Registration

_BYTES = 18


class JoinToken(NamedTuple):
    """What a token says before it is proven: whose it is, for which session (empty: the event), and the proof."""

    uid: str
    session: str
    proof: str


def join_token(registration: Registration, session: str = "") -> str:
    """The token of somebody for the event, or for a session by its code."""
    return ".".join(part for part in (registration.uid, session, _proof(registration, session)) if part)


def join_link(registration: Registration, session: str = "") -> str:
    """The full address, for mails and calendars."""
    return absolute("join.show", token=join_token(registration, session))


def read(token: str) -> JoinToken | None:
    """The parts of a token; none if it has not the shape of one."""
    parts = token.split(".")
    if len(parts) not in (2, 3) or not all(parts):
        return None
    return JoinToken(parts[0], parts[1] if len(parts) == 3 else "", parts[-1])


def proves(token: JoinToken, registration: Registration) -> bool:
    """Whether the token was made from the registration as it is now."""
    return hmac.compare_digest(token.proof.encode(), _proof(registration, token.session).encode())


def _proof(registration: Registration, session: str) -> str:
    made = hmac.digest(registration.token.encode(), f"join {session}".encode(), "sha256")[:_BYTES]
    return base64.urlsafe_b64encode(made).decode()
