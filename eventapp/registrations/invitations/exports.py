"""The export of invitations: one row for each, columns in the database's order, streamed."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select

from eventapp.core.exports import ExportColumn
from eventapp.core.portions import rows_of
from eventapp.events.models import Event
from eventapp.partners.models import Organisation, Tier
from eventapp.registrations.invitations.listing import DEPUTY
from eventapp.registrations.invitations.models import Invitation


def _value(member: Any) -> str:
    return str(member.value)


# Header, kind, column. The headers are stable: people's spreadsheets and scripts rely on them. The link is no column:
# whoever has the file must not be able to answer for everybody in it.
COLUMNS: tuple[tuple[ExportColumn, Any], ...] = (
    (ExportColumn("state", show=_value), Invitation.state),
    (ExportColumn("given_name"), Invitation.given_name),
    (ExportColumn("family_name"), Invitation.family_name),
    (ExportColumn("email"), Invitation.address),
    (ExportColumn("company"), Organisation.name),
    (ExportColumn("programme_id"), Organisation.programme_id),
    (ExportColumn("tier"), Organisation.tier_key),
    (ExportColumn("country"), Organisation.country_code),
    (ExportColumn("sent_at", "moment"), Invitation.sent_at),
    (ExportColumn("opened_at", "moment"), Invitation.opened_at),
    (ExportColumn("started_at", "moment"), Invitation.started_at),
    (ExportColumn("done_at", "moment"), Invitation.done_at),
    (ExportColumn("declined_at", "moment"), Invitation.declined_at),
    (ExportColumn("delegated_to"), func.coalesce(DEPUTY.address, "")),
    (ExportColumn("reason"), Invitation.reason),
    (ExportColumn("reminders", "number"), Invitation.reminders),
    (ExportColumn("reminded_at", "moment"), Invitation.reminded_at),
    (ExportColumn("expires_at", "moment"), Invitation.expires_at),
    (ExportColumn("invited_by"), Invitation.created_by),
)


def columns() -> list[ExportColumn]:
    """The columns of the export, in order."""
    return [column for column, _source in COLUMNS]


def rows(event: Event, conditions: Sequence[ColumnElement[bool]] = ()) -> Iterator[Sequence[Any]]:
    """The invitations to an event, the oldest first, some at a time: memory does not grow with them."""
    query = (
        select(*(source for _column, source in COLUMNS))
        .select_from(Invitation)
        .outerjoin(Organisation, Organisation.id == Invitation.organisation_id)
        .outerjoin(Tier, Tier.key == Organisation.tier_key)
        .outerjoin(DEPUTY, DEPUTY.id == Invitation.delegated_to_id)
        .where(Invitation.event_id == event.id, *conditions)
    )
    return rows_of(query, Invitation.id)
