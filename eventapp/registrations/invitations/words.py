"""What the log calls acts on invitations, and where those are found. Companies see none of them: people are named there."""

from collections.abc import Collection, Mapping

from flask import url_for
from sqlalchemy import select

from eventapp.audit.words import Thing, declare_acts, declare_fields, declare_kind
from eventapp.core.db import db
from eventapp.core.i18n import _l
from eventapp.core.web.audiences import may_open
from eventapp.events.models import Event
from eventapp.partners.models import Organisation
from eventapp.registrations.invitations.models import Invitation


def _invitations(ids: Collection[int]) -> Mapping[int, Thing]:
    query = (
        select(Invitation.id, Invitation.given_name, Invitation.family_name, Invitation.address, Organisation.name, Event.slug)
        .join(Event, Event.id == Invitation.event_id)
        .outerjoin(Organisation, Organisation.id == Invitation.organisation_id)
        .where(Invitation.id.in_(ids))
    )
    may = may_open("event_invitations_admin.index")
    return {
        id_: Thing(
            (f"{given} {family}".strip() or address) if address else (company or ""),
            url_for("event_invitations_admin.index", slug=slug, q=address or company) if may else "",
        )
        for id_, given, family, address, company, slug in db.session.execute(query)
    }


declare_acts(
    "invitations",
    _l("Invitations"),
    {
        "batch": _l("Sent invitations"),
        "stop": _l("Stopped sending invitations"),
        "invite": _l("Invited"),
        "start": _l("Went to the form of an invitation"),
        "decline": _l("Declined an invitation"),
        "delegate": _l("Passed an invitation on to a deputy"),
        "resend": _l("Sent an invitation again"),
        "remind": _l("Reminded of an invitation"),
        "extend": _l("Gave more time for an invitation"),
        "withdraw": _l("Withdrew an invitation"),
        "call_off": _l("Ended an invitation with its event"),
        "expire": _l("An invitation expired"),
        "plan_reminder": _l("Set a date for reminders"),
        "drop_reminder": _l("Took a date for reminders away"),
        "export": _l("Downloaded invitations"),
    },
)
declare_fields(
    companies=_l("Companies"), waives=_l("Waived"), expires_at=_l("Answer by"), due_at=_l("When"), days=_l("Days"),
    times=_l("Reminders"), state=_l("State"),
)  # fmt: skip
declare_kind("invitation", _l("Invitation"), _invitations)
