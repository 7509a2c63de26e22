"""The catalogue: courses in versions, what they require, credentials and the curricula that lead to them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.partners.models import Organisation, Person


class Course(Base):
    """A course of the catalogue, known by its `code` for good. What it teaches stands in its versions.

    One that is `archived` is not offered any more; its certificates stay.
    """

    __tablename__ = "course"
    __table_args__ = (CheckConstraint("code <> ''", name="has_code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    archived: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]


class VersionStatus(StrEnum):
    """draft → current → retired: new runs are of the current version, those that exist keep theirs."""

    DRAFT = "draft"
    CURRENT = "current"
    RETIRED = "retired"


VERSION_TRANSITIONS = {
    VersionStatus.DRAFT: {VersionStatus.CURRENT},
    VersionStatus.CURRENT: {VersionStatus.RETIRED},
    VersionStatus.RETIRED: set(),
}
VERSION_LABELS = {
    VersionStatus.DRAFT: _l("Draft"),
    VersionStatus.CURRENT: _l("Current"),
    VersionStatus.RETIRED: _l("Retired"),
}


class CourseLevel(StrEnum):
    """How much a course expects people to know."""

    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


COURSE_LEVEL_LABELS = {
    CourseLevel.BEGINNER: _l("Beginner"),
    CourseLevel.INTERMEDIATE: _l("Intermediate"),
    CourseLevel.ADVANCED: _l("Advanced"),
}


class Needed(StrEnum):
    """How many of its prerequisites a course asks for."""

    ALL = "all"
    ANY = "any"


NEEDED_LABELS = {Needed.ALL: _l("All of them"), Needed.ANY: _l("One of them")}


class CourseVersion(Base):
    """What a course teaches and asks, from one version to the next. At most one version of a course is current.

    `minutes` is its length. `languages` (BCP 47), `modes` (values of `EventFormat`), `audience_types` (of `PartnerType`) and
    `audience_functions` (of `JobFunction`) are lists; an empty audience is everybody. `attendance_mark` is the percentage of
    the slots' minutes that counts as attended, `partial_from` that from which it counts as partial; reaching a mark is
    enough. `pass_mark` is that of the assessment, none: there is none. `attempts` is how often somebody may try it,
    `time_limit` how many minutes each attempt has, `drawn` how many questions of the pool it asks (none: all).
    `exercise` says what the practical exercise asks for, in Markdown, empty: there is none; `exercise_mark` is the
    percentage of the rubric's points that passes. A certificate is valid for `validity_months` (none: for good); one credit
    is worth `credit_minutes`, rounded down to half credits. `follow_up_days` after the end people are asked what they use.
    """

    __tablename__ = "course_version"
    __table_args__ = (
        UniqueConstraint("course_id", "number"),
        Index(
            "uq_course_version_current",
            "course_id",
            unique=True,
            sqlite_where=text("status = 'current'"),
            postgresql_where=text("status = 'current'"),
        ),
        CheckConstraint("title <> ''", name="has_title"),
        CheckConstraint("minutes BETWEEN 1 AND 60000", name="minutes_in_range"),
        CheckConstraint("attendance_mark BETWEEN 1 AND 100", name="attendance_mark_in_range"),
        CheckConstraint("partial_from BETWEEN 1 AND attendance_mark", name="partial_from_in_range"),
        CheckConstraint("pass_mark IS NULL OR pass_mark BETWEEN 1 AND 100", name="pass_mark_in_range"),
        CheckConstraint("attempts BETWEEN 1 AND 20", name="attempts_in_range"),
        CheckConstraint("time_limit IS NULL OR time_limit BETWEEN 1 AND 600", name="time_limit_in_range"),
        CheckConstraint("drawn IS NULL OR drawn > 0", name="drawn_positive"),
        CheckConstraint("exercise_mark BETWEEN 1 AND 100", name="exercise_mark_in_range"),
        CheckConstraint("validity_months IS NULL OR validity_months BETWEEN 1 AND 240", name="validity_in_range"),
        CheckConstraint("credit_minutes BETWEEN 1 AND 600", name="credit_minutes_in_range"),
        CheckConstraint("follow_up_days BETWEEN 30 AND 90", name="follow_up_in_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    number: Mapped[int] = mapped_column(default=1)
    status: Mapped[VersionStatus] = mapped_column(text_enum(VersionStatus), default=VersionStatus.DRAFT)
    title: Mapped[str] = mapped_column(String(150))
    summary: Mapped[str] = mapped_column(String(300), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    description_html: Mapped[str] = mapped_column(Text, default="")
    level: Mapped[CourseLevel] = mapped_column(text_enum(CourseLevel), default=CourseLevel.BEGINNER)
    languages: Mapped[list[Any]] = mapped_column(default=list)
    product_tags: Mapped[list[Any]] = mapped_column(default=list)
    modes: Mapped[list[Any]] = mapped_column(default=list)
    audience_types: Mapped[list[Any]] = mapped_column(default=list)
    audience_functions: Mapped[list[Any]] = mapped_column(default=list)
    minutes: Mapped[int]
    needed: Mapped[Needed] = mapped_column(text_enum(Needed), default=Needed.ALL)
    attendance_mark: Mapped[int] = mapped_column(default=80)
    partial_from: Mapped[int] = mapped_column(default=25)
    pass_mark: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(default=3)
    time_limit: Mapped[int | None]
    drawn: Mapped[int | None]
    exercise: Mapped[str] = mapped_column(Text, default="")
    exercise_html: Mapped[str] = mapped_column(Text, default="")
    exercise_mark: Mapped[int] = mapped_column(default=70)
    validity_months: Mapped[int | None]
    credit_minutes: Mapped[int] = mapped_column(default=50)
    follow_up_days: Mapped[int] = mapped_column(default=60)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    course: Mapped[Course] = relationship(lazy="raise")

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy

    @property
    def assessed(self) -> bool:
        """Whether a result is needed besides attendance."""
        return self.pass_mark is not None or bool(self.exercise)


class CredentialKind(StrEnum):
    """For what work a credential counts in the programme's rules."""

    TECHNICAL = "technical"
    SALES = "sales"
    OTHER = "other"


