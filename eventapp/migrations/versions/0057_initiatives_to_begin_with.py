"""Sections of templates may begin with initiatives; the alliance plan with its four workstreams.

Revision ID: 0057
Revises: 0056
"""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

WORKSTREAMS = (
    "Offers available on the other's cloud",
    "Integrated support across both",
    "The developer platform on both",
    "Unified workload management",
)


def upgrade() -> None:
    """Adds the column, and the workstreams to the template that was shipped for alliances."""
    op.add_column("plan_template_section", sa.Column("starts_with", sa.String(length=1000), server_default="", nullable=False))
    with op.batch_alter_table("plan_template_section", schema=None) as batch_op:
        batch_op.alter_column("starts_with", server_default=None)
    section = sa.table("plan_template_section", *(sa.column(name) for name in ("template_id", "key", "kind", "starts_with")))
    template = sa.table("plan_template", *(sa.column(name) for name in ("id", "kind")))
    alliances = sa.select(template.c.id).where(template.c.kind == "alliance").scalar_subquery()
    streams = sa.update(section).where(section.c.key == "workstreams", section.c.kind == "initiatives")
    op.execute(streams.where(section.c.template_id.in_(alliances)).values(starts_with="\n".join(WORKSTREAMS)))


def downgrade() -> None:
    """Takes it away; plans keep the initiatives that they began with."""
    op.drop_column("plan_template_section", "starts_with")
