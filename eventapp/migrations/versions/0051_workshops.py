"""Workshops of joint plans: dates, preparation, the room; all behind the wall.

Revision ID: 0051
Revises: 0050
"""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

# As in 0045: without a setting there is no wall, and the condition does not hide the index.
OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
COMPANIES = "(SELECT string_to_array(nullif(current_setting('eventapp.companies', true), ''), ',')::int[])::int[]"
OF_PLAN = f"plan_id = ANY (ARRAY(SELECT id FROM plan WHERE side_b_id = ANY ({COMPANIES})))"
TABLES = (
    "plan_presence",
    "plan_swot_item",
    "plan_workshop",
    "plan_confidence_vote",
    "plan_prep_task",
    "plan_swot_vote",
    "plan_workshop_attendance",
    "plan_workshop_item",
    "plan_workshop_slot",
    "plan_workshop_answer",
    "plan_parking_item",
)


def upgrade() -> None:
    """Makes the tables and their walls."""
    op.create_table(
        "plan_presence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("section_key", sa.String(length=40), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["plan_member.id"], name=op.f("fk_plan_presence_member_id_plan_member")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_presence_plan_id_plan"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_presence")),
        sa.UniqueConstraint("plan_id", "member_id", name=op.f("uq_plan_presence_plan_id_member_id")),
    )
    with op.batch_alter_table("plan_presence", schema=None) as batch_op:
        batch_op.create_index("ix_plan_presence_plan_id_seen_at", ["plan_id", "seen_at"], unique=False)

    op.create_table(
        "plan_swot_item",
        sa.Column(
            "quadrant",
            sa.Enum(
                "strength",
                "weakness",
                "opportunity",
                "threat",
                name="quadrant",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("side", sa.Enum("a", "b", name="side", native_enum=False, create_constraint=True, length=24), nullable=True),
        sa.Column("group_number", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_plan_swot_item_says_something")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_swot_item_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["section_id"], ["plan_section.id"], name=op.f("fk_plan_swot_item_section_id_plan_section"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_swot_item")),
    )
    with op.batch_alter_table("plan_swot_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_swot_item_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_swot_item_section_id"), ["section_id"], unique=False)

    op.create_table(
        "plan_workshop",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planning", "dated", "running", "held", name="workshopstate", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column(
            "format",
            sa.Enum("in_person", "virtual", name="workshopformat", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("meeting_url", sa.String(length=500), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("facilitator_id", sa.Integer(), nullable=True),
        sa.Column("scribe_id", sa.Integer(), nullable=True),
        sa.Column("timekeeper_id", sa.Integer(), nullable=True),
        sa.Column("facts_a_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("facts_b_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pack", sa.LargeBinary(), nullable=True),
        sa.Column("pack_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("quorum_a", sa.Boolean(), nullable=False),
        sa.Column("quorum_b", sa.Boolean(), nullable=False),
        sa.Column("quorum_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("minutes_html", sa.Text(), nullable=False),
        sa.Column("tick", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'held') = (ended_at IS NOT NULL)", name=op.f("ck_plan_workshop_held_has_time")),
        sa.CheckConstraint(
            "state NOT IN ('running', 'held') OR started_at IS NOT NULL", name=op.f("ck_plan_workshop_started_has_time")
        ),
        sa.CheckConstraint("(pack IS NULL) = (pack_at IS NULL)", name=op.f("ck_plan_workshop_pack_has_time")),
        sa.ForeignKeyConstraint(
            ["facilitator_id"],
            ["user_account.id"],
            name=op.f("fk_plan_workshop_facilitator_id_user_account"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_workshop_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["scribe_id"], ["plan_member.id"], name=op.f("fk_plan_workshop_scribe_id_plan_member")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["agenda_session.id"], name=op.f("fk_plan_workshop_session_id_agenda_session"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["timekeeper_id"], ["plan_member.id"], name=op.f("fk_plan_workshop_timekeeper_id_plan_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_workshop")),
        sa.UniqueConstraint("plan_id", name=op.f("uq_plan_workshop_plan_id")),
    )
    with op.batch_alter_table("plan_workshop", schema=None) as batch_op:
        batch_op.create_index("ix_plan_workshop_facilitator_id", ["facilitator_id"], unique=False)
        batch_op.create_index("ix_plan_workshop_session_id", ["session_id"], unique=False)

    op.create_table(
        "plan_confidence_vote",
        sa.Column("workshop_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("vote", sa.Integer(), nullable=False),
        sa.Column("remark", sa.String(length=300), nullable=False),
        sa.Column("voted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("vote BETWEEN 1 AND 5", name=op.f("ck_plan_confidence_vote_vote_in_range")),
        sa.ForeignKeyConstraint(["member_id"], ["plan_member.id"], name=op.f("fk_plan_confidence_vote_member_id_plan_member")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_confidence_vote_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["workshop_id"],
            ["plan_workshop.id"],
            name=op.f("fk_plan_confidence_vote_workshop_id_plan_workshop"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workshop_id", "member_id", name=op.f("pk_plan_confidence_vote")),
    )
    with op.batch_alter_table("plan_confidence_vote", schema=None) as batch_op:
        batch_op.create_index("ix_plan_confidence_vote_plan_id", ["plan_id"], unique=False)

    op.create_table(
        "plan_prep_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("workshop_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.Enum("a", "b", name="side", native_enum=False, create_constraint=True, length=24), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=150), nullable=False),
        sa.Column("help", sa.String(length=500), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("todo", "done", "waived", name="prepstate", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_html", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'todo') = (ended_at IS NULL)", name=op.f("ck_plan_prep_task_ended_has_time")),
        sa.CheckConstraint("state <> 'waived' OR reason <> ''", name=op.f("ck_plan_prep_task_waived_has_reason")),
        sa.ForeignKeyConstraint(["assignee_id"], ["plan_member.id"], name=op.f("fk_plan_prep_task_assignee_id_plan_member")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_prep_task_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["workshop_id"], ["plan_workshop.id"], name=op.f("fk_plan_prep_task_workshop_id_plan_workshop"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_prep_task")),
    )
    with op.batch_alter_table("plan_prep_task", schema=None) as batch_op:
        batch_op.create_index("ix_plan_prep_task_plan_id_side", ["plan_id", "side"], unique=False)
        batch_op.create_index("ix_plan_prep_task_state_due_on", ["state", "due_on"], unique=False)

    op.create_table(
        "plan_swot_vote",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("voted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["plan_swot_item.id"], name=op.f("fk_plan_swot_vote_item_id_plan_swot_item"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["member_id"], ["plan_member.id"], name=op.f("fk_plan_swot_vote_member_id_plan_member")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_swot_vote_plan_id_plan"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("item_id", "member_id", name=op.f("pk_plan_swot_vote")),
    )
    with op.batch_alter_table("plan_swot_vote", schema=None) as batch_op:
        batch_op.create_index("ix_plan_swot_vote_plan_id_member_id", ["plan_id", "member_id"], unique=False)

    op.create_table(
        "plan_workshop_attendance",
        sa.Column("workshop_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("group_number", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "left_at IS NULL OR left_at >= arrived_at", name=op.f("ck_plan_workshop_attendance_leaves_after_arriving")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["plan_member.id"], name=op.f("fk_plan_workshop_attendance_member_id_plan_member")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.id"], name=op.f("fk_plan_workshop_attendance_plan_id_plan"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workshop_id"],
            ["plan_workshop.id"],
            name=op.f("fk_plan_workshop_attendance_workshop_id_plan_workshop"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workshop_id", "member_id", name=op.f("pk_plan_workshop_attendance")),
    )
    with op.batch_alter_table("plan_workshop_attendance", schema=None) as batch_op:
        batch_op.create_index("ix_plan_workshop_attendance_plan_id", ["plan_id"], unique=False)

    op.create_table(
        "plan_workshop_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("workshop_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("half", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=150), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=True),
        sa.Column("is_break", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("ended_at IS NULL OR started_at IS NOT NULL", name=op.f("ck_plan_workshop_item_ends_after_start")),
        sa.CheckConstraint("half IN (1, 2)", name=op.f("ck_plan_workshop_item_half_is_one_of_two")),
        sa.CheckConstraint("minutes BETWEEN 1 AND 480", name=op.f("ck_plan_workshop_item_minutes_in_a_day")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_workshop_item_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["section_id"], ["plan_section.id"], name=op.f("fk_plan_workshop_item_section_id_plan_section"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["workshop_id"],
            ["plan_workshop.id"],
            name=op.f("fk_plan_workshop_item_workshop_id_plan_workshop"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_workshop_item")),
    )
    with op.batch_alter_table("plan_workshop_item", schema=None) as batch_op:
        batch_op.create_index("ix_plan_workshop_item_plan_id", ["plan_id"], unique=False)
        batch_op.create_index("ix_plan_workshop_item_workshop_id_position", ["workshop_id", "position"], unique=False)

    op.create_table(
        "plan_workshop_slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("workshop_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("second_starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("second_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "state",
            sa.Enum("proposed", "confirmed", "withdrawn", name="slotstate", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(second_starts_at IS NULL) = (second_ends_at IS NULL)", name=op.f("ck_plan_workshop_slot_second_half_is_whole")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_plan_workshop_slot_ends_after_start")),
        sa.CheckConstraint(
            "second_starts_at IS NULL OR (second_starts_at >= ends_at AND second_ends_at > second_starts_at)",
            name=op.f("ck_plan_workshop_slot_second_half_follows"),
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_workshop_slot_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["plan_member.id"], name=op.f("fk_plan_workshop_slot_proposed_by_id_plan_member")
        ),
        sa.ForeignKeyConstraint(
            ["workshop_id"],
            ["plan_workshop.id"],
            name=op.f("fk_plan_workshop_slot_workshop_id_plan_workshop"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_workshop_slot")),
        sa.UniqueConstraint("workshop_id", "starts_at", name=op.f("uq_plan_workshop_slot_workshop_id_starts_at")),
    )
    with op.batch_alter_table("plan_workshop_slot", schema=None) as batch_op:
        batch_op.create_index("ix_plan_workshop_slot_plan_id", ["plan_id"], unique=False)
        batch_op.create_index(
            "uq_plan_workshop_slot_confirmed",
            ["workshop_id"],
            unique=True,
            sqlite_where=sa.text("state = 'confirmed'"),
            postgresql_where=sa.text("state = 'confirmed'"),
        )

    op.create_table(
        "plan_workshop_answer",
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column(
            "answer",
            sa.Enum("yes", "maybe", "no", name="slotanswer", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["plan_member.id"], name=op.f("fk_plan_workshop_answer_member_id_plan_member")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_workshop_answer_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["slot_id"],
            ["plan_workshop_slot.id"],
            name=op.f("fk_plan_workshop_answer_slot_id_plan_workshop_slot"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("slot_id", "member_id", name=op.f("pk_plan_workshop_answer")),
    )
    with op.batch_alter_table("plan_workshop_answer", schema=None) as batch_op:
        batch_op.create_index("ix_plan_workshop_answer_plan_id", ["plan_id"], unique=False)

    op.create_table(
        "plan_parking_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("workshop_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open", "action", "decision", "dropped", name="parkingstate", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("action_id", sa.Integer(), nullable=True),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name=op.f("ck_plan_parking_item_ended_has_time")),
        sa.CheckConstraint("text <> ''", name=op.f("ck_plan_parking_item_says_something")),
        sa.ForeignKeyConstraint(
            ["action_id"], ["plan_action.id"], name=op.f("fk_plan_parking_item_action_id_plan_action"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_plan_parking_item_decision_id_decision"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["member_id"], ["plan_member.id"], name=op.f("fk_plan_parking_item_member_id_plan_member")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_parking_item_plan_id_plan"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["workshop_id"], ["plan_workshop.id"], name=op.f("fk_plan_parking_item_workshop_id_plan_workshop"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_parking_item")),
    )
    with op.batch_alter_table("plan_parking_item", schema=None) as batch_op:
        batch_op.create_index("ix_plan_parking_item_plan_id", ["plan_id"], unique=False)
        batch_op.create_index("ix_plan_parking_item_workshop_id", ["workshop_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY wall ON {table} USING ({OPEN} OR {OF_PLAN})")


def downgrade() -> None:
    """Takes the tables away, those first that others do not need."""
    for table in reversed(TABLES):
        op.drop_table(table)
