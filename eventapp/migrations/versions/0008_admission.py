"""Admission: kinds, audience rules, waves, quotas by country, wishes for more places; states of registrations.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

OLD_STATUSES, NEW_STATUSES = (
    ("confirmed", "waiting", "cancelled"),
    ("pending", "confirmed", "offered", "waiting", "cancelled", "declined"),
)
OLD_SOURCES = ("company", "person", "organizer", "import")
NEW_SOURCES = (*OLD_SOURCES, "invitation", "block", "guest", "walk_in")
OLD_ACTIVE, NEW_ACTIVE = "status <> 'cancelled'", "status NOT IN ('cancelled', 'declined')"
OLD_ENDED, NEW_ENDED = "status = 'cancelled'", "status IN ('cancelled', 'declined')"
ACTIVE = "uq_registration_event_id_person_id"

OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
COMPANIES = "(SELECT string_to_array(nullif(current_setting('eventapp.companies', true), ''), ',')::int[])::int[]"
# A rule may name companies, so partners see none; a wish is that of its company.
WALLS = {"audience_rule": "false", "quota_request": f"organisation_id = ANY ({COMPANIES})"}


def upgrade() -> None:
    """Adds the tables and columns; what is registered already stays as it is."""
    op.create_table(
        "admission_kind",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("needs_approval", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("counts_on_company", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column(
            "offered_to",
            sa.Enum("everybody", "invited", "organizers", name="offeredto", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("archived", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint(
            "opens_at IS NULL OR closes_at IS NULL OR closes_at > opens_at", name=op.f("ck_admission_kind_window_in_order")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_admission_kind_event_id_event"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_admission_kind_pool_id_pool")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admission_kind")),
        sa.UniqueConstraint("event_id", "name", name="uq_admission_kind_event_id_name"),
        sa.UniqueConstraint("pool_id", name=op.f("uq_admission_kind_pool_id")),
    )
    op.create_table(
        "country_quota",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("country_code", sa.String(length=2), nullable=False),
        sa.Column("places", sa.Integer(), nullable=True),
        sa.CheckConstraint("places IS NULL OR places >= 0", name=op.f("ck_country_quota_places_not_negative")),
        sa.ForeignKeyConstraint(["country_code"], ["country.code"], name=op.f("fk_country_quota_country_code_country")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_country_quota_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("event_id", "country_code", name=op.f("pk_country_quota")),
    )
    op.create_table(
        "quota_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "granted",
                "refused",
                "withdrawn",
                name="requeststate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(length=254), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=254), nullable=False),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_quota_request_decided_has_time")),
        sa.CheckConstraint("wanted > 0", name=op.f("ck_quota_request_wanted_positive")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["user_account.id"], name=op.f("fk_quota_request_asked_by_id_user_account")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_quota_request_event_id_event"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_quota_request_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota_request")),
    )
    with op.batch_alter_table("quota_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quota_request_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index("ix_quota_request_state_asked_at", ["state", "asked_at", "id"], unique=False)
        batch_op.create_index(
            "uq_quota_request_event_id_organisation_id",
            ["event_id", "organisation_id"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "wave",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("tier", sa.String(length=30), nullable=True),
        sa.Column("sub_region_key", sa.String(length=30), nullable=True),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_wave_event_id_event"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["sub_region_key"], ["sub_region.key"], name=op.f("fk_wave_sub_region_key_sub_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wave")),
    )
    with op.batch_alter_table("wave", schema=None) as batch_op:
        batch_op.create_index("ix_wave_event_id", ["event_id"], unique=False)

    op.create_table(
        "audience_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("kind_id", sa.Integer(), nullable=True),
        sa.Column(
            "field",
            sa.Enum(
                "type",
                "tier",
                "country",
                "sub_region",
                "function",
                "company",
                name="audiencefield",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("values", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_audience_rule_event_id_event"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["kind_id"], ["admission_kind.id"], name=op.f("fk_audience_rule_kind_id_admission_kind"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audience_rule")),
    )
    with op.batch_alter_table("audience_rule", schema=None) as batch_op:
        batch_op.create_index("ix_audience_rule_event_id", ["event_id"], unique=False)

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "admission",
                sa.Enum("open", "approval", "invitation", name="admission", native_enum=False, create_constraint=True, length=24),
                server_default="open",
                nullable=False,
            )
        )
        batch_op.add_column(
            sa.Column(
                "fairness",
                sa.Enum(
                    "first_come", "one_per_company", "draw", name="fairness", native_enum=False, create_constraint=True, length=24
                ),
                server_default="first_come",
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("fairness_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("draw_seed", sa.String(length=80), server_default="", nullable=False))
        batch_op.add_column(sa.Column("gate_pool_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("shared_quota", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("edit_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("mode_change_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("reapproval", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("restricted", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_unique_constraint(batch_op.f("uq_event_gate_pool_id"), ["gate_pool_id"])
        batch_op.create_foreign_key(batch_op.f("fk_event_gate_pool_id_pool"), "pool", ["gate_pool_id"], ["id"])
        batch_op.create_check_constraint(op.f("ck_event_fairness_has_date"), "fairness = 'first_come' OR fairness_at IS NOT NULL")
        batch_op.create_check_constraint(op.f("ck_event_draw_has_seed"), "fairness <> 'draw' OR draw_seed <> ''")

    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("guest_of_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("missing_answers", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("was_pending", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_index("ix_registration_guest_of_id", ["guest_of_id"], unique=False)
        batch_op.create_index("ix_registration_kind_id", ["kind_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_registration_guest_of_id_registration"), "registration", ["guest_of_id"], ["id"]
        )
        batch_op.create_foreign_key(batch_op.f("fk_registration_kind_id_admission_kind"), "admission_kind", ["kind_id"], ["id"])
        batch_op.create_check_constraint(op.f("ck_registration_not_its_own_guest"), "guest_of_id IS NULL OR guest_of_id <> id")
        batch_op.create_check_constraint(op.f("ck_registration_missing_answers_not_negative"), "missing_answers >= 0")
    _states(OLD_ACTIVE, NEW_ACTIVE, NEW_ENDED, NEW_STATUSES, NEW_SOURCES)
    if op.get_bind().dialect.name == "postgresql":
        for table, condition in WALLS.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY wall ON {table} USING ({OPEN} OR {condition})")


def _states(active_before: str, active: str, ended: str, statuses: tuple[str, ...], sources: tuple[str, ...]) -> None:
    """Lets registrations, and what counts them, have these statuses and sources."""
    for table, name, column, values in (
        ("registration", "registrationstatus", "status", statuses),
        ("registration", "source", "source", sources),
        ("registration_tally", "registrationstatus", "status", statuses),
    ):
        listed = ", ".join(f"'{value}'" for value in values)
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
            batch_op.create_check_constraint(op.f(f"ck_{table}_{name}"), f"{column} IN ({listed})")
    before = sa.text(active_before)
    op.drop_index(ACTIVE, "registration", sqlite_where=before, postgresql_where=before)
    with op.batch_alter_table("registration") as batch_op:
        batch_op.drop_constraint(op.f("ck_registration_cancelled_has_time"), type_="check")
        batch_op.create_check_constraint(op.f("ck_registration_cancelled_has_time"), f"({ended}) = (cancelled_at IS NOT NULL)")
    where = sa.text(active)
    op.create_index(ACTIVE, "registration", ["event_id", "person_id"], unique=True, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Takes it back. What was declined counts as cancelled, what was offered as waiting for nothing: refused then."""
    op.execute("UPDATE registration SET status = 'cancelled' WHERE status = 'declined'")
    op.execute("UPDATE registration_tally SET status = 'cancelled' WHERE status = 'declined'")
    _states(NEW_ACTIVE, OLD_ACTIVE, OLD_ENDED, OLD_STATUSES, OLD_SOURCES)
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_registration_kind_id_admission_kind"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_registration_guest_of_id_registration"), type_="foreignkey")
        batch_op.drop_index("ix_registration_kind_id")
        batch_op.drop_index("ix_registration_guest_of_id")
        batch_op.drop_constraint(op.f("ck_registration_not_its_own_guest"), type_="check")
        batch_op.drop_constraint(op.f("ck_registration_missing_answers_not_negative"), type_="check")
        batch_op.drop_column("was_pending")
        batch_op.drop_column("missing_answers")
        batch_op.drop_column("guest_of_id")
        batch_op.drop_column("kind_id")

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_event_gate_pool_id_pool"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_event_gate_pool_id"), type_="unique")
        for name in ("fairness_has_date", "draw_has_seed", "admission", "fairness"):
            batch_op.drop_constraint(op.f(f"ck_event_{name}"), type_="check")
        batch_op.drop_column("restricted")
        batch_op.drop_column("reapproval")
        batch_op.drop_column("mode_change_until")
        batch_op.drop_column("edit_until")
        batch_op.drop_column("shared_quota")
        batch_op.drop_column("gate_pool_id")
        batch_op.drop_column("draw_seed")
        batch_op.drop_column("fairness_at")
        batch_op.drop_column("fairness")
        batch_op.drop_column("admission")

    with op.batch_alter_table("audience_rule", schema=None) as batch_op:
        batch_op.drop_index("ix_audience_rule_event_id")

    op.drop_table("audience_rule")
    with op.batch_alter_table("wave", schema=None) as batch_op:
        batch_op.drop_index("ix_wave_event_id")

    op.drop_table("wave")
    with op.batch_alter_table("quota_request", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_quota_request_event_id_organisation_id",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index("ix_quota_request_state_asked_at")
        batch_op.drop_index(batch_op.f("ix_quota_request_organisation_id"))

    op.drop_table("quota_request")
    op.drop_table("country_quota")
    op.drop_table("admission_kind")
