"""A company's connections as a list."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.i18n import _
from eventapp.core.tables import Column, Filter, Table
from eventapp.partners import queries
from eventapp.partners.models import Organisation, Relationship, RelationshipKind
from eventapp.partners.relationships.words import KIND_LABELS

Other = aliased(Organisation)


def relationship(viewer: Viewer, organisation_id: int, relationship_id: int) -> Relationship:
    """A connection of that company. Raises NotFoundError."""
    queries.organisation(viewer, organisation_id)
    found = db.session.get(Relationship, relationship_id)
    if found is None or organisation_id not in (found.from_id, found.to_id):
        raise NotFoundError(relationship_id)
    return found


def rows(organisation_id: int) -> Select[*tuple[Any, ...]]:
    """The company's connections, each with the company at the other end."""
    outgoing = Relationship.from_id == organisation_id
    return (
        select(
            Relationship.id,
            Relationship.kind,
            outgoing.label("outgoing"),
            Relationship.valid_from,
            Relationship.valid_to,
            Other.id.label("other_id"),
            Other.name.label("other"),
            Other.programme_id,
        )
        .join(
            Other,
            or_(
                and_(outgoing, Other.id == Relationship.to_id),
                and_(Relationship.to_id == organisation_id, Other.id == Relationship.from_id),
            ),
        )
        .where(or_(outgoing, Relationship.to_id == organisation_id))
    )


def table(path: str, organisation_id: int, today: date) -> Table:
    """What the list can do."""
    over = and_(Relationship.valid_to.is_not(None), Relationship.valid_to <= today)
    later = and_(Relationship.valid_from.is_not(None), Relationship.valid_from > today)
    states = {"now": and_(~over, ~later), "later": later, "over": over}

    def in_states(values: list[str]) -> ColumnElement[bool]:
        return or_(*(states[value] for value in values))

    ways = [(f"{kind}_{way}", str(label), None) for (kind, way), label in KIND_LABELS.items()]

    def in_ways(values: list[str]) -> ColumnElement[bool]:
        found = []
        for value in values:
            kind, _sep, way = value.rpartition("_")
            end = Relationship.from_id if way == "to" else Relationship.to_id
            found.append(and_(Relationship.kind == RelationshipKind(kind), end == organisation_id))
        return or_(*found)

    return Table(
        path=path,
        columns=[
            Column("other", _("Company"), Other.sort_key),
            Column("kind", _("Connection"), case((Relationship.from_id == organisation_id, 0), else_=1)),
            Column("from", _("Since"), func.coalesce(Relationship.valid_from, date.min.replace(year=1900))),
            Column("state", _("State")),
        ],
        key=Relationship.id,
        default="other",
        filters=[
            Filter("way", _("Connection"), ways, in_ways),
            Filter(
                "state",
                _("State"),
                [("now", _("In force"), None), ("later", _("Not yet"), None), ("over", _("Over"), None)],
                in_states,
            ),
        ],
        search=lambda text: queries.company_matches(Other.id, text),
        search_label=_("Name or ID of the other company"),
    )


def totals(organisation_id: int, conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
    """How many connections the list shows, all pages together."""
    number = db.session.scalar(select(func.count()).select_from(rows(organisation_id).where(*conditions).subquery()))
    return [(number or 0, _("connections"))]