CREDENTIAL_KIND_LABELS = {
    CredentialKind.TECHNICAL: _l("Technical"),
    CredentialKind.SALES: _l("Sales"),
    CredentialKind.OTHER: _l("Other"),
}


class Credential(Base):
    """A title that people hold by curricula ("Certified engineer"), worth `points` in rules by score.

    Its certificate is valid for `validity_months` (none: as long as the certificates that it was given for).
    """

    __tablename__ = "credential"
    __table_args__ = (
        CheckConstraint("name <> ''", name="has_name"),
        CheckConstraint("points >= 0", name="points_not_negative"),
        CheckConstraint("validity_months IS NULL OR validity_months BETWEEN 1 AND 240", name="validity_in_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(String(500), default="")
    kind: Mapped[CredentialKind] = mapped_column(text_enum(CredentialKind), default=CredentialKind.TECHNICAL)
    points: Mapped[int] = mapped_column(default=1)
    validity_months: Mapped[int | None]
    archived: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class Curriculum(Base):
    """A way to a credential: all its required courses, and `electives` of the others."""

    __tablename__ = "curriculum"
    __table_args__ = (
        UniqueConstraint("credential_id", "name"),
        CheckConstraint("electives >= 0", name="electives_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    credential_id: Mapped[int] = mapped_column(ForeignKey("credential.id"))
    name: Mapped[str] = mapped_column(String(100))
    electives: Mapped[int] = mapped_column(default=0)
    archived: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=1)

    credential: Mapped[Credential] = relationship(lazy="raise")

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class CurriculumCourse(Base):
    """A course of a curriculum, in its order; one that is not required is an elective."""

    __tablename__ = "curriculum_course"
    __table_args__ = (Index("ix_curriculum_course_course_id", "course_id"),)

    curriculum_id: Mapped[int] = mapped_column(ForeignKey("curriculum.id", ondelete="CASCADE"), primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    required: Mapped[bool] = mapped_column(default=True)

    course: Mapped[Course] = relationship(lazy="raise")


class Prerequisite(Base):
    """What a version of a course asks people to hold a valid certificate of: another course, or a credential."""

    __tablename__ = "prerequisite"
    __table_args__ = (
        CheckConstraint("(course_id IS NULL) <> (credential_id IS NULL)", name="course_or_credential"),
        UniqueConstraint("version_id", "course_id"),
        UniqueConstraint("version_id", "credential_id"),
        Index("ix_prerequisite_course_id", "course_id"),
        Index("ix_prerequisite_credential_id", "credential_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id", ondelete="CASCADE"))
    course_id: Mapped[int | None] = mapped_column(ForeignKey("course.id"))
    credential_id: Mapped[int | None] = mapped_column(ForeignKey("credential.id"))

    course: Mapped[Course | None] = relationship(lazy="raise")
    credential: Mapped[Credential | None] = relationship(lazy="raise")


class ShownFrom(StrEnum):
    """From when on material is shown to those enrolled."""

    ENROLLED = "enrolled"
    END = "end"


SHOWN_LABELS = {ShownFrom.ENROLLED: _l("As soon as enrolled"), ShownFrom.END: _l("After the run")}


class CourseMaterial(Base):
    """A link or a file for those enrolled, of a course's version or of one run. `key` is the random part of a file's address.

    With `is_public` the course's page shows it to everybody.
    """

    __tablename__ = "course_material"
    __table_args__ = (
        CheckConstraint("(version_id IS NULL) <> (run_id IS NULL)", name="version_or_run"),
        CheckConstraint("(url <> '') <> (key IS NOT NULL)", name="link_or_file"),
        CheckConstraint("(key IS NULL) = (content IS NULL)", name="file_has_content"),
        Index("ix_course_material_version_id", "version_id"),
        Index("ix_course_material_run_id", "run_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int | None] = mapped_column(ForeignKey("course_version.id", ondelete="CASCADE"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(default=0)
    shown_from: Mapped[ShownFrom] = mapped_column(text_enum(ShownFrom), default=ShownFrom.ENROLLED)
    title: Mapped[str] = mapped_column(String(150))
    url: Mapped[str] = mapped_column(String(500), default="")
    key: Mapped[str | None] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    is_public: Mapped[bool] = mapped_column(default=False, server_default=false())


class CourseInterest(Base):
    """That somebody wants to take a course for which no date fits. The company's region tells where a run would help."""

    __tablename__ = "course_interest"
    __table_args__ = (
        Index("ix_course_interest_person_id", "person_id"),
        Index("ix_course_interest_organisation_id", "organisation_id"),
    )

    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    note: Mapped[str] = mapped_column(String(300), default="")
    noted_at: Mapped[datetime]
    noted_by: Mapped[str] = mapped_column(String(254))
    # When they were last told of a new run.
    told_at: Mapped[datetime | None]

    course: Mapped[Course] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise")
    organisation: Mapped[Organisation] = relationship(lazy="raise")
