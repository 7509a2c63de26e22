"""Material of courses and runs: links, and files that are only ever given out to be saved. In the caller's transaction."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import IO

from sqlalchemy import ColumnElement, func, select

from eventapp.agenda.content.materials import read as read_file
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.i18n import _
from eventapp.training.models import CourseMaterial, CourseVersion, Run, ShownFrom

MOST_MATERIAL = 30


def read(file_name: str | None, stream: IO[bytes]) -> tuple[str, bytes]:
    """Name and contents of an upload, of the types and sizes that sessions take. Raises RuleError otherwise."""
    return read_file(file_name, stream)


def of_version(version_id: int) -> Sequence[CourseMaterial]:
    """The material of a version in its order, without the contents of files."""
    return _ordered(CourseMaterial.version_id == version_id)


def own_of_run(run: Run) -> Sequence[CourseMaterial]:
    """What a run has besides the material of its course."""
    return _ordered(CourseMaterial.run_id == run.id)


def of_run(run: Run, *, over: bool, enrolled: bool = True) -> Sequence[CourseMaterial]:
    """What somebody `enrolled` in a run may see of the material of its version and its own; `over`: the run has ended.

    Whoever is not enrolled sees what is public.
    """
    found = _ordered((CourseMaterial.version_id == run.version_id) | (CourseMaterial.run_id == run.id))
    return [one for one in found if one.is_public or (enrolled and (over or one.shown_from is ShownFrom.ENROLLED))]


def one_of(owner: CourseVersion | Run, material_id: int) -> CourseMaterial:
    """Material of that version or run by its id. Raises NotFoundError."""
    found = db.session.get(CourseMaterial, material_id)
    if found is None or not _belongs(found, owner):
        raise NotFoundError(material_id)
    return found


def add(
    owner: CourseVersion | Run,
    title: str,
    *,
    shown_from: ShownFrom,
    is_public: bool,
    url: str,
    file: tuple[str, bytes] | None,
    by: Actor,
    at: datetime,
) -> CourseMaterial:
    """Adds a link or a file to a version or a run. Raises RuleError for both, for neither, and beyond MOST_MATERIAL."""
    if bool(url) == (file is not None):
        raise RuleError(_("Give either a link or a file."), "url", 422)
    count, last = db.session.execute(select(func.count(), func.max(CourseMaterial.position)).where(_owned(owner))).one()
    if count >= MOST_MATERIAL:
        raise RuleError(_("%(n)s pieces of material are enough.", n=MOST_MATERIAL), "title")
    made = CourseMaterial(
        version_id=owner.id if isinstance(owner, CourseVersion) else None,
        run_id=owner.id if isinstance(owner, Run) else None,
        position=(last or 0) + 1,
        shown_from=shown_from,
        title=title,
        url=url,
        key=secrets.token_urlsafe(18) if file else None,
        name=file[0] if file else "",
        content=file[1] if file else None,
        is_public=is_public,
    )
    db.session.add(made)
    db.session.flush()
    _record(owner, [None, title], by, at)
    return made


def move(owner: CourseVersion | Run, material: CourseMaterial, up: bool) -> None:
    """Exchanges a piece with its neighbour in the order."""
    rows = list(_ordered(_owned(owner)))
    here = rows.index(material)
    other = here - 1 if up else here + 1
    if 0 <= other < len(rows):
        rows[here], rows[other] = rows[other], rows[here]
        for position, row in enumerate(rows, 1):
            row.position = position
        db.session.flush()


def remove(owner: CourseVersion | Run, material: CourseMaterial, *, by: Actor, at: datetime) -> None:
    """Deletes a piece of material."""
    _record(owner, [material.title, None], by, at)
    db.session.delete(material)
    db.session.flush()


def _owned(owner: CourseVersion | Run) -> ColumnElement[bool]:
    return CourseMaterial.version_id == owner.id if isinstance(owner, CourseVersion) else CourseMaterial.run_id == owner.id


def _belongs(material: CourseMaterial, owner: CourseVersion | Run) -> bool:
    return (material.version_id if isinstance(owner, CourseVersion) else material.run_id) == owner.id


def _ordered(condition: ColumnElement[bool]) -> Sequence[CourseMaterial]:
    query = select(CourseMaterial).where(condition)
    return db.session.scalars(
        query.order_by(CourseMaterial.run_id.is_not(None), CourseMaterial.position, CourseMaterial.id)
    ).all()


def _record(owner: CourseVersion | Run, title: list[str | None], by: Actor, at: datetime) -> None:
    record(
        "training.material",
        by=by,
        at=at,
        object_type="course" if isinstance(owner, CourseVersion) else "run",
        object_id=owner.course_id if isinstance(owner, CourseVersion) else owner.id,
        object_name=f"{owner.course.code} {owner.title}" if isinstance(owner, CourseVersion) else owner.event.title,
        event_id=None if isinstance(owner, CourseVersion) else owner.event_id,
        changes={"material": title},
    )
