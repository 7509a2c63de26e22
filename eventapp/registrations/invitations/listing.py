"""The organizer's list of invitations: columns, filters, search, totals. The export uses the same."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased
from werkzeug.datastructures import MultiDict

from eventapp.core.db import db
from eventapp.core.i18n import _
from eventapp.core.tables import Column, Filter, Listing, Table
from eventapp.events.models import Event
from eventapp.partners.models import Organisation, Tier
from eventapp.partners.queries import company_matches, countries, person_matches, tiers
from eventapp.registrations.invitations.models import SILENT, STATE_LABELS, Invitation, InvitationState

NO_TIER = "none"
DEPUTY = aliased(Invitation)
PEOPLE, COMPANIES = "people", "companies"


def page(event: Event, path: str, args: "MultiDict[str, str]", now: datetime) -> Listing:
    """A page of the list, with invitations, people and companies counted."""
    return table(path, now).page(rows(event), args, lambda conditions: _totals(event, conditions))


def rows(event: Event) -> Select[*tuple[Any, ...]]:
    """The columns of a line of the list."""
    return (
        select(
            Invitation.id,
            Invitation.given_name,
            Invitation.family_name,
            Invitation.address,
            Invitation.state,
            Invitation.organisation_id,
            Invitation.reason,
            Invitation.sent_at,
            Invitation.reminders,
            Invitation.expires_at,
            changed_at().label("changed_at"),
            Organisation.name.label("company"),
            Organisation.country_code,
            Tier.label.label("tier"),
            func.trim(DEPUTY.given_name + " " + DEPUTY.family_name).label("deputy"),
            DEPUTY.address.label("deputy_address"),
        )
        .select_from(Invitation)
        .outerjoin(Organisation, Organisation.id == Invitation.organisation_id)
        .outerjoin(Tier, Tier.key == Organisation.tier_key)
        .outerjoin(DEPUTY, DEPUTY.id == Invitation.delegated_to_id)
        .where(Invitation.event_id == event.id)
    )


def changed_at() -> ColumnElement[Any]:
    """The moment of the last thing that the invited did; none if they did nothing."""
    return case(
        (Invitation.done_at.is_not(None), Invitation.done_at),
        (Invitation.declined_at.is_not(None), Invitation.declined_at),
        else_=func.coalesce(Invitation.started_at, Invitation.opened_at),
    )


def table(path: str, now: datetime) -> Table:
    """What the list can do."""
    whom = [(PEOPLE, _("People"), None), (COMPANIES, _("Companies"), None)]
    late = [("silent", _("No reaction"), None), ("over", _("Time to answer over"), None)]
    return Table(
        path=path,
        columns=[
            Column("name", _("Invited"), func.lower(func.coalesce(_shown_name(), ""))),
            Column("company", _("Company"), func.coalesce(Organisation.sort_key, "")),
            Column("state", _("State")),
            Column("sent", _("Sent"), Invitation.sent_at),
            Column("until", _("Answer by"), Invitation.expires_at),
        ],
        key=Invitation.id,
        default="-sent",
        filters=[
            Filter("state", _("State"), [(s.value, str(STATE_LABELS[s]), None) for s in InvitationState], Invitation.state.in_),
            Filter("whom", _("Whom"), whom, _whom),
            Filter("answer", _("Answer"), late, lambda values: _late(values, now)),
            Filter("tier", _("Tier"), [*((k, label, None) for k, label in tiers()), (NO_TIER, _("No tier"), None)], _in_tiers),
            Filter("country", _("Country"), [(c, name, None) for c, name in countries()], Organisation.country_code.in_),
        ],
        search=search,
        search_label=_("Name, company or address"),
    )


def _shown_name() -> ColumnElement[str]:
    person = func.nullif(func.trim(Invitation.family_name + " " + Invitation.given_name), "")
    return case((Invitation.address == "", Organisation.name), else_=func.coalesce(person, Invitation.address))


def _whom(values: list[str]) -> ColumnElement[bool]:
    wanted = {PEOPLE: Invitation.address != "", COMPANIES: Invitation.address == ""}
    return or_(*(wanted[value] for value in values))


def _late(values: list[str], now: datetime) -> ColumnElement[bool]:
    wanted = {
        "silent": and_(Invitation.state.in_(SILENT), Invitation.expires_at > now),
        "over": Invitation.state == InvitationState.EXPIRED,
    }
    return or_(*(wanted[value] for value in values))


def _in_tiers(values: list[str]) -> ColumnElement[bool]:
    return func.coalesce(Organisation.tier_key, NO_TIER).in_(values)


def search(text: str) -> ColumnElement[bool] | None:
    """By the name and address that the invitation says, and by the words of the person and the company."""
    pieces = [piece for piece in text.lower().split() if piece]
    if not pieces:
        return None
    said = func.lower(Invitation.given_name + " " + Invitation.family_name + " " + Invitation.address)
    found: list[ColumnElement[bool]] = [and_(*(said.contains(piece, autoescape=True) for piece in pieces))]
    by_words = (
        company_matches(cast("ColumnElement[int]", Invitation.organisation_id), text),
        person_matches(cast("ColumnElement[int]", Invitation.person_id), text),
    )
    for condition in by_words:
        if condition is not None:
            found.append(condition)
    return or_(*found)


def _totals(event: Event, conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
    query = (
        select(
            func.count(func.nullif(Invitation.address, "")),
            func.count(func.distinct(Invitation.organisation_id)),
        )
        .select_from(Invitation)
        .outerjoin(Organisation, Organisation.id == Invitation.organisation_id)
        .outerjoin(Tier, Tier.key == Organisation.tier_key)
        .where(Invitation.event_id == event.id, *conditions)
    )
    people, companies = db.session.execute(query).one()
    return [
        (people, _("person") if people == 1 else _("people")),
        (companies, _("company") if companies == 1 else _("companies")),
    ]
