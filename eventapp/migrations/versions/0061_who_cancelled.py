"""Whose cancelling a registration was, so that only that side takes it back.

Revision ID: 0061
Revises: 0060
"""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

OLD, NEW = "[Undo within 15 minutes]({link})", "[Undo within 15 minutes]({undo_link})"


def upgrade() -> None:
    """Adds the column; of what was cancelled before nobody knows, so only an organizer takes it back."""
    sides = "'person', 'company', 'organizer'"
    op.execute(
        f"ALTER TABLE registration ADD COLUMN cancelled_by VARCHAR(24) CONSTRAINT ck_registration_cancelled_by"
        f" CHECK (cancelled_by IN ({sides}))"
    )
    _link(OLD, NEW)


def _link(before: str, after: str) -> None:
    """Changes the link to undo in texts that events have made of ours."""
    text = sa.table("message_text", sa.column("kind", sa.String), sa.column("body", sa.Text))
    changed = sa.func.replace(text.c.body, before, after)
    op.execute(
        text.update().where(text.c.kind == "cancelled", text.c.body.contains(before, autoescape=True)).values(body=changed)
    )


def downgrade() -> None:
    """Forgets it; the registrations stay as they are."""
    _link(NEW, OLD)
    op.drop_column("registration", "cancelled_by")
