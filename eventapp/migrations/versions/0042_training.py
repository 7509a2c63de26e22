"""Training: courses, runs, enrolments, attendance, assessments, certificates, and the rules of the programme.

Revision ID: 0042
Revises: 0041
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")

# As in 0029: without a setting there is no wall.
OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
COMPANIES = "(SELECT string_to_array(nullif(current_setting('eventapp.companies', true), ''), ',')::int[])::int[]"
PERSON = "(SELECT nullif(current_setting('eventapp.person', true), '')::int)"
OF_COMPANY, OF_PERSON = f"organisation_id = ANY ({COMPANIES})", f"person_id = {PERSON}"
MEMBERS = f"ANY (ARRAY(SELECT DISTINCT person_id FROM membership WHERE {OF_COMPANY}))"
OF_MEMBERS = f"{OF_PERSON} OR person_id = {MEMBERS}"
# How somebody did stays their own; the company sees what stands on the enrolment.
MINE = f"enrolment_id = ANY (ARRAY(SELECT id FROM enrolment WHERE {OF_PERSON}))"
WALLS = {
    "course_interest": f"{OF_COMPANY} OR {OF_PERSON}",
    "waiver": OF_MEMBERS,
    "enrolment": f"{OF_COMPANY} OR {OF_PERSON}",
    "attendance_report": "false",
    "attendance_interval": MINE,
    "roll_call": MINE,
    "assessment_attempt": MINE,
    "submission": MINE,
    "submission_piece": f"submission_id = ANY (ARRAY(SELECT id FROM submission WHERE {MINE}))",
    "course_feedback": MINE,
    "certificate": OF_MEMBERS,
    "certificate_notice": f"certificate_id = ANY (ARRAY(SELECT id FROM certificate WHERE {OF_MEMBERS}))",
    "counts_for": f"{OF_COMPANY} OR {OF_PERSON}",
    "standing": OF_COMPANY,
}


def upgrade() -> None:
    """Makes the tables; what belongs to companies and people stands behind the wall."""
    op.create_table(
        "course",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("archived", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("code <> ''", name=op.f("ck_course_has_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
        sa.UniqueConstraint("code", name=op.f("uq_course_code")),
    )
    op.create_table(
        "credential",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("technical", "sales", "other", name="credentialkind", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("validity_months", sa.Integer(), nullable=True),
        sa.Column("archived", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_credential_has_name")),
        sa.CheckConstraint("points >= 0", name=op.f("ck_credential_points_not_negative")),
        sa.CheckConstraint(
            "validity_months IS NULL OR validity_months BETWEEN 1 AND 240", name=op.f("ck_credential_validity_in_range")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
        sa.UniqueConstraint("code", name=op.f("uq_credential_code")),
    )
    op.create_table(
        "course_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("draft", "current", "retired", name="versionstatus", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=150), nullable=False),
        sa.Column("summary", sa.String(length=300), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("description_html", sa.Text(), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "beginner", "intermediate", "advanced", name="courselevel", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("languages", _JSON, nullable=False),
        sa.Column("product_tags", _JSON, nullable=False),
        sa.Column("modes", _JSON, nullable=False),
        sa.Column("audience_types", _JSON, nullable=False),
        sa.Column("audience_functions", _JSON, nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column(
            "needed", sa.Enum("all", "any", name="needed", native_enum=False, create_constraint=True, length=24), nullable=False
        ),
        sa.Column("attendance_mark", sa.Integer(), nullable=False),
        sa.Column("partial_from", sa.Integer(), nullable=False),
        sa.Column("pass_mark", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("time_limit", sa.Integer(), nullable=True),
        sa.Column("drawn", sa.Integer(), nullable=True),
        sa.Column("exercise", sa.Text(), nullable=False),
        sa.Column("exercise_html", sa.Text(), nullable=False),
        sa.Column("exercise_mark", sa.Integer(), nullable=False),
        sa.Column("validity_months", sa.Integer(), nullable=True),
        sa.Column("credit_minutes", sa.Integer(), nullable=False),
        sa.Column("follow_up_days", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("title <> ''", name=op.f("ck_course_version_has_title")),
        sa.CheckConstraint("attempts BETWEEN 1 AND 20", name=op.f("ck_course_version_attempts_in_range")),
        sa.CheckConstraint("attendance_mark BETWEEN 1 AND 100", name=op.f("ck_course_version_attendance_mark_in_range")),
        sa.CheckConstraint("credit_minutes BETWEEN 1 AND 600", name=op.f("ck_course_version_credit_minutes_in_range")),
        sa.CheckConstraint("drawn IS NULL OR drawn > 0", name=op.f("ck_course_version_drawn_positive")),
        sa.CheckConstraint("exercise_mark BETWEEN 1 AND 100", name=op.f("ck_course_version_exercise_mark_in_range")),
        sa.CheckConstraint("follow_up_days BETWEEN 30 AND 90", name=op.f("ck_course_version_follow_up_in_range")),
        sa.CheckConstraint("minutes BETWEEN 1 AND 60000", name=op.f("ck_course_version_minutes_in_range")),
        sa.CheckConstraint("partial_from BETWEEN 1 AND attendance_mark", name=op.f("ck_course_version_partial_from_in_range")),
        sa.CheckConstraint("pass_mark IS NULL OR pass_mark BETWEEN 1 AND 100", name=op.f("ck_course_version_pass_mark_in_range")),
        sa.CheckConstraint(
            "time_limit IS NULL OR time_limit BETWEEN 1 AND 600", name=op.f("ck_course_version_time_limit_in_range")
        ),
        sa.CheckConstraint(
            "validity_months IS NULL OR validity_months BETWEEN 1 AND 240", name=op.f("ck_course_version_validity_in_range")
        ),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_course_version_course_id_course")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_version")),
        sa.UniqueConstraint("course_id", "number", name=op.f("uq_course_version_course_id_number")),
    )
    op.create_index(
        "uq_course_version_current",
        "course_version",
        ["course_id"],
        unique=True,
        sqlite_where=sa.text("status = 'current'"),
        postgresql_where=sa.text("status = 'current'"),
    )
    op.create_table(
        "curriculum",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("electives", sa.Integer(), nullable=False),
        sa.Column("archived", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("electives >= 0", name=op.f("ck_curriculum_electives_not_negative")),
        sa.ForeignKeyConstraint(["credential_id"], ["credential.id"], name=op.f("fk_curriculum_credential_id_credential")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_curriculum")),
        sa.UniqueConstraint("credential_id", "name", name=op.f("uq_curriculum_credential_id_name")),
    )
    op.create_table(
        "programme_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tier_key", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("countries", _JSON, nullable=False),
        sa.Column("people_min", sa.Integer(), nullable=False),
        sa.Column("score_min", sa.Integer(), nullable=False),
        sa.Column("window_months", sa.Integer(), nullable=True),
        sa.Column("risk_days", sa.Integer(), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("archived", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_programme_rule_has_name")),
        sa.CheckConstraint("people_min > 0 OR score_min > 0", name=op.f("ck_programme_rule_asks_something")),
        sa.CheckConstraint("people_min >= 0 AND score_min >= 0", name=op.f("ck_programme_rule_minima_not_negative")),
        sa.CheckConstraint(
            "risk_days BETWEEN 0 AND 730 AND grace_days BETWEEN 0 AND 730", name=op.f("ck_programme_rule_days_in_range")
        ),
        sa.CheckConstraint(
            "window_months IS NULL OR window_months BETWEEN 1 AND 240", name=op.f("ck_programme_rule_window_in_range")
        ),
        sa.ForeignKeyConstraint(["tier_key"], ["tier.key"], name=op.f("fk_programme_rule_tier_key_tier")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_rule")),
    )
    op.create_index("ix_programme_rule_tier_key", "programme_rule", ["tier_key"])
    op.create_table(
        "assessment_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("single", "multiple", name="questionkind", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("options", _JSON, nullable=False),
        sa.Column("explanation", sa.String(length=1000), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("archived", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_assessment_question_has_text")),
        sa.CheckConstraint("points BETWEEN 1 AND 100", name=op.f("ck_assessment_question_points_in_range")),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["course_version.id"],
            name=op.f("fk_assessment_question_version_id_course_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_question")),
    )
    op.create_index("ix_assessment_question_version_id", "assessment_question", ["version_id"])
    op.create_table(
        "curriculum_course",
        sa.Column("curriculum_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_curriculum_course_course_id_course")),
        sa.ForeignKeyConstraint(
            ["curriculum_id"], ["curriculum.id"], name=op.f("fk_curriculum_course_curriculum_id_curriculum"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("curriculum_id", "course_id", name=op.f("pk_curriculum_course")),
    )
    op.create_index("ix_curriculum_course_course_id", "curriculum_course", ["course_id"])
    op.create_table(
        "prerequisite",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("credential_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(course_id IS NULL) <> (credential_id IS NULL)", name=op.f("ck_prerequisite_course_or_credential")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_prerequisite_course_id_course")),
        sa.ForeignKeyConstraint(["credential_id"], ["credential.id"], name=op.f("fk_prerequisite_credential_id_credential")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["course_version.id"], name=op.f("fk_prerequisite_version_id_course_version"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prerequisite")),
        sa.UniqueConstraint("version_id", "course_id", name=op.f("uq_prerequisite_version_id_course_id")),
        sa.UniqueConstraint("version_id", "credential_id", name=op.f("uq_prerequisite_version_id_credential_id")),
    )
    op.create_index("ix_prerequisite_course_id", "prerequisite", ["course_id"])
    op.create_index("ix_prerequisite_credential_id", "prerequisite", ["credential_id"])
    op.create_table(
        "rubric_criterion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "most BETWEEN 1 AND 100 AND least BETWEEN 0 AND most", name=op.f("ck_rubric_criterion_points_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["course_version.id"], name=op.f("fk_rubric_criterion_version_id_course_version"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rubric_criterion")),
        sa.UniqueConstraint("version_id", "name", name=op.f("uq_rubric_criterion_version_id_name")),
    )
    op.create_table(
        "rule_credential",
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["credential_id"], ["credential.id"], name=op.f("fk_rule_credential_credential_id_credential")),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["programme_rule.id"], name=op.f("fk_rule_credential_rule_id_programme_rule"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("rule_id", "credential_id", name=op.f("pk_rule_credential")),
    )
    op.create_index("ix_rule_credential_credential_id", "rule_credential", ["credential_id"])
    op.create_table(
        "standing_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "compliant",
                "at_risk",
                "grace",
                "non_compliant",
                name="standingstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("companies", sa.Integer(), nullable=False),
        sa.CheckConstraint("companies >= 0", name=op.f("ck_standing_day_companies_not_negative")),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["programme_rule.id"], name=op.f("fk_standing_day_rule_id_programme_rule"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("day", "rule_id", "state", name=op.f("pk_standing_day")),
    )
    op.create_table(
        "counts_for",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("chosen_by", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_counts_for_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_counts_for_person_id_person"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_counts_for")),
    )
    op.create_index("ix_counts_for_organisation_id", "counts_for", ["organisation_id"])
    op.create_table(
        "course_interest",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.String(length=254), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_course_interest_course_id_course")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_course_interest_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_course_interest_person_id_person")),
        sa.PrimaryKeyConstraint("course_id", "person_id", name=op.f("pk_course_interest")),
    )
    op.create_index("ix_course_interest_organisation_id", "course_interest", ["organisation_id"])
    op.create_index("ix_course_interest_person_id", "course_interest", ["person_id"])
    op.create_table(
        "event_part",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_event_part_ends_after_start")),
        sa.CheckConstraint("number > 0", name=op.f("ck_event_part_number_positive")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_part_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("event_id", "number", name=op.f("pk_event_part")),
    )
    op.create_table(
        "standing",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "compliant",
                "at_risk",
                "grace",
                "non_compliant",
                name="standingstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("falls_on", sa.Date(), nullable=True),
        sa.Column("falls_by", _JSON, nullable=False),
        sa.Column("grace_until", sa.Date(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("evaluated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state = 'at_risk') = (falls_on IS NOT NULL)", name=op.f("ck_standing_at_risk_has_day")),
        sa.CheckConstraint(
            "(state IN ('grace', 'non_compliant')) = (grace_until IS NOT NULL)", name=op.f("ck_standing_grace_has_end")
        ),
        sa.CheckConstraint("people >= 0 AND score >= 0", name=op.f("ck_standing_counts_not_negative")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_standing_organisation_id_organisation")),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["programme_rule.id"], name=op.f("fk_standing_rule_id_programme_rule"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organisation_id", "rule_id", name=op.f("pk_standing")),
    )
    op.create_index("ix_standing_rule_id_state", "standing", ["rule_id", "state"])
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("seats_min", sa.Integer(), nullable=False),
        sa.Column("late_hours", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("late_hours BETWEEN 0 AND 720", name=op.f("ck_run_late_hours_in_range")),
        sa.CheckConstraint("seats_min >= 0", name=op.f("ck_run_seats_min_not_negative")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_run_event_id_event")),
        sa.ForeignKeyConstraint(["session_id"], ["agenda_session.id"], name=op.f("fk_run_session_id_agenda_session")),
        sa.ForeignKeyConstraint(["version_id"], ["course_version.id"], name=op.f("fk_run_version_id_course_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        sa.UniqueConstraint("session_id", name=op.f("uq_run_session_id")),
    )
    op.create_index("ix_run_event_id_session_id", "run", ["event_id", "session_id"])
    op.create_index("ix_run_version_id", "run", ["version_id"])
    op.create_index(
        "uq_run_event_id",
        "run",
        ["event_id"],
        unique=True,
        sqlite_where=sa.text("session_id IS NULL"),
        postgresql_where=sa.text("session_id IS NULL"),
    )
    op.create_table(
        "attendance_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column(
            "tool",
            sa.Enum("teams", "zoom", "webex", "other", name="meetingtool", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.String(length=254), nullable=False),
        sa.CheckConstraint("lines >= 0 AND added >= 0", name=op.f("ck_attendance_report_counts_not_negative")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_attendance_report_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance_report")),
        sa.UniqueConstraint("run_id", "sha256", name=op.f("uq_attendance_report_run_id_sha256")),
    )
    op.create_table(
        "course_material",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "shown_from",
            sa.Enum("enrolled", "end", name="shownfrom", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=150), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("is_public", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("(url <> '') <> (key IS NOT NULL)", name=op.f("ck_course_material_link_or_file")),
        sa.CheckConstraint("(key IS NULL) = (content IS NULL)", name=op.f("ck_course_material_file_has_content")),
        sa.CheckConstraint("(version_id IS NULL) <> (run_id IS NULL)", name=op.f("ck_course_material_version_or_run")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_course_material_run_id_run"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["course_version.id"], name=op.f("fk_course_material_version_id_course_version"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_material")),
        sa.UniqueConstraint("key", name=op.f("uq_course_material_key")),
    )
    op.create_index("ix_course_material_run_id", "course_material", ["run_id"])
    op.create_index("ix_course_material_version_id", "course_material", ["version_id"])
    op.create_table(
        "enrolment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "waitlisted",
                "offered",
                "enrolled",
                "cancelled",
                "late_cancelled",
                name="enrolmentstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attended", sa.Integer(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column(
            "attendance",
            sa.Enum(
                "attended",
                "partial",
                "no_show",
                "excused",
                name="attendancestate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(length=254), nullable=False),
        sa.Column("settled_reason", sa.String(length=300), nullable=False),
        sa.Column(
            "result",
            sa.Enum(
                "not_required",
                "pending",
                "passed",
                "failed",
                name="resultstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("followed_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("settled_at IS NOT NULL OR settled_reason = ''", name=op.f("ck_enrolment_reason_of_settled")),
        sa.CheckConstraint(
            "(state IN ('cancelled', 'late_cancelled')) = (cancelled_at IS NOT NULL)",
            name=op.f("ck_enrolment_cancelled_has_time"),
        ),
        sa.CheckConstraint("attendance <> 'excused' OR settled_at IS NOT NULL", name=op.f("ck_enrolment_excused_by_hand")),
        sa.CheckConstraint("attended >= 0 AND slots >= 0 AND attended <= slots", name=op.f("ck_enrolment_seconds_in_order")),
        sa.CheckConstraint("score IS NULL OR score BETWEEN 0 AND 100", name=op.f("ck_enrolment_score_in_range")),
        sa.CheckConstraint("settled_at IS NULL OR attendance IS NOT NULL", name=op.f("ck_enrolment_settled_has_attendance")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_enrolment_organisation_id_organisation")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_enrolment_person_id_person")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_enrolment_registration_id_registration"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_enrolment_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("run_id", "registration_id", "person_id", name=op.f("uq_enrolment_run_id_registration_id_person_id")),
    )
    op.create_index("ix_enrolment_organisation_id", "enrolment", ["organisation_id"])
    op.create_index("ix_enrolment_person_id", "enrolment", ["person_id"])
    op.create_index("ix_enrolment_registration_id", "enrolment", ["registration_id"])
    op.create_index("ix_enrolment_run_id_state", "enrolment", ["run_id", "state", "id"])
    op.create_table(
        "run_trainer",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_run_trainer_run_id_run"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_run_trainer_user_id_user_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "user_id", name=op.f("pk_run_trainer")),
    )
    op.create_index("ix_run_trainer_user_id", "run_trainer", ["user_id"])
    op.create_table(
        "waiver",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.String(length=254), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_waiver_has_reason")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_waiver_person_id_person")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_waiver_run_id_run"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "person_id", name=op.f("pk_waiver")),
    )
    op.create_index("ix_waiver_person_id", "waiver", ["person_id"])
    op.create_table(
        "assessment_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("questions", _JSON, nullable=False),
        sa.Column("answers", _JSON, nullable=False),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(submitted_at IS NULL) = (passed IS NULL)", name=op.f("ck_assessment_attempt_submitted_has_result")),
        sa.CheckConstraint("(submitted_at IS NULL) = (points IS NULL)", name=op.f("ck_assessment_attempt_submitted_has_points")),
        sa.CheckConstraint(
            "most > 0 AND (points IS NULL OR points BETWEEN 0 AND most)", name=op.f("ck_assessment_attempt_points_in_range")
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_assessment_attempt_number_positive")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_assessment_attempt_enrolment_id_enrolment"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_attempt")),
        sa.UniqueConstraint("enrolment_id", "number", name=op.f("uq_assessment_attempt_enrolment_id_number")),
    )
    op.create_index(
        "uq_assessment_attempt_open",
        "assessment_attempt",
        ["enrolment_id"],
        unique=True,
        sqlite_where=sa.text("submitted_at IS NULL"),
        postgresql_where=sa.text("submitted_at IS NULL"),
    )
    op.create_table(
        "attendance_interval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=True),
        sa.Column("report_id", sa.Integer(), nullable=True),
        sa.Column(
            "source",
            sa.Enum(
                "join",
                "door",
                "import",
                "sign_sheet",
                "roll_call",
                name="intervalsource",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column(
            "matched",
            sa.Enum("token", "address", "name", "hand", name="matchedrow", native_enum=False, create_constraint=True, length=24),
            nullable=True,
        ),
        sa.Column("is_staff", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("aside_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checks_asked", sa.Integer(), nullable=True),
        sa.Column("checks_answered", sa.Integer(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.String(length=254), nullable=False),
        sa.CheckConstraint("(enrolment_id IS NULL) = (matched IS NULL)", name=op.f("ck_attendance_interval_matched_says_how")),
        sa.CheckConstraint(
            "checks_answered IS NULL OR checks_answered <= checks_asked", name=op.f("ck_attendance_interval_checks_in_order")
        ),
        sa.CheckConstraint("left_at IS NULL OR left_at >= joined_at", name=op.f("ck_attendance_interval_in_order")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_attendance_interval_enrolment_id_enrolment"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["attendance_report.id"],
            name=op.f("fk_attendance_interval_report_id_attendance_report"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_attendance_interval_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance_interval")),
        sa.UniqueConstraint("run_id", "key", name=op.f("uq_attendance_interval_run_id_key")),
    )
    op.create_index("ix_attendance_interval_enrolment_id", "attendance_interval", ["enrolment_id"])
    op.create_index("ix_attendance_interval_report_id", "attendance_interval", ["report_id"])
    op.create_table(
        "certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=True),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("credential_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "mode",
            sa.Enum("in_person", "virtual", "hybrid", name="eventformat", native_enum=False, create_constraint=True, length=24),
            nullable=True,
        ),
        sa.Column("completed_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("half_credits", sa.Integer(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("by_hand", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.String(length=254), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.String(length=254), nullable=False),
        sa.Column("revoked_reason", sa.String(length=300), nullable=False),
        sa.Column("replaced_by_id", sa.Integer(), nullable=True),
        sa.Column("salt", sa.String(length=22), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("revoked_at IS NOT NULL OR revoked_reason = ''", name=op.f("ck_certificate_reason_of_revoked")),
        sa.CheckConstraint("by_hand OR reason = ''", name=op.f("ck_certificate_reason_of_by_hand")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_certificate_has_name")),
        sa.CheckConstraint("(version_id IS NULL) <> (credential_id IS NULL)", name=op.f("ck_certificate_course_or_credential")),
        sa.CheckConstraint(
            "expires_on IS NULL OR expires_on >= completed_on", name=op.f("ck_certificate_expires_after_completion")
        ),
        sa.CheckConstraint("minutes >= 0 AND half_credits >= 0", name=op.f("ck_certificate_counts_not_negative")),
        sa.ForeignKeyConstraint(["credential_id"], ["credential.id"], name=op.f("fk_certificate_credential_id_credential")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_certificate_enrolment_id_enrolment"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_certificate_person_id_person")),
        sa.ForeignKeyConstraint(["replaced_by_id"], ["certificate.id"], name=op.f("fk_certificate_replaced_by_id_certificate")),
        sa.ForeignKeyConstraint(["version_id"], ["course_version.id"], name=op.f("fk_certificate_version_id_course_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("code", name=op.f("uq_certificate_code")),
    )
    op.create_index("ix_certificate_credential_id", "certificate", ["credential_id", "person_id"])
    op.create_index("ix_certificate_expires_on", "certificate", ["expires_on"])
    op.create_index("ix_certificate_person_id", "certificate", ["person_id"])
    op.create_index("ix_certificate_version_id", "certificate", ["version_id"])
    op.create_index(
        "uq_certificate_enrolment_id",
        "certificate",
        ["enrolment_id"],
        unique=True,
        sqlite_where=sa.text("replaced_by_id IS NULL AND revoked_at IS NULL"),
        postgresql_where=sa.text("replaced_by_id IS NULL AND revoked_at IS NULL"),
    )
    op.create_table(
        "course_feedback",
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("relevance", sa.Integer(), nullable=True),
        sa.Column("pace", sa.Integer(), nullable=True),
        sa.Column("trainer", sa.Integer(), nullable=True),
        sa.Column("platform", sa.Integer(), nullable=True),
        sa.Column("nps", sa.Integer(), nullable=True),
        sa.Column("intent", sa.Integer(), nullable=True),
        sa.Column("comment", sa.String(length=2000), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.Integer(), nullable=True),
        sa.Column("used_comment", sa.String(length=2000), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("intent IS NULL OR intent BETWEEN 1 AND 5", name=op.f("ck_course_feedback_intent_one_to_five")),
        sa.CheckConstraint("nps IS NULL OR nps BETWEEN 0 AND 10", name=op.f("ck_course_feedback_nps_zero_to_ten")),
        sa.CheckConstraint("pace IS NULL OR pace BETWEEN 1 AND 5", name=op.f("ck_course_feedback_pace_one_to_five")),
        sa.CheckConstraint("platform IS NULL OR platform BETWEEN 1 AND 5", name=op.f("ck_course_feedback_platform_one_to_five")),
        sa.CheckConstraint(
            "relevance IS NULL OR relevance BETWEEN 1 AND 5", name=op.f("ck_course_feedback_relevance_one_to_five")
        ),
        sa.CheckConstraint("trainer IS NULL OR trainer BETWEEN 1 AND 5", name=op.f("ck_course_feedback_trainer_one_to_five")),
        sa.CheckConstraint("used IS NULL OR used BETWEEN 1 AND 5", name=op.f("ck_course_feedback_used_one_to_five")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_course_feedback_enrolment_id_enrolment"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("enrolment_id", name=op.f("pk_course_feedback")),
    )
    op.create_table(
        "roll_call",
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("slot_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "mark",
            sa.Enum("present", "absent", name="rollmark", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called_by", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_roll_call_enrolment_id_enrolment"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("enrolment_id", "slot_at", name=op.f("pk_roll_call")),
    )
    op.create_table(
        "submission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("mime", sa.String(length=60), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("marks", _JSON, nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("marked_by", sa.String(length=254), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(marked_at IS NULL) = (passed IS NULL)", name=op.f("ck_submission_marked_has_result")),
        sa.CheckConstraint("size > 0", name=op.f("ck_submission_size_positive")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_submission_enrolment_id_enrolment"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("enrolment_id", "number", name=op.f("uq_submission_enrolment_id_number")),
        sa.UniqueConstraint("key", name=op.f("uq_submission_key")),
    )
    op.create_table(
        "certificate_notice",
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("days IN (90, 30, 0)", name=op.f("ck_certificate_notice_days_known")),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["certificate.id"],
            name=op.f("fk_certificate_notice_certificate_id_certificate"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("certificate_id", "days", name=op.f("pk_certificate_notice")),
    )
    op.create_table(
        "submission_piece",
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_submission_piece_submission_id_submission"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("submission_id", "number", name=op.f("pk_submission_piece")),
    )
    kind = sa.Enum("event", "run", name="eventkind", native_enum=False, create_constraint=False, length=24)
    with op.batch_alter_table("event") as batch_op:
        batch_op.add_column(sa.Column("kind", kind, server_default="event", nullable=False))
        batch_op.create_check_constraint(op.f("ck_event_eventkind"), "kind IN ('event', 'run')")
    if op.get_bind().dialect.name == "postgresql":
        for table, visible in WALLS.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY wall ON {table} USING ({OPEN} OR {visible})")


def downgrade() -> None:
    """Takes them away."""
    op.drop_table("submission_piece")
    op.drop_table("certificate_notice")
    op.drop_table("submission")
    op.drop_table("roll_call")
    op.drop_table("course_feedback")
    op.drop_table("certificate")
    op.drop_table("attendance_interval")
    op.drop_table("assessment_attempt")
    op.drop_table("waiver")
    op.drop_table("run_trainer")
    op.drop_table("enrolment")
    op.drop_table("course_material")
    op.drop_table("attendance_report")
    op.drop_table("run")
    op.drop_table("standing")
    op.drop_table("event_part")
    op.drop_table("course_interest")
    op.drop_table("counts_for")
    op.drop_table("standing_day")
    op.drop_table("rule_credential")
    op.drop_table("rubric_criterion")
    op.drop_table("prerequisite")
    op.drop_table("curriculum_course")
    op.drop_table("assessment_question")
    op.drop_table("programme_rule")
    op.drop_table("curriculum")
    op.drop_table("course_version")
    op.drop_table("credential")
    op.drop_table("course")
    with op.batch_alter_table("event") as batch_op:
        batch_op.drop_constraint(op.f("ck_event_eventkind"), type_="check")
        batch_op.drop_column("kind")
