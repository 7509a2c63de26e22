"""Imports of registrations: their event, decisions about names, and rows that wait for one.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
OLD_KINDS = ("partners", "people")
OLD_OUTCOMES = ("create", "update", "unchanged", "repeat", "conflict", "rejected")


def upgrade() -> None:
    """Makes the tables, each behind a wall that no partner's request sees through; imports get further values."""
    op.create_table(
        "name_decision",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_name_decision_event_id_event"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_name_decision_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("event_id", "key", name=op.f("pk_name_decision")),
    )
    op.create_index(op.f("ix_name_decision_organisation_id"), "name_decision", ["organisation_id"], unique=False)
    op.create_table(
        "registration_import",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name=op.f("fk_registration_import_batch_id_import_batch"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_registration_import_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_registration_import")),
    )
    op.create_index(op.f("ix_registration_import_event_id"), "registration_import", ["event_id"], unique=False)
    _values((*OLD_KINDS, "registrations"), (*OLD_OUTCOMES[:-1], "unsure", OLD_OUTCOMES[-1]))
    if op.get_bind().dialect.name == "postgresql":
        for table in ("name_decision", "registration_import"):
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY wall ON {table} USING ({OPEN})")


def _values(kinds: tuple[str, ...], outcomes: tuple[str, ...]) -> None:
    for table, name, column, values in (
        ("import_batch", "importkind", "kind", kinds),
        ("import_mapping", "importkind", "kind", kinds),
        ("import_row", "rowoutcome", "outcome", outcomes),
    ):
        listed = ", ".join(f"'{value}'" for value in values)
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
            batch_op.create_check_constraint(op.f(f"ck_{table}_{name}"), f"{column} IN ({listed})")


def downgrade() -> None:
    """Takes it back; imports of registrations are forgotten, what they made stays."""
    op.execute("DELETE FROM import_row WHERE batch_id IN (SELECT id FROM import_batch WHERE kind = 'registrations')")
    op.execute("DELETE FROM registration_import")
    op.execute("DELETE FROM import_batch WHERE kind = 'registrations'")
    op.execute("DELETE FROM import_mapping WHERE kind = 'registrations'")
    _values(OLD_KINDS, OLD_OUTCOMES)
    op.drop_table("registration_import")
    op.drop_table("name_decision")
