"""Asking for a meeting and answering. Everything in the caller's transaction.

None of it stands in the log, and the mails name no request: who reads both, by time or by number, would learn who talks to
whom. The request keeps what happened to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from eventapp.accounts.permissions import Viewer
from eventapp.audit.service import Actor
from eventapp.community.directory import queries as directory
from eventapp.community.directory.queries import Entry
from eventapp.community.mails import send_note
from eventapp.community.meetings import queries, rules
from eventapp.community.meetings.queries import Shown
from eventapp.community.meetings.rules import Say, Side
from eventapp.community.models import ENDED_MEETINGS, MeetingBlock, MeetingRequest, MeetingState
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.core.links import absolute
from eventapp.partners.models import Organisation, Person
from eventapp.partners.service.hooks import ON_LEFT

TOO_MANY = 429


@dataclass(frozen=True)
class MeetingDetails:
    """A request, as typed. `times` are moments in UTC, `time_zone` is where they were typed."""

    subject: str
    text: str
    times: Sequence[datetime]
    time_zone: str
    event_id: int | None = None


def ask(viewer: Viewer, entry: Entry, details: MeetingDetails, *, at: datetime) -> MeetingRequest:
    """Asks whoever the entry is about for a meeting.

    Raises RuleError for a colleague, without a time or an event, while an earlier request waits, and with 429 for more than
    MOST_A_DAY within a day. Whoever is not wanted there learns nothing of that: the request waits for good.
    """
    seat = viewer.seat
    assert seat is not None
    assert seat.person_id is not None
    # All requests of one person stand in a row.
    db.session.execute(select(Person.id).where(Person.id == seat.person_id).with_for_update())
    # Whoever has left the directory meanwhile is asked nothing.
    entry = directory.entry(entry.listing.id, at)
    if entry.company_id == seat.company_id or entry.person_id == seat.person_id:
        raise RuleError(_("You work for the same company. Talk to each other directly."))
    if problem := rules.times_missing(details.times, details.event_id is not None, at):
        raise RuleError(problem, "time_1", 422)
    if queries.open_to(seat.person_id, entry.person_id, entry.company_id) is not None:
        raise RuleError(_("You have asked already, and wait for the answer."))
    lately, waiting = queries.sent_lately(seat.person_id, at)
    if lately >= rules.MOST_A_DAY:
        raise RuleError(_("You have asked for %(n)s meetings within a day. Ask again tomorrow.", n=lately), None, TOO_MANY)
    if waiting >= rules.MOST_WAITING:
        raise RuleError(_("%(n)s of your requests wait for an answer. Withdraw some of them first.", n=waiting), None, TOO_MANY)
    hidden = queries.is_blocked(seat.person_id, entry.person_id, entry.company_id)
    made = MeetingRequest(
        from_person_id=seat.person_id,
        from_organisation_id=seat.company_id,
        to_person_id=entry.person_id,
        to_organisation_id=entry.company_id,
        event_id=details.event_id,
        subject=details.subject,
        text=details.text,
        times=[one.isoformat() for one in details.times],
        time_zone=details.time_zone,
        hidden=hidden,
        asked_at=at,
        changed_at=at,
    )
    db.session.add(made)
    db.session.flush()
    if not hidden:
        heading = _("Somebody would like to meet you")
        _tell(
            made,
            Side.ASKED,
            heading,
            _("A partner asks for a meeting. Who it is and what it is about you read after you log in."),
            at,
        )
    return made


def answer(
    shown: Shown,
    say: Say,
    text: str,
    *,
    chosen: datetime | None = None,
    times: Sequence[datetime] = (),
    time_zone: str = "",
    version: int,
    viewer: Viewer,
    at: datetime,
) -> None:
    """Says yes (to the `chosen` time), no, or proposes other `times`; the other side is told by mail.

    Raises RuleError where somebody has answered already and for a time that is over, StaleError if it was changed since
    `version`.
    """
    seat = viewer.seat
    assert seat is not None
    meeting = _lock(shown.meeting)
    if not rules.is_turn(meeting.state, shown.side):
        raise RuleError(_("This is answered already. Open it again to see how it stands."))
    if meeting.version != version:
        raise StaleError(_("This has changed since you opened it. Look at the times again."))
    if say is Say.YES and (problem := rules.chosen_missing(chosen, queries.times_of(meeting), at)):
        raise RuleError(problem, "chosen", 422)
    if say is Say.OTHER and (problem := rules.times_missing(times, at_event=False, at=at)):
        raise RuleError(problem, "time_1", 422)
    before = meeting.state
    meeting.state = rules.state_after(before, say)
    meeting.answer, meeting.changed_at = text, at
    if shown.side is Side.ASKED:
        meeting.answered_by_id = seat.person_id
    if say is Say.OTHER:
        meeting.times, meeting.time_zone = [one.isoformat() for one in times], time_zone
    else:
        meeting.ended_at = at
        meeting.agreed_at = chosen if say is Say.YES else None
    db.session.flush()
    other = Side.SENDER if shown.side is Side.ASKED else Side.ASKED
    _tell(meeting, other, _("Your meeting was answered"), _("There is an answer to a meeting that you talk about."), at)


def withdraw(shown: Shown, *, at: datetime) -> None:
    """Takes a request back. Raises RuleError once it is over, and for whoever was asked: they say no."""
    meeting = _lock(shown.meeting)
    if shown.side is not Side.SENDER or meeting.state in ENDED_MEETINGS:
        raise RuleError(_("This is over already."))
    meeting.state, meeting.ended_at, meeting.changed_at = MeetingState.WITHDRAWN, at, at
    db.session.flush()


def block(shown: Shown, *, at: datetime) -> None:
    """From now on whoever was asked hears nothing of the sender; what waits of them is declined. Twice is once.

    Raises RuleError for whoever has sent the request themselves.
    """
    if shown.side is not Side.ASKED:
        raise RuleError(_("You have asked for this meeting yourself. Withdraw it instead."))
    meeting = _lock(shown.meeting)
    # The lock on the sender puts this and their next request in a row.
    db.session.execute(select(Person.id).where(Person.id == meeting.from_person_id).with_for_update())
    to_person, to_company = meeting.to_person_id, meeting.to_organisation_id
    if not queries.is_blocked(meeting.from_person_id, to_person, to_company):
        company_id = to_company if to_person is None else None
        values = {"person_id": to_person, "organisation_id": company_id, "blocked_id": meeting.from_person_id}
        db.session.add(MeetingBlock(**values, since=at))
    if meeting.state not in ENDED_MEETINGS:
        meeting.state, meeting.ended_at, meeting.changed_at = MeetingState.DECLINED, at, at
    db.session.flush()


def unblock(found: MeetingBlock) -> None:
    """Hears of the sender again; what they sent meanwhile stays unread."""
    db.session.delete(found)
    db.session.flush()


def _lock(meeting: MeetingRequest) -> MeetingRequest:
    query = select(MeetingRequest).where(MeetingRequest.id == meeting.id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _tell(meeting: MeetingRequest, side: Side, heading: str, line: str, at: datetime) -> None:
    users = queries.logins_of(meeting, side, at)
    send_note("community.meeting", users, heading, line, absolute("meetings.index"), at=at)


def _left(person: Person, company: Organisation, _by: Actor, at: datetime) -> None:
    """Ends what waits between somebody and others for a company that they have left; nobody is told."""
    person_id, organisation_id = person.id, company.id
    table = MeetingRequest
    mine = (table.from_person_id == person_id) & (table.from_organisation_id == organisation_id)
    asked = (table.to_person_id == person_id) & (table.to_organisation_id == organisation_id)
    for condition, state in ((mine, MeetingState.WITHDRAWN), (asked, MeetingState.DECLINED)):
        ending = update(table).where(condition, table.ended_at.is_(None)).values(state=state, ended_at=at, changed_at=at)
        db.session.execute(ending, execution_options={"synchronize_session": False})


ON_LEFT.append(_left)
