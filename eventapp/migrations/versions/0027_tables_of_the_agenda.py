"""The agenda: tracks, rooms, sessions, speakers, the timetable and its releases, one's own agenda.

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

# As in 0006: without a setting there is no wall.
OPEN = "(SELECT coalesce(current_setting('eventapp.companies', true), '') = '')"
PERSON = "(SELECT nullif(current_setting('eventapp.person', true), '')::int)"
# A registration stands behind a wall of its own, which holds in here as well.
OF_REGISTRATION = "registration_id IN (SELECT id FROM registration)"
OF_SPEAKER = f"speaker_id IN (SELECT id FROM speaker WHERE person_id = {PERSON})"
VISIBLE = {
    "session_star": OF_REGISTRATION,
    "session_sign_up": OF_REGISTRATION,
    "speaker_away": OF_SPEAKER,
    "speaker_task": OF_SPEAKER,
}

TABLES = (
    "released_slot",
    "release_change",
    "speaker_task",
    "speaker_away",
    "session_star",
    "session_speaker",
    "session_slot",
    "session_sign_up",
    "session_material",
    "session_audience",
    "released_speaker",
    "speaker",
    "room_hours",
    "agenda_session",
    "track",
    "session_type",
    "room",
    "agenda_release",
    "agenda_picture",
)


def upgrade() -> None:
    """Makes the tables; what belongs to single people stands behind the wall."""
    op.create_table(
        "agenda_picture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("mime", sa.String(length=20), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_agenda_picture_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_picture")),
        sa.UniqueConstraint("key", name=op.f("uq_agenda_picture_key")),
    )
    with op.batch_alter_table("agenda_picture", schema=None) as batch_op:
        batch_op.create_index("ix_agenda_picture_event_id", ["event_id"], unique=False)

    op.create_table(
        "agenda_release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_by", sa.String(length=254), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_agenda_release_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_release")),
        sa.UniqueConstraint("event_id", "name", name=op.f("uq_agenda_release_event_id_name")),
        sa.UniqueConstraint("event_id", "number", name=op.f("uq_agenda_release_event_id_number")),
    )
    op.create_table(
        "room",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("guid", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.Column("equipment", sa.String(length=500), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("changeover", sa.Integer(), nullable=False),
        sa.Column("is_virtual", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("join_url", sa.String(length=500), nullable=False),
        sa.Column("archived", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("capacity IS NULL OR capacity > 0", name=op.f("ck_room_capacity_positive")),
        sa.CheckConstraint("changeover >= 0", name=op.f("ck_room_changeover_not_negative")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_room_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
        sa.UniqueConstraint("event_id", "guid", name=op.f("uq_room_event_id_guid")),
        sa.UniqueConstraint("event_id", "name", name=op.f("uq_room_event_id_name")),
    )
    op.create_table(
        "session_type",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("is_break", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("minutes BETWEEN 1 AND 1440", name=op.f("ck_session_type_minutes_within_day")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_session_type_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_type")),
        sa.UniqueConstraint("event_id", "name", name=op.f("uq_session_type_event_id_name")),
    )
    op.create_table(
        "track",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("colour", sa.String(length=7), nullable=False),
        sa.Column("most_each", sa.Integer(), nullable=True),
        sa.CheckConstraint("most_each IS NULL OR most_each > 0", name=op.f("ck_track_most_each_positive")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_track_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_track")),
        sa.UniqueConstraint("event_id", "name", name=op.f("uq_track_event_id_name")),
    )
    op.create_table(
        "agenda_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("subtitle", sa.String(length=200), nullable=False),
        sa.Column("abstract", sa.Text(), nullable=False),
        sa.Column("abstract_html", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "any",
                "beginner",
                "intermediate",
                "advanced",
                name="sessionlevel",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("track_id", sa.Integer(), nullable=True),
        sa.Column("type_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "tentative", "confirmed", "cancelled", name="sessionstatus", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column(
            "delivery",
            sa.Enum("in_person", "virtual", "hybrid", name="eventformat", native_enum=False, create_constraint=True, length=24),
            nullable=True,
        ),
        sa.Column("listed", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("signs_up", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("signs_up_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pool_id", sa.Integer(), nullable=True),
        sa.Column("join_url", sa.String(length=500), nullable=False),
        sa.Column("recording_url", sa.String(length=500), nullable=False),
        sa.Column("recording_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("picture_id", sa.Integer(), nullable=True),
        sa.Column("notes", sa.String(length=1000), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(status = 'cancelled') = (cancelled_at IS NOT NULL)", name=op.f("ck_agenda_session_cancelled_has_time")
        ),
        sa.CheckConstraint("title <> ''", name=op.f("ck_agenda_session_has_title")),
        sa.CheckConstraint("NOT signs_up OR pool_id IS NOT NULL", name=op.f("ck_agenda_session_signs_up_with_pool")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_agenda_session_event_id_event"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["picture_id"], ["agenda_picture.id"], name=op.f("fk_agenda_session_picture_id_agenda_picture"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_agenda_session_pool_id_pool")),
        sa.ForeignKeyConstraint(["track_id"], ["track.id"], name=op.f("fk_agenda_session_track_id_track")),
        sa.ForeignKeyConstraint(["type_id"], ["session_type.id"], name=op.f("fk_agenda_session_type_id_session_type")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_session")),
        sa.UniqueConstraint("event_id", "code", name=op.f("uq_agenda_session_event_id_code")),
        sa.UniqueConstraint("pool_id", name=op.f("uq_agenda_session_pool_id")),
    )
    with op.batch_alter_table("agenda_session", schema=None) as batch_op:
        batch_op.create_index("ix_agenda_session_track_id", ["track_id"], unique=False)
        batch_op.create_index("ix_agenda_session_type_id", ["type_id"], unique=False)

    op.create_table(
        "room_hours",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_room_hours_in_order")),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_room_hours_room_id_room"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_hours")),
    )
    with op.batch_alter_table("room_hours", schema=None) as batch_op:
        batch_op.create_index("ix_room_hours_room_id", ["room_id"], unique=False)

    op.create_table(
        "speaker",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("guid", sa.String(length=36), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=150), nullable=False),
        sa.Column("company", sa.String(length=200), nullable=False),
        sa.Column("job_title", sa.String(length=150), nullable=False),
        sa.Column("biography", sa.Text(), nullable=False),
        sa.Column("biography_html", sa.Text(), nullable=False),
        sa.Column("picture_id", sa.Integer(), nullable=True),
        sa.Column("token", sa.String(length=43), nullable=False),
        sa.Column("notes", sa.String(length=1000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_speaker_has_name")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_speaker_event_id_event"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_speaker_person_id_person")),
        sa.ForeignKeyConstraint(
            ["picture_id"], ["agenda_picture.id"], name=op.f("fk_speaker_picture_id_agenda_picture"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_speaker")),
        sa.UniqueConstraint("event_id", "code", name=op.f("uq_speaker_event_id_code")),
        sa.UniqueConstraint("event_id", "guid", name=op.f("uq_speaker_event_id_guid")),
        sa.UniqueConstraint("event_id", "person_id", name=op.f("uq_speaker_event_id_person_id")),
        sa.UniqueConstraint("token", name=op.f("uq_speaker_token")),
    )
    with op.batch_alter_table("speaker", schema=None) as batch_op:
        batch_op.create_index("ix_speaker_person_id", ["person_id"], unique=False)

    op.create_table(
        "released_speaker",
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("speaker_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"], ["agenda_release.id"], name=op.f("fk_released_speaker_release_id_agenda_release"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["agenda_session.id"], name=op.f("fk_released_speaker_session_id_agenda_session")
        ),
        sa.ForeignKeyConstraint(
            ["speaker_id"], ["speaker.id"], name=op.f("fk_released_speaker_speaker_id_speaker"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("release_id", "session_id", "speaker_id", name=op.f("pk_released_speaker")),
    )
    with op.batch_alter_table("released_speaker", schema=None) as batch_op:
        batch_op.create_index("ix_released_speaker_speaker_id", ["speaker_id"], unique=False)

    op.create_table(
        "session_audience",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
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
        sa.ForeignKeyConstraint(
            ["session_id"], ["agenda_session.id"], name=op.f("fk_session_audience_session_id_agenda_session"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_audience")),
        sa.UniqueConstraint("session_id", "field", name=op.f("uq_session_audience_session_id_field")),
    )
    op.create_table(
        "session_material",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "moment",
            sa.Enum("before", "after", name="materialmoment", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=150), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("is_public", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.CheckConstraint("(url <> '') <> (key IS NOT NULL)", name=op.f("ck_session_material_link_or_file")),
        sa.CheckConstraint("(key IS NULL) = (content IS NULL)", name=op.f("ck_session_material_file_has_content")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["agenda_session.id"], name=op.f("fk_session_material_session_id_agenda_session"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_material")),
        sa.UniqueConstraint("key", name=op.f("uq_session_material_key")),
    )
    with op.batch_alter_table("session_material", schema=None) as batch_op:
        batch_op.create_index("ix_session_material_session_id", ["session_id"], unique=False)

    op.create_table(
        "session_sign_up",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "confirmed", "waiting", "cancelled", name="signupstatus", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("signed_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_up_by", sa.String(length=254), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(status = 'cancelled') = (cancelled_at IS NOT NULL)", name=op.f("ck_session_sign_up_cancelled_has_time")
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_session_sign_up_booking_id_booking")),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_session_sign_up_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["session_id"], ["agenda_session.id"], name=op.f("fk_session_sign_up_session_id_agenda_session")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_sign_up")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_session_sign_up_booking_id")),
    )
    with op.batch_alter_table("session_sign_up", schema=None) as batch_op:
        batch_op.create_index("ix_session_sign_up_session_id", ["session_id", "status"], unique=False)
        batch_op.create_index(
            "uq_session_sign_up_registration_id_session_id",
            ["registration_id", "session_id"],
            unique=True,
            sqlite_where=sa.text("status <> 'cancelled'"),
            postgresql_where=sa.text("status <> 'cancelled'"),
        )

    op.create_table(
        "session_slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("guid", sa.String(length=36), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("all_rooms", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("NOT all_rooms OR room_id IS NULL", name=op.f("ck_session_slot_one_or_all_rooms")),
        sa.CheckConstraint("minutes BETWEEN 1 AND 1440", name=op.f("ck_session_slot_minutes_within_day")),
        sa.CheckConstraint("number > 0", name=op.f("ck_session_slot_number_positive")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_session_slot_event_id_event"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_session_slot_room_id_room")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["agenda_session.id"], name=op.f("fk_session_slot_session_id_agenda_session"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_slot")),
        sa.UniqueConstraint("event_id", "guid", name=op.f("uq_session_slot_event_id_guid")),
        sa.UniqueConstraint("event_id", "number", name=op.f("uq_session_slot_event_id_number")),
    )
    with op.batch_alter_table("session_slot", schema=None) as batch_op:
        batch_op.create_index("ix_session_slot_event_id_starts_at", ["event_id", "starts_at"], unique=False)
        batch_op.create_index("ix_session_slot_room_id", ["room_id"], unique=False)
        batch_op.create_index("ix_session_slot_session_id", ["session_id"], unique=False)

    op.create_table(
        "session_speaker",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("speaker_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "answer",
            sa.Enum("open", "confirmed", "declined", name="speakeranswer", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["agenda_session.id"], name=op.f("fk_session_speaker_session_id_agenda_session"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["speaker_id"], ["speaker.id"], name=op.f("fk_session_speaker_speaker_id_speaker"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "speaker_id", name=op.f("pk_session_speaker")),
    )
    with op.batch_alter_table("session_speaker", schema=None) as batch_op:
        batch_op.create_index("ix_session_speaker_speaker_id", ["speaker_id"], unique=False)

    op.create_table(
        "session_star",
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("starred_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_session_star_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["agenda_session.id"], name=op.f("fk_session_star_session_id_agenda_session"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("registration_id", "session_id", name=op.f("pk_session_star")),
    )
    with op.batch_alter_table("session_star", schema=None) as batch_op:
        batch_op.create_index("ix_session_star_session_id", ["session_id"], unique=False)

    op.create_table(
        "speaker_away",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("speaker_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_speaker_away_in_order")),
        sa.ForeignKeyConstraint(
            ["speaker_id"], ["speaker.id"], name=op.f("fk_speaker_away_speaker_id_speaker"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_speaker_away")),
    )
    with op.batch_alter_table("speaker_away", schema=None) as batch_op:
        batch_op.create_index("ix_speaker_away_speaker_id", ["speaker_id"], unique=False)

    op.create_table(
        "speaker_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("speaker_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=150), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["speaker_id"], ["speaker.id"], name=op.f("fk_speaker_task_speaker_id_speaker"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_speaker_task")),
    )
    with op.batch_alter_table("speaker_task", schema=None) as batch_op:
        batch_op.create_index("ix_speaker_task_speaker_id", ["speaker_id"], unique=False)

    op.create_table(
        "release_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "new", "moved", "cancelled", "changed", name="changekind", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("listed", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("old_starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("old_room_id", sa.Integer(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["old_room_id"], ["room.id"], name=op.f("fk_release_change_old_room_id_room")),
        sa.ForeignKeyConstraint(
            ["release_id"], ["agenda_release.id"], name=op.f("fk_release_change_release_id_agenda_release"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_release_change_room_id_room")),
        sa.ForeignKeyConstraint(["slot_id"], ["session_slot.id"], name=op.f("fk_release_change_slot_id_session_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_change")),
        sa.UniqueConstraint("release_id", "slot_id", name=op.f("uq_release_change_release_id_slot_id")),
    )
    with op.batch_alter_table("release_change", schema=None) as batch_op:
        batch_op.create_index("ix_release_change_slot_id", ["slot_id"], unique=False)

    op.create_table(
        "released_slot",
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("all_rooms", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("listed", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("subtitle", sa.String(length=200), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("abstract_html", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "any",
                "beginner",
                "intermediate",
                "advanced",
                name="sessionlevel",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("track_id", sa.Integer(), nullable=True),
        sa.Column("type_id", sa.Integer(), nullable=False),
        sa.Column(
            "delivery",
            sa.Enum("in_person", "virtual", "hybrid", name="eventformat", native_enum=False, create_constraint=True, length=24),
            nullable=True,
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_released_slot_in_order")),
        sa.ForeignKeyConstraint(
            ["release_id"], ["agenda_release.id"], name=op.f("fk_released_slot_release_id_agenda_release"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_released_slot_room_id_room")),
        sa.ForeignKeyConstraint(["session_id"], ["agenda_session.id"], name=op.f("fk_released_slot_session_id_agenda_session")),
        sa.ForeignKeyConstraint(["slot_id"], ["session_slot.id"], name=op.f("fk_released_slot_slot_id_session_slot")),
        sa.ForeignKeyConstraint(["track_id"], ["track.id"], name=op.f("fk_released_slot_track_id_track")),
        sa.ForeignKeyConstraint(["type_id"], ["session_type.id"], name=op.f("fk_released_slot_type_id_session_type")),
        sa.PrimaryKeyConstraint("release_id", "slot_id", name=op.f("pk_released_slot")),
    )
    with op.batch_alter_table("released_slot", schema=None) as batch_op:
        batch_op.create_index("ix_released_slot_release_id_starts_at", ["release_id", "starts_at"], unique=False)
        batch_op.create_index("ix_released_slot_session_id", ["session_id"], unique=False)
        batch_op.create_index("ix_released_slot_slot_id", ["slot_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        for table, condition in VISIBLE.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY wall ON {table} USING ({OPEN} OR {condition})")


def downgrade() -> None:
    """Takes the tables away."""
    for table in TABLES:
        op.drop_table(table)
