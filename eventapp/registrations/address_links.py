"""Links that prove an address: whoever has one got it by a mail to that address."""

from datetime import timedelta

from flask import current_app
from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from eventapp.core.clock import now
from eventapp.core.i18n import _, _l
from eventapp.core.web.errors import RefusedPage
from eventapp.events.models import Event

LINK_DAYS = 2
# As long as what was typed is kept.
DRAFT_DAYS = 14
# The same for whatever is wrong with it: nobody learns what a good one would look like.
BROKEN = _l("This link is broken or too old. Perhaps a part of it is missing: open it from the mail once more.")


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="registration-address")


def sign(event: Event, address: str, *, days: int = LINK_DAYS) -> str:
    """The secret of the link that lets whoever has the address register for the event, for so many days."""
    return str(_serializer().dumps([event.id, address, *([days] if days != LINK_DAYS else [])]))


def address_in(event: Event, token: str) -> str:
    """The address that the link proves. Raises RefusedPage for an old link, and for one that is damaged or forged."""
    try:
        (event_id, address, *days), signed_at = _serializer().loads(token, max_age=DRAFT_DAYS * 86400, return_timestamp=True)
    except SignatureExpired as error:
        raise RefusedPage(410, _("This link is too old. Ask for a new one on the event's page.")) from error
    except BadData as error:
        raise RefusedPage(404, BROKEN) from error
    if not days and now() - signed_at > timedelta(days=LINK_DAYS):
        raise RefusedPage(410, _("This link was good for two days. Ask for a new one on the event's page."))
    if event_id != event.id or not isinstance(address, str):
        raise RefusedPage(404, BROKEN)
    return address
