"""The night on which the demo's conference moves on video: every registration is compared before and after, and timed."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from eventapp.core.db import db, transaction
from eventapp.events.models import Event, EventFormat, Mode
from eventapp.lifecycle.converting import queries, service, undoing
from eventapp.lifecycle.converting.models import ConversionKind
from eventapp.lifecycle.converting.rules import Plan
from eventapp.mail.models import OutboxMail
from eventapp.overview import demo
from eventapp.overview.doctor import examine, snapshot
from eventapp.places.models import Pool
from eventapp.registrations.answers.models import Answer
from eventapp.registrations.blocks.models import BlockClaim, BlockShare, SeatBlock
from eventapp.registrations.desk.models import Comment, RegistrationTag, Tag, TagColour
from eventapp.registrations.models import Registration, RegistrationStatus
from tests.support import factories

AT = datetime(2027, 3, 1, 22, 0, tzinfo=UTC)
PLAN = Plan(
    ConversionKind.VIRTUAL,
    note="The Redoute had to close its halls.",
    join_url="https://meet.example/epc",
    above_company=True,
    needs_until=AT.date() + timedelta(days=14),
)
SECONDS = 30
# What must be the same for each, whatever happens.
KEPT = (
    *("id", "organisation_id", "person_id", "booking_id", "code", "token", "uid", "name", "badge_name", "note", "claim"),
    *("kind_id", "guest_of_id", "source", "registered_at", "registered_by", "cancelled_at", "cancel_reason", "checked_in_at"),
)


def registrations_of(event: Event) -> dict[int, dict[str, Any]]:
    columns = Registration.__table__.columns.keys()
    query = select(*(getattr(Registration, name) for name in columns)).where(Registration.event_id == event.id)
    return {row[0]: dict(zip(columns, row, strict=True)) for row in db.session.execute(query.order_by(Registration.id))}


def belongings(event: Event) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that hangs on registrations, and what blocks and companies hold."""
    ids = select(Registration.id).where(Registration.event_id == event.id)
    queries_of = {
        "answers": select(Answer.id, Answer.registration_id, Answer.question_id, Answer.text).where(
            Answer.registration_id.in_(ids)
        ),
        "comments": select(Comment.id, Comment.registration_id, Comment.text).where(Comment.registration_id.in_(ids)),
        "tags": select(RegistrationTag.registration_id, RegistrationTag.tag_id).where(RegistrationTag.registration_id.in_(ids)),
        "claims": select(BlockClaim.registration_id, BlockClaim.share_id).where(BlockClaim.registration_id.in_(ids)),
        "blocks": select(SeatBlock.id, SeatBlock.organisation_id, SeatBlock.size, SeatBlock.released_at),
        "shares": select(BlockShare.id, Pool.capacity, Pool.taken).join(Pool, Pool.id == BlockShare.pool_id),
    }
    return {name: sorted(map(tuple, db.session.execute(query).all()), key=repr) for name, query in queries_of.items()}


def test_the_conference_moves_overnight_and_nobody_is_lost(app: Flask) -> None:
    with transaction():
        demo.load(at=AT - timedelta(days=1))
    event = db.session.scalars(select(Event).where(Event.slug == "epc-2027")).one()
    some = list(db.session.scalars(select(Registration.id).where(Registration.event_id == event.id).limit(40)))
    tag = Tag(event_id=event.id, word="vip", folded="vip", colour=TagColour.BLUE)
    db.session.add(tag)
    db.session.flush()
    for id_ in some:
        db.session.add(RegistrationTag(registration_id=id_, tag_id=tag.id))
        db.session.add(Comment(registration_id=id_, text=f"Note {id_}", written_at=AT, written_by="Olivia"))
    factories.commit()
    before, held = registrations_of(event), belongings(event)
    assert len(held["answers"]) > 0
    mails = db.session.scalar(select(func.max(OutboxMail.id))) or 0

    started = time.monotonic()
    with transaction():
        made, _told = service.convert(event, PLAN, by=factories.TESTS, at=AT)
    took = time.monotonic() - started
    assert took < SECONDS, f"{took:.1f} s"

    after = registrations_of(event)
    assert before.keys() == after.keys()
    for id_, old in before.items():
        assert {name: old[name] for name in KEPT} == {name: after[id_][name] for name in KEPT}
        waited = old["status"] is RegistrationStatus.WAITING
        assert after[id_]["status"] is (RegistrationStatus.CONFIRMED if waited else old["status"])
        assert after[id_]["mode"] is Mode.VIRTUAL
        active = old["status"] is not RegistrationStatus.CANCELLED
        assert after[id_]["sequence"] > old["sequence"] if active else after[id_]["sequence"] == old["sequence"]
    assert belongings(event) == held
    counts = made.counts
    assert (counts["confirmed"], counts["moved_up"], counts["lost"], counts["cancelled"]) == (1040, 35, 0, 62)
    assert (counts["kept"], counts["mails"], counts["waiting"]) == (1075, 1075, 0)
    assert counts["without_address"] == queries.without_address(event) == 0
    assert event.format is EventFormat.VIRTUAL
    _every_mail_carries_its_entry(after, mails)
    with snapshot():
        assert [result for result in examine(AT, strict=True) if result.level == "error"] == []

    with transaction():
        undoing.undo(made, event, by=factories.TESTS, at=AT + timedelta(hours=1))
    back = registrations_of(event)
    restored = (*KEPT, "mode", "status")
    for id_, old in before.items():
        assert {name: old[name] for name in restored} == {name: back[id_][name] for name in restored}
        assert back[id_]["sequence"] >= after[id_]["sequence"]
    assert belongings(event) == held


def _every_mail_carries_its_entry(rows: dict[int, dict[str, Any]], since: int) -> None:
    """Each person has one mail, due at once, with the entry that they know and its next number."""
    query = select(OutboxMail.calendar, OutboxMail.run_after).where(OutboxMail.id > since)
    calendars = {}
    for calendar, run_after in db.session.execute(query.where(OutboxMail.kind == "registrations.moved_virtual")):
        assert run_after == AT
        lines = dict(line.split(":", 1) for line in calendar.replace("\r\n ", "").split("\r\n") if ":" in line)
        assert lines["METHOD"] == "REQUEST"
        calendars[lines["UID"].partition("@")[0]] = int(lines["SEQUENCE"])
    active = {row["uid"]: row["sequence"] for row in rows.values() if row["status"] is RegistrationStatus.CONFIRMED}
    assert calendars == active
