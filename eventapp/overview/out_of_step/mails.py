"""One mail to a company's admins about what is out of step. Nothing of a joint plan stands in it: its teams alone know that."""

from datetime import datetime

from flask_babel import format_date

from eventapp.core.i18n import _
from eventapp.core.links import absolute
from eventapp.events.models import Event
from eventapp.mail.render import render
from eventapp.mail.service import queue
from eventapp.overview.out_of_step.conference import MAIL_KIND, last_day
from eventapp.partners.joining.queries import admins_of
from eventapp.partners.models import Organisation


def send(company: Organisation, event: Event | None, lapsing: str, *, reply_to: str, at: datetime) -> int:
    """Writes to every admin of the company: about the event that it is missing at, about the programme. How many that were."""
    sent = 0
    until = last_day(event) if event is not None else None
    for name, address in admins_of(company.id, at.date()):
        subject, text, html = render(
            "overview/out_of_step",
            name=name,
            company=company.name,
            event=event,
            until=format_date(until) if until is not None else "",
            lapsing=lapsing,
            link=absolute("company_out_of_step.index"),
        )
        about = f"organisation:{company.id}"
        words = {"to_name": name, "to_address": address, "subject": subject, "text": text, "html": html, "reply_to": reply_to}
        queue(kind=MAIL_KIND, about=about, at=at, **words)
        sent += 1
    return sent


def nobody() -> str:
    """What is said where a company has no admin who can sign in."""
    return _("Nobody at this company can sign in for it. Invite an admin on the company's page.")
