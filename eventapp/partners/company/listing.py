"""A company's people as a list: those of now, and those of once."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute
from werkzeug.datastructures import MultiDict

from eventapp.accounts.models import User
from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.i18n import _
from eventapp.core.tables import Column, Filter, Listing, Table
from eventapp.core.text import fold
from eventapp.partners.company.queries import details_missing, found_by, read_id, sign_in_state
from eventapp.partners.models import (
    CALLED_ADDRESS,
    CALLED_FAMILY,
    CALLED_GIVEN,
    CALLED_PHONE,
    CALLED_SORT,
    FUNCTION_LABELS,
    Membership,
    MembershipRole,
    MembershipState,
    Person,
    PersonEmail,
)

ROLES = (MembershipRole.ADMIN, MembershipRole.EXECUTIVE, MembershipRole.MEMBER)
NO_FUNCTION = "none"


def people(viewer: Viewer, path: str, args: MultiDict[str, str]) -> Listing:
    """The people who belong to the company acted for."""
    query = _people(viewer, MembershipState.ACTIVE).add_columns(
        CALLED_PHONE.label("phone"),
        CALLED_ADDRESS.label("address"),
        sign_in_state().label("sign_in"),
        details_missing().label("missing"),
    )
    query = query.join(PersonEmail, and_(PersonEmail.person_id == Person.id, PersonEmail.is_primary))
    table = Table(
        path=path,
        columns=[
            Column("name", _("Name"), CALLED_SORT),
            Column("work", _("What they do")),
            Column("role", _("Role"), Membership.role),
            Column("phone", _("Phone")),
            Column("sign_in", _("Sign-in")),
            Column("act", ""),
        ],
        key=Membership.id,
        default="name",
        filters=_filters(),
        search=lambda text: found_by(read_id(viewer), text),
        search_label=_("Name or address"),
    )
    return table.page(
        query.outerjoin(User, User.id == Person.user_id), args, lambda c: _totals(viewer, MembershipState.ACTIVE, c)
    )


def former(viewer: Viewer, path: str, args: MultiDict[str, str]) -> Listing:
    """The people who belonged to the company once: what they were then, and nothing of what has become of them."""
    table = Table(
        path=path,
        columns=[
            Column("name", _("Name"), CALLED_SORT),
            Column("work", _("What they did")),
            Column("from", _("From")),
            Column("to", _("Until")),
        ],
        key=Membership.id,
        default="name",
        search=lambda text: CALLED_SORT.contains(fold(text), autoescape=True) if fold(text) else None,
        search_label=_("Name"),
    )
    query = _people(viewer, MembershipState.ENDED).add_columns(Membership.valid_from, Membership.valid_to)
    return table.page(query, args, lambda c: _totals(viewer, MembershipState.ENDED, c))


def _people(viewer: Viewer, state: MembershipState) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Membership.id,
            Membership.role,
            Membership.job_title,
            Membership.function,
            Person.id.label("person_id"),
            CALLED_GIVEN.label("given_name"),
            CALLED_FAMILY.label("family_name"),
        )
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.organisation_id == read_id(viewer), Membership.state == state)
    )


def _filters() -> list[Filter]:
    functions = [*((f.value, str(label), None) for f, label in FUNCTION_LABELS.items()), (NO_FUNCTION, _("not known"), None)]
    roles = {MembershipRole.ADMIN: _("Admin"), MembershipRole.EXECUTIVE: _("Executive"), MembershipRole.MEMBER: _("Member")}
    sign_in = [("yes", _("Signs in"), None), ("invited", _("Invited"), None), ("no", _("No login"), None)]
    return [
        Filter("function", _("Function"), functions, _of_function),
        Filter("role", _("Role"), [(role.value, roles[role], None) for role in ROLES], Membership.role.in_),
        Filter("login", _("Sign-in"), sign_in, sign_in_state().in_),
        Filter("missing", _("Details"), [("yes", _("Something is missing"), None)], lambda _values: details_missing()),
    ]


def _of_function(values: list[str]) -> ColumnElement[bool]:
    column: InstrumentedAttribute[Any] = Membership.function
    known = column.in_([v for v in values if v != NO_FUNCTION])
    return known | column.is_(None) if NO_FUNCTION in values else known


def _totals(viewer: Viewer, state: MembershipState, conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
    query = (
        select(func.count())
        .select_from(Membership)
        .join(Person, Person.id == Membership.person_id)
        .outerjoin(User, User.id == Person.user_id)
        .where(Membership.organisation_id == read_id(viewer), Membership.state == state, *conditions)
    )
    number = db.session.scalar(query) or 0
    return [(number, _("person") if number == 1 else _("people"))]
