"""The index that the search counts by: people and companies of an event without a look at the registrations.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BEFORE, AFTER = "ix_registration_event_id_person_id", "ix_registration_event_id_person_id_organisation_id"


def upgrade() -> None:
    """Lets the index hold the company too."""
    op.create_index(AFTER, "registration", ["event_id", "person_id", "organisation_id"])
    op.drop_index(BEFORE, "registration")


def downgrade() -> None:
    """Back to the narrower index."""
    op.create_index(BEFORE, "registration", ["event_id", "person_id"])
    op.drop_index(AFTER, "registration")
