"""Former addresses of events; mails that the mail server holds up.

Revision ID: 0060
Revises: 0059
"""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the addresses of today, those of before were not written down; nor was what held up mails."""
    op.create_table(
        "event_slug",
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_slug_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_event_slug")),
    )
    op.create_index(op.f("ix_event_slug_event_id"), "event_slug", ["event_id"])
    op.execute("INSERT INTO event_slug (slug, event_id) SELECT slug, id FROM event")
    op.add_column("outbox_mail", sa.Column("held_up", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Forgets both; former addresses then lead nowhere."""
    op.drop_table("event_slug")
    op.drop_column("outbox_mail", "held_up")
