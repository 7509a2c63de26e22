"""The list of the vendor's people: columns, filters, search, totals."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from werkzeug.datastructures import MultiDict

from eventapp.accounts.models import Role, User
from eventapp.accounts.permissions import ROLE_LABELS
from eventapp.accounts.staff import queries
from eventapp.core.db import db
from eventapp.core.i18n import _
from eventapp.core.tables import Column, Filter, Listing, Table

WORKING, FORMER, DISABLED = "working", "former", "disabled"


def page(path: str, args: MultiDict[str, str], at: datetime) -> Listing:
    """A page of the list."""
    states = [(WORKING, _("Works here"), None), (FORMER, _("Has no role any more"), None), (DISABLED, _("Login disabled"), None)]
    table = Table(
        path=path,
        columns=[
            Column("name", _("Name"), queries.NAME),
            Column("roles", _("Roles")),
            Column("factor", _("Second factor")),
            Column("seen", _("Last here (UTC)")),
        ],
        key=User.id,
        default="name",
        filters=[
            Filter(
                "role",
                _("Role"),
                [(role.value, str(label), None) for role, label in ROLE_LABELS.items()],
                lambda values: queries.holds([Role(value) for value in values], at),
            ),
            Filter("state", _("State"), states, lambda values: or_(*(_in_state(value, at) for value in values))),
        ],
        search=_matches,
        search_label=_("Name or address"),
    )
    return table.page(queries.people(), args, _totals)


def _in_state(value: str, at: datetime) -> ColumnElement[bool]:
    holds = queries.holds(Role, at)
    return {WORKING: and_(User.active, holds), FORMER: and_(User.active, ~holds), DISABLED: ~User.active}[value]


def _matches(text: str) -> ColumnElement[bool]:
    wanted = f"%{text.lower().replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
    return or_(*(func.lower(column).like(wanted, escape="!") for column in (User.name, User.email)))


def _totals(conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
    number = db.session.scalar(select(func.count(User.id)).where(queries.is_staff(), *conditions)) or 0
    return [(number, _("person") if number == 1 else _("people"))]
