"""Reading certificates: by code, by person, of a run."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.partners import queries as partners
from eventapp.partners.models import Membership, MembershipState, Person
from eventapp.training.models import (
    Certificate,
    CourseVersion,
    Credential,
    Curriculum,
    CurriculumCourse,
    Enrolment,
    Run,
    VersionStatus,
)

LIVE = (Certificate.revoked_at.is_(None), Certificate.replaced_by_id.is_(None))


def certificates() -> Select[Certificate]:
    """Certificates with all that is printed on them, in no order and for no viewer: narrow it."""
    return select(Certificate).options(
        joinedload(Certificate.person),
        joinedload(Certificate.course_version).joinedload(CourseVersion.course),
        joinedload(Certificate.credential),
        joinedload(Certificate.enrolment).joinedload(Enrolment.run).joinedload(Run.event),
    )


def _one(query: Select[Certificate]) -> Certificate:
    found = db.session.scalar(query)
    if found is None:
        raise NotFoundError
    return found


def by_id(viewer: Viewer, certificate_id: int) -> Certificate:
    """A certificate, for the vendor's readers. Raises NotFoundError for everybody else."""
    if not viewer.reads_all:
        raise NotFoundError(certificate_id)
    return _one(certificates().where(Certificate.id == certificate_id))


def of_company(viewer: Viewer, certificate_id: int) -> Certificate:
    """A certificate of somebody who is a member of the viewer's company now. Raises NotFoundError."""
    return _one(certificates().where(Certificate.id == certificate_id, Certificate.person_id.in_(members(viewer.company_ids))))


def members(company_ids: Collection[int]) -> Select[int]:
    """The ids of the people who are members of one of these companies now."""
    return select(Membership.person_id).where(
        Membership.organisation_id.in_(company_ids), Membership.state == MembershipState.ACTIVE
    )


def of_user(viewer: Viewer, certificate_id: int) -> Certificate:
    """A certificate of the viewer's own. Raises NotFoundError."""
    return _one(certificates().where(Certificate.id == certificate_id, Certificate.person_id == own_id(viewer)))


def own_id(viewer: Viewer) -> int | None:
    """The id of the person that the viewer is; none where the login belongs to nobody in the list of people."""
    return partners.person_of_user(viewer.user.id) if viewer.user is not None else None


def by_code(code: str) -> Certificate | None:
    """The certificate with that code, whoever asks."""
    return db.session.scalar(certificates().where(Certificate.code == code))


def successor_of(certificate: Certificate) -> Certificate | None:
    """The certificate that stands in its place."""
    return db.session.get(Certificate, certificate.replaced_by_id) if certificate.replaced_by_id else None


def of_person(person_id: int | None) -> Sequence[Certificate]:
    """All certificates of somebody but those replaced, the newest first: of a transcript."""
    query = certificates().where(Certificate.person_id == person_id, Certificate.replaced_by_id.is_(None))
    return db.session.scalars(query.order_by(Certificate.completed_on.desc(), Certificate.id.desc())).all()


def of_run(run: Run) -> Sequence[Certificate]:
    """The certificates that a run has led to, those revoked and replaced among them, in the order they were issued."""
    query = certificates().join(Enrolment, Enrolment.id == Certificate.enrolment_id).where(Enrolment.run_id == run.id)
    return db.session.scalars(query.order_by(Certificate.id)).all()


def chosen(ids: Collection[int]) -> Sequence[Certificate]:
    """Certificates by their ids, in the order of the ids."""
    return db.session.scalars(certificates().where(Certificate.id.in_(ids)).order_by(Certificate.id)).all()


def locked(certificate_id: int) -> Certificate:
    """A certificate as it is now, held until the transaction ends. Raises NotFoundError."""
    lock(db.session.scalars(select(Certificate.person_id).where(Certificate.id == certificate_id)).all())
    query = certificates().where(Certificate.id == certificate_id).execution_options(populate_existing=True)
    return _one(query)


def lock(person_ids: Collection[int]) -> None:
    """Lets only one transaction at a time give certificates to these people or take them: what credentials stand on."""
    ids = sorted(set(person_ids))
    query = select(Person.id).where(Person.id.in_(ids)).order_by(Person.id).with_for_update(key_share=True)
    db.session.execute(query)


