"""A person's words in the tables of training, for G21."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Table, select

from eventapp.core.db import Base, db
from eventapp.events.models import EventKind
from tests.conftest import NOW

TABLES = Base.metadata.tables


def training(planted: Any) -> None:
    """A word in each column of training that may hold personal data, and the person as the one who acted."""
    course = _course(planted)
    # A run by itself, so that enrolments follow what becomes of its registrations.
    planted.coming.kind = EventKind.RUN
    run = {"version_id": course, "event_id": planted.coming.id, "seats_min": 0, "late_hours": 24, "language": "en"}
    planted.add("run", created_at=NOW, version=1, **run)
    run_id = _last("run")
    me, company = planted.person.id, planted.company.id
    interest = {"course_id": _last("course"), "organisation_id": company, "noted_at": NOW}
    planted.add("course_interest", person_id=me, note=planted.word("course_interest.note"), noted_by="x", **interest)
    other = db.session.scalar(select(TABLES["registration"].c.person_id).where(TABLES["registration"].c.id == planted.otto.id))
    noted = planted.acted("course_interest.noted_by")
    planted.add("course_interest", person_id=other, note="", noted_by=noted, **interest)
    waiver = {"run_id": run_id, "given_at": NOW}
    planted.add("waiver", person_id=me, reason=planted.word("waiver.reason"), given_by="x", **waiver)
    planted.add("waiver", person_id=other, reason="r", given_by=planted.acted("waiver.given_by"), **waiver)
    mine, theirs = _enrolments(planted, run_id, other)
    _attendance(planted, run_id, mine, theirs)
    _assessments(planted, mine, theirs)
    _certificates(planted, course, other)


def _last(table: str) -> int:
    found: Table = TABLES[table]
    return int(db.session.scalar(select(found.c.id).order_by(found.c.id.desc()).limit(1)) or 0)


def _course(planted: Any) -> int:
    planted.add("course", code="VPS-101", created_at=NOW)
    texts = dict.fromkeys(("summary", "description", "description_html", "exercise", "exercise_html"), "")
    lists: dict[str, Any] = {n: [] for n in ("languages", "product_tags", "modes", "audience_types", "audience_functions")}
    marks = {"attendance_mark": 80, "partial_from": 25, "attempts": 3, "exercise_mark": 70, "credit_minutes": 50}
    rest = {"follow_up_days": 60, "minutes": 120, "needed": "all", "level": "beginner", "status": "current", "number": 1}
    row = {"course_id": _last("course"), "title": "Presenting", "created_at": NOW, "updated_at": NOW, "version": 1}
    planted.add("course_version", **row, **texts, **lists, **marks, **rest)
    return _last("course_version")


def _enrolments(planted: Any, run_id: int, other: int) -> tuple[int, int]:
    row = {"run_id": run_id, "organisation_id": planted.company.id, "state": "enrolled", "enrolled_at": NOW, "version": 1}
    row |= {"attended": 0, "slots": 0, "attendance": "excused", "settled_at": NOW, "result": "pending"}
    reason = planted.word("enrolment.settled_reason")
    mine = {"registration_id": planted.mine.id, "person_id": planted.person.id}
    planted.add("enrolment", settled_by="x", settled_reason=reason, **mine, **row)
    first = _last("enrolment")
    theirs = {"registration_id": planted.otto.id, "person_id": other}
    planted.add("enrolment", settled_by=planted.acted("enrolment.settled_by"), settled_reason="r", **theirs, **row)
    return first, _last("enrolment")


def _attendance(planted: Any, run_id: int, mine: int, theirs: int) -> None:
    report = {"run_id": run_id, "tool": "teams", "file_name": "a.csv", "sha256": "0", "lines": 1, "added": 1, "imported_at": NOW}
    planted.add("attendance_report", imported_by=planted.acted("attendance_report.imported_by"), **report)
    row = {"run_id": run_id, "source": "import", "joined_at": NOW, "matched": "name", "noted_at": NOW}
    words = {name: planted.word(f"attendance_interval.{name}") for name in ("name", "address")}
    planted.add("attendance_interval", key="1", enrolment_id=mine, noted_by="x", **words, **row)
    noted = planted.acted("attendance_interval.noted_by")
    planted.add("attendance_interval", key="2", enrolment_id=theirs, noted_by=noted, name="", address="", **row)
    called = {"slot_at": NOW, "mark": "present", "called_at": NOW}
    planted.add("roll_call", enrolment_id=theirs, called_by=planted.acted("roll_call.called_by"), **called)


def _assessments(planted: Any, mine: int, theirs: int) -> None:
    answers = {"1": planted.word("assessment_attempt.answers")}
    attempt = {"enrolment_id": mine, "number": 1, "started_at": NOW, "questions": [], "most": 1, "version": 1}
    planted.add("assessment_attempt", answers=answers, **attempt)
    row = {"number": 1, "mime": "video/mp4", "size": 1, "handed_in_at": NOW, "passed": True, "marked_at": NOW, "version": 1}
    words = {name: planted.word(f"submission.{name}") for name in ("name", "note", "comment")}
    key, marks = planted.word("submission.key"), [{"comment": planted.word("submission.marks")}]
    planted.add("submission", enrolment_id=mine, marked_by="x", key=key, marks=marks, **words, **row)
    content = planted.word("submission_piece.content").encode()
    planted.add("submission_piece", submission_id=_last("submission"), number=1, content=content)
    texts = {"key": "k", "name": "n", "note": "", "comment": "", "marks": []}
    marked = planted.acted("submission.marked_by")
    planted.add("submission", enrolment_id=theirs, marked_by=marked, **texts, **row)
    said = {name: planted.word(f"course_feedback.{name}") for name in ("comment", "used_comment")}
    planted.add("course_feedback", enrolment_id=mine, given_at=NOW, version=1, **said)


def _certificates(planted: Any, course: int, other: int) -> None:
    row = {"version_id": course, "completed_on": NOW.date(), "issued_at": NOW, "by_hand": True, "revoked_at": NOW, "version": 1}
    row |= {"minutes": 0, "half_credits": 0, "expires_on": NOW.date() + timedelta(days=9)}
    words = {name: planted.word(f"certificate.{name}") for name in ("name", "reason", "revoked_reason", "salt")}
    words["code"] = planted.words["certificate.code"] = "ZZCERT999999"
    planted.add("certificate", person_id=planted.person.id, issued_by="x", revoked_by="x", **words, **row)
    texts = {"name": "n", "reason": "r", "revoked_reason": "r", "salt": "s", "code": "OTHER"}
    actors = {name: planted.acted(f"certificate.{name}") for name in ("issued_by", "revoked_by")}
    planted.add("certificate", person_id=other, **texts, **actors, **row)
    chosen = {"organisation_id": planted.company.id, "chosen_at": NOW, "chosen_by": planted.acted("counts_for.chosen_by")}
    planted.add("counts_for", person_id=other, **chosen)
