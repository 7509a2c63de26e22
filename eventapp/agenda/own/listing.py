"""Who has signed up to a session: the organizer's list."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select
from werkzeug.datastructures import MultiDict

from eventapp.accounts.permissions import Viewer
from eventapp.agenda.models import (
    SIGN_UP_LABELS,
    AgendaSession,
    SessionSignUp,
    SessionSlot,
    SessionStatus,
    SignUpStatus,
)
from eventapp.core.db import db
from eventapp.core.i18n import _, _l, ngettext
from eventapp.core.tables import Column, Filter, Listing, Table
from eventapp.core.text import fold
from eventapp.events.models import Event
from eventapp.partners.models import Organisation, Person, PersonEmail
from eventapp.places.models import Pool
from eventapp.registrations.models import SHOWN_COMPANY, Registration, RegistrationStatus

# As others say it: the labels of the enum speak to the one who signed up.
SIGN_UP_WORDS = {**SIGN_UP_LABELS, SignUpStatus.CONFIRMED: _l("Has a place")}


class Places(NamedTuple):
    """A session with places in numbers. No capacity: no limit."""

    id: int
    code: str
    title: str
    status: SessionStatus
    starts_at: Any
    capacity: int | None
    taken: int
    waiting: int


def sessions(_viewer: Viewer, event: Event) -> Sequence[Places]:
    """The event's sessions that one signs up to, by start."""
    start = select(func.min(SessionSlot.starts_at)).where(SessionSlot.session_id == AgendaSession.id).scalar_subquery()
    query = (
        select(
            AgendaSession.id,
            AgendaSession.code,
            AgendaSession.title,
            AgendaSession.status,
            start.label("starts_at"),
            Pool.capacity,
            Pool.taken,
            Pool.waiting,
        )
        .join(Pool, Pool.id == AgendaSession.pool_id)
        .where(AgendaSession.event_id == event.id, AgendaSession.signs_up)
        .order_by("starts_at", AgendaSession.title, AgendaSession.id)
    )
    return [Places(*row) for row in db.session.execute(query)]


def _search(text: str) -> ColumnElement[bool] | None:
    wanted = f"%{fold(text)}%"
    return or_(Person.sort_key.like(wanted), func.lower(PersonEmail.address).like(wanted), Organisation.sort_key.like(wanted))


def page(_viewer: Viewer, session: AgendaSession, path: str, args: MultiDict[str, str]) -> Listing:
    """A page of the people with a place in a session or a turn on its waiting list; on demand of those who gave it back."""
    states = [(status.value, str(SIGN_UP_WORDS[status]), None) for status in SignUpStatus]
    table = Table(
        path=path,
        columns=(
            Column("name", _("Name"), Person.sort_key),
            Column("company", _("Company"), Organisation.sort_key),
            Column("status", _("Place")),
            Column("signed_up_at", _("Signed up"), SessionSignUp.signed_up_at),
        ),
        key=SessionSignUp.id,
        default="signed_up_at",
        filters=(Filter("status", _("Place"), states, SessionSignUp.status.in_),),
        search=_search,
        search_label=_("Search name, e-mail, company"),
    )
    query = (
        select(
            SessionSignUp.id.label("id"),
            SessionSignUp.status,
            SessionSignUp.signed_up_at,
            SessionSignUp.signed_up_by,
            Registration.name,
            Registration.code,
            SHOWN_COMPANY.label("company"),
            func.coalesce(PersonEmail.address, "").label("address"),
        )
        .join(Registration, Registration.id == SessionSignUp.registration_id)
        .join(Person, Person.id == Registration.person_id)
        .join(Organisation, Organisation.id == Registration.organisation_id)
        .outerjoin(PersonEmail, and_(PersonEmail.person_id == Person.id, PersonEmail.is_primary))
        .where(SessionSignUp.session_id == session.id)
    )
    if not args.getlist("status"):
        query = query.where(SessionSignUp.status != SignUpStatus.CANCELLED)

    def totals(conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
        found = query.where(*conditions).subquery()
        count = int(db.session.scalar(select(func.count()).select_from(found)) or 0)
        return [(count, ngettext("person", "people", count))]

    return table.page(query, args, totals)


def token_of(event: Event, text: str) -> str | None:
    """The secret of the one confirmed registration whose code or address is that text; none if there is no such one."""
    query = (
        select(Registration.token)
        .outerjoin(PersonEmail, PersonEmail.person_id == Registration.person_id)
        .where(
            Registration.event_id == event.id,
            Registration.status == RegistrationStatus.CONFIRMED,
            or_(Registration.code == text.upper(), PersonEmail.address == text.lower()),
        )
        .distinct()
        .limit(2)
    )
    found = db.session.scalars(query).all()
    return found[0] if len(found) == 1 else None
