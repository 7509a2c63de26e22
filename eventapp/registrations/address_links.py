"""Links that prove an address: whoever has one got it by a mail to that address."""

from flask import current_app
from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from eventapp.core.errors import NotFoundError
from eventapp.core.i18n import _
from eventapp.core.web.errors import RefusedPage
from eventapp.events.models import Event

LINK_DAYS = 2


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="registration-address")


def sign(event: Event, address: str) -> str:
    """The secret of the link that lets whoever has the address register for the event."""
    return str(_serializer().dumps([event.id, address]))


def address_in(event: Event, token: str) -> str:
    """The address that the link proves. Raises RefusedPage for an old link, NotFoundError for a forged one."""
    try:
        event_id, address = _serializer().loads(token, max_age=LINK_DAYS * 86400)
    except SignatureExpired as error:
        raise RefusedPage(410, _("This link was good for two days. Ask for a new one on the event's page.")) from error
    except BadData as error:
        raise NotFoundError(token) from error
    if event_id != event.id or not isinstance(address, str):
        raise NotFoundError(token)
    return address
