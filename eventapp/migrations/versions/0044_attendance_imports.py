"""Imports of attendance reports: their run, and how the file writes times.

Revision ID: 0044
Revises: 0043
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
OLD_KINDS = ("partners", "people", "registrations")


def upgrade() -> None:
    """Makes the table, behind a wall that no partner's request sees through; imports get a further kind."""
    tools = sa.Enum("teams", "zoom", "webex", "other", name="meetingtool", native_enum=False, create_constraint=True, length=24)
    orders = sa.Enum("mdy", "dmy", name="dayorder", native_enum=False, create_constraint=True, length=24)
    op.create_table(
        "attendance_import",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("tool", tools, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("day_order", orders, nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name=op.f("fk_attendance_import_batch_id_import_batch"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_attendance_import_run_id_run")),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["attendance_report.id"],
            name=op.f("fk_attendance_import_report_id_attendance_report"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_attendance_import")),
    )
    op.create_index("ix_attendance_import_run_id", "attendance_import", ["run_id"], unique=False)
    op.create_index("ix_attendance_import_report_id", "attendance_import", ["report_id"], unique=False)
    _kinds((*OLD_KINDS, "attendance"))
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE attendance_import ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE attendance_import FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY wall ON attendance_import USING ({OPEN})")


def _kinds(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    for table in ("import_batch", "import_mapping"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(op.f(f"ck_{table}_importkind"), type_="check")
            batch_op.create_check_constraint(op.f(f"ck_{table}_importkind"), f"kind IN ({listed})")


def downgrade() -> None:
    """Takes it back; imports of reports are forgotten, what they made stays."""
    op.execute("DELETE FROM import_row WHERE batch_id IN (SELECT id FROM import_batch WHERE kind = 'attendance')")
    op.execute("DELETE FROM attendance_import")
    op.execute("DELETE FROM import_batch WHERE kind = 'attendance'")
    op.execute("DELETE FROM import_mapping WHERE kind = 'attendance'")
    _kinds(OLD_KINDS)
    op.drop_table("attendance_import")