def enrolments_to_certify(enrolment_ids: Collection[int]) -> Sequence[Enrolment]:
    """Those of the enrolments that are complete and never had a certificate, with all that goes on one.

    One that was revoked is restored, or issued by hand, by somebody who knows why: no rule brings it back.
    """
    held = select(Certificate.enrolment_id).where(Certificate.enrolment_id.in_(enrolment_ids))
    query = (
        select(Enrolment)
        .options(
            joinedload(Enrolment.person),
            joinedload(Enrolment.registration),
            joinedload(Enrolment.run).joinedload(Run.event),
            joinedload(Enrolment.run).joinedload(Run.course_version).joinedload(CourseVersion.course),
        )
        .where(Enrolment.id.in_(enrolment_ids), Enrolment.completed_at.is_not(None), Enrolment.id.not_in(held))
        .order_by(Enrolment.id)
    )
    return db.session.scalars(query).all()


def complete_in(run: Run) -> Sequence[int]:
    """The ids of the enrolments of a run that are complete."""
    query = select(Enrolment.id).where(Enrolment.run_id == run.id, Enrolment.completed_at.is_not(None))
    return db.session.scalars(query.order_by(Enrolment.id)).all()


def ways() -> list[tuple[Credential, frozenset[int], frozenset[int], int]]:
    """All ways to credentials that are in force: the credential, required and elective courses, how many electives."""
    query = (
        select(Curriculum, CurriculumCourse.course_id, CurriculumCourse.required)
        .join(Credential, Credential.id == Curriculum.credential_id)
        .outerjoin(CurriculumCourse, CurriculumCourse.curriculum_id == Curriculum.id)
        .where(~Curriculum.archived, ~Credential.archived)
        .options(joinedload(Curriculum.credential))
        .order_by(Curriculum.id)
    )
    found: dict[int, tuple[Curriculum, set[int], set[int]]] = {}
    for curriculum, course_id, required in db.session.execute(query):
        entry = found.setdefault(curriculum.id, (curriculum, set(), set()))
        if course_id is not None:
            (entry[1] if required else entry[2]).add(course_id)
    return [(c.credential, frozenset(must), frozenset(may), c.electives) for c, must, may in found.values()]


def live_of(person_ids: Collection[int]) -> Sequence[Certificate]:
    """The certificates of these people that are neither revoked nor replaced, with their courses."""
    query = select(Certificate).options(joinedload(Certificate.course_version)).where(
        Certificate.person_id.in_(person_ids), *LIVE
    )  # fmt: skip
    return db.session.scalars(query.order_by(Certificate.id)).all()


def subjects() -> tuple[Sequence[CourseVersion], Sequence[Credential]]:
    """What a certificate can be issued of by hand: versions of courses that were ever taught, and credentials."""
    versions = select(CourseVersion).options(joinedload(CourseVersion.course)).where(CourseVersion.status != VersionStatus.DRAFT)
    found = db.session.scalars(versions.order_by(CourseVersion.title, CourseVersion.number.desc())).all()
    return found, db.session.scalars(select(Credential).where(~Credential.archived).order_by(Credential.name)).all()


def version_taught(version_id: int) -> CourseVersion:
    """A version of a course that was ever taught, for everybody. Raises NotFoundError."""
    query = select(CourseVersion).options(joinedload(CourseVersion.course))
    found = db.session.scalar(query.where(CourseVersion.id == version_id, CourseVersion.status != VersionStatus.DRAFT))
    if found is None:
        raise NotFoundError(version_id)
    return found


def credential(credential_id: int) -> Credential:
    """A credential, for everybody. Raises NotFoundError."""
    found = db.session.get(Credential, credential_id)
    if found is None:
        raise NotFoundError(credential_id)
    return found


def person(person_id: int | None) -> Person:
    """Somebody in the list of people. Raises NotFoundError."""
    found = db.session.get(Person, person_id) if person_id is not None else None
    if found is None:
        raise NotFoundError(person_id)
    return found
