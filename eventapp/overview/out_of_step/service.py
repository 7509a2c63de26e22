"""Writing to a company's admins about what is out of step."""

from datetime import datetime, timedelta

from sqlalchemy import select

from eventapp.accounts.models import User
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.events.models import Event
from eventapp.overview.out_of_step import conference, mails, programme
from eventapp.partners.models import Organisation

# A company is written to once in so long.
PAUSE = timedelta(days=7)


def write_to(company: Organisation, event: Event | None, *, by: Actor, at: datetime) -> int:
    """Writes to the admins of a company, about the event if it has nobody there, and gives their number.

    Raises RuleError if that was done within a week, nothing is out of step, or nobody can sign in for the company.
    """
    company = db.session.scalars(select(Organisation).where(Organisation.id == company.id).with_for_update()).one()
    last = db.session.scalar(select(conference.written_on()).select_from(Organisation).where(Organisation.id == company.id))
    if last is not None and last > at - PAUSE:
        raise RuleError(_("They were written to within the last week."))
    this = Organisation.id == company.id
    missing = event is not None and bool(conference.first(event, [this], 1)[1])
    rows, _total = programme.first([this], 1)
    lapsing = rows[0].reason if rows else ""
    if not missing and not lapsing:
        raise RuleError(_("Nothing is out of step with this company any more."))
    sent = mails.send(company, event if missing else None, lapsing, reply_to=by.email if isinstance(by, User) else "", at=at)
    if not sent:
        raise RuleError(mails.nobody())
    record(
        "overview.remind",
        by=by,
        at=at,
        object_type="organisation",
        object_id=company.id,
        object_name=company.name,
        organisation_id=company.id,
        changes={"people": sent},
    )
    return sent
