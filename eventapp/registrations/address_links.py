"""Links that prove an address: whoever has one got it by a mail to that address."""

from datetime import timedelta

from flask import current_app
from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.i18n import _
from eventapp.core.web.errors import RefusedPage
from eventapp.events.models import Event

LINK_DAYS = 2
# As long as what was typed is kept.
DRAFT_DAYS = 14


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="registration-address")


def sign(event: Event, address: str, *, days: int = LINK_DAYS) -> str:
    """The secret of the link that lets whoever has the address register for the event, for so many days."""
    return str(_serializer().dumps([event.id, address, *([days] if days != LINK_DAYS else [])]))


def address_in(event: Event, token: str) -> str:
    """The address that the link proves. Raises RefusedPage for an old link, NotFoundError for a forged one."""
    try:
        (event_id, address, *days), signed_at = _serializer().loads(token, max_age=DRAFT_DAYS * 86400, return_timestamp=True)
    except SignatureExpired as error:
        raise RefusedPage(410, _("This link is too old. Ask for a new one on the event's page.")) from error
    except BadData as error:
        raise NotFoundError(token) from error
    if not days and now() - signed_at > timedelta(days=LINK_DAYS):
        raise RefusedPage(410, _("This link was good for two days. Ask for a new one on the event's page."))
    if event_id != event.id or not isinstance(address, str):
        raise NotFoundError(token)
    return address
