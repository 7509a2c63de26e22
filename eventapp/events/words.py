"""What the log calls acts on events, and where events are found."""

from collections.abc import Collection, Mapping

from flask import url_for
from sqlalchemy import select

from eventapp.audit.words import Thing, declare_acts, declare_fields, declare_kind
from eventapp.core.db import db
from eventapp.core.i18n import _l
from eventapp.core.web.audiences import may_open
from eventapp.events.models import Event


def _events(ids: Collection[int]) -> Mapping[int, Thing]:
    rows = db.session.execute(select(Event.id, Event.title, Event.slug).where(Event.id.in_(ids)))
    may = may_open("overview_admin.event")
    return {id_: Thing(title, url_for("overview_admin.event", slug=slug) if may else "") for id_, title, slug in rows}


declare_acts(
    "events",
    _l("Events"),
    {
        "create": _l("Created an event"),
        "change": _l("Changed an event"),
        "published": _l("Published an event"),
        "closed": _l("Closed registration"),
        "cancelled": _l("Cancelled an event"),
        "draft": _l("Took an event back to draft"),
        "quota": _l("Set a company's places"),
        "country_quota": _l("Set the places of companies of a country"),
        "way": _l("Changed how people come in"),
        "kind_added": _l("Added a kind to come as"),
        "kind_changed": _l("Changed a kind to come as"),
        "kind_removed": _l("Took a kind out of the choice"),
        "audience": _l("Changed who may come"),
        "wave": _l("Changed an opening by tier and region"),
        "draw": _l("Drew lots"),
        "round": _l("Opened the second round"),
        "staff_added": _l("Let a helper in"),
        "staff_until": _l("Moved the last day of a helper"),
        "staff_ended": _l("Ended a helper's work"),
    },
    visible={"quota": ("places",)},
)
declare_fields(
    places=_l("Places"),
    reason=_l("Reason"),
    starts_at=_l("Starts"),
    ends_at=_l("Ends"),
    registration_opens_at=_l("Registration opens"),
    registration_closes_at=_l("Registration closes"),
    join_url=_l("Link to join"),
    contact_email=_l("Contact"),
    sender_name=_l("Sender of mails"),
    slug=_l("Address of the page"),
    admission=_l("How a registration gets a place"),
    fairness=_l("Who comes first"),
    fairness_at=_l("Date of the draw or of the second round"),
    shared_quota=_l("Subsidiaries share the parent's places"),
    edit_until=_l("Answers may be edited until"),
    mode_change_until=_l("The way to take part may be changed until"),
    reapproval=_l("Edits are approved again"),
    plus_ones=_l("People whom each may bring along"),
    kind=_l("Kind"),
    opens_at=_l("Opens"),
    closes_at=_l("Closes"),
    needs_approval=_l("Needs approval"),
    counts_on_company=_l("Takes a company place"),
    offered_to=_l("Who may choose it"),
    values=_l("One of"),
    sub_region=_l("Sub-region"),
)
declare_kind("event", _l("Event"), _events)
