"""Prerequisites: what a version of a course asks for, and that nobody is sent in a circle. In the caller's transaction."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.training.catalogue.rules import Needs, Thing, Way, circle, reachable
from eventapp.training.models import (
    Course,
    CourseVersion,
    Credential,
    Curriculum,
    CurriculumCourse,
    Needed,
    Prerequisite,
    VersionStatus,
)


def needs_of(version: CourseVersion) -> Needs:
    """What a version asks for."""
    query = select(Prerequisite.course_id, Prerequisite.credential_id).where(Prerequisite.version_id == version.id)
    return Needs(version.needed, frozenset(_thing(*row) for row in db.session.execute(query)))


def set_needs(version: CourseVersion, wanted: Needs) -> None:
    """Makes these the prerequisites of a version. Raises RuleError if nobody could ever fulfil them."""
    _check_known(wanted.things)
    version.needed = wanted.needed
    there = {_thing(row.course_id, row.credential_id): row for row in _rows(version)}
    for thing, row in there.items():
        if thing not in wanted.things:
            db.session.delete(row)
    for thing in sorted(wanted.things - there.keys()):
        key = {"credential_id": thing.id} if thing.credential else {"course_id": thing.id}
        db.session.add(Prerequisite(version_id=version.id, **key))
    db.session.flush()
    check(version.course_id, wanted)


def check(course_id: int, wanted: Needs | None = None) -> None:
    """Raises RuleError if the course needs itself, or what only it leads to. `wanted` is what it is going to ask for."""
    titles = _locked()
    needs = _all_needs()
    if wanted is not None:
        needs[course_id] = wanted
    if around := circle(needs, course_id):
        path = " → ".join(titles[one] for one in around)
        raise RuleError(_("That would be a circle: %(path)s. Nobody could begin.", path=path), "needs")
    if Thing(False, course_id) not in reachable(titles.keys(), needs, _ways()):
        raise RuleError(_("Nobody could ever take this course: a credential that it asks for needs the course itself."), "needs")


def check_ways() -> None:
    """Raises RuleError if the courses of a curriculum ask for the credential that only it leads to."""
    titles = _locked()
    there = reachable(titles.keys(), _all_needs(), _ways())
    lost = [code for id_, code in titles.items() if Thing(False, id_) not in there]
    if lost:
        message = _(
            "Nobody could ever take %(codes)s: the way there needs this credential itself.", codes=", ".join(sorted(lost))
        )
        raise RuleError(message, "course")


def copy_needs(source: CourseVersion, target: CourseVersion) -> None:
    """Gives a new version what another one asks for."""
    for row in _rows(source):
        db.session.add(Prerequisite(version_id=target.id, course_id=row.course_id, credential_id=row.credential_id))
    db.session.flush()


def _locked() -> dict[int, str]:
    """The code of each course. Locked: two who save at once could each close one half of a circle."""
    query = select(Course.id, Course.code).order_by(Course.id).with_for_update(key_share=True)
    return {row.id: row.code for row in db.session.execute(query)}


def _thing(course_id: int | None, credential_id: int | None) -> Thing:
    return Thing(False, course_id) if course_id is not None else Thing(True, credential_id or 0)


def _rows(version: CourseVersion) -> Sequence[Prerequisite]:
    return db.session.scalars(select(Prerequisite).where(Prerequisite.version_id == version.id).order_by(Prerequisite.id)).all()


def _check_known(things: Iterable[Thing]) -> None:
    for model, wanted in (
        (Course, {t.id for t in things if not t.credential}),
        (Credential, {t.id for t in things if t.credential}),
    ):
        if wanted and set(db.session.scalars(select(model.id).where(model.id.in_(wanted)))) != wanted:
            raise RuleError(_("Choose courses and credentials that there are."), "needs", 422)


def _all_needs() -> dict[int, Needs]:
    """What each course asks for: its current version, or its draft while it has none."""
    query = select(CourseVersion.id, CourseVersion.course_id, CourseVersion.needed)
    query = query.where(CourseVersion.status != VersionStatus.RETIRED)
    # Drafts first, so that what is current overwrites them.
    versions = db.session.execute(query.order_by((CourseVersion.status == VersionStatus.CURRENT), CourseVersion.id)).all()
    chosen = {row.course_id: (row.id, row.needed) for row in versions}
    things: dict[int, set[Thing]] = {}
    asked = select(Prerequisite.version_id, Prerequisite.course_id, Prerequisite.credential_id)
    for version_id, course_id, credential_id in db.session.execute(asked):
        things.setdefault(version_id, set()).add(_thing(course_id, credential_id))
    return {course: Needs(Needed(needed), frozenset(things.get(id_, ()))) for course, (id_, needed) in chosen.items()}


def _ways() -> dict[int, list[Way]]:
    """The curricula of each credential."""
    ways: dict[int, list[Way]] = {id_: [] for id_ in db.session.scalars(select(Credential.id))}
    courses: dict[int, tuple[set[int], set[int]]] = {}
    for row in db.session.execute(select(CurriculumCourse.curriculum_id, CurriculumCourse.course_id, CurriculumCourse.required)):
        courses.setdefault(row.curriculum_id, (set(), set()))[0 if row.required else 1].add(row.course_id)
    for curriculum in db.session.scalars(select(Curriculum).where(~Curriculum.archived)):
        required, elective = courses.get(curriculum.id, (set(), set()))
        if required or elective:
            ways[curriculum.credential_id].append(Way(frozenset(required), frozenset(elective), curriculum.electives))
    return ways
