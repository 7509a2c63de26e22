"""The log keeps its chain when the texts of an entry are erased.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the hash of an entry's content, its salt and when it was erased; and the head of an empty chain."""
    op.add_column("audit_entry", sa.Column("salt", sa.String(length=32), server_default="", nullable=False))
    op.add_column("audit_entry", sa.Column("content_hash", sa.String(length=64), nullable=True))
    op.add_column("audit_entry", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_audit_entry_actor_user_id", "audit_entry", ["actor_user_id"])
    op.execute(f"INSERT INTO audit_head (id, hash) VALUES (1, '{'0' * 64}') ON CONFLICT DO NOTHING")


def downgrade() -> None:
    """There is no way back: a chain without its hashes could never be checked again."""
    raise RuntimeError("restore a backup instead")  # on purpose: half of a way back would lose data silently
