"""Asking for meetings, answering, and not wanting any from somebody."""

from datetime import datetime

from flask import Blueprint, Response, make_response, url_for
from flask.typing import ResponseReturnValue

from eventapp.community.directory import queries as directory
from eventapp.community.meetings import queries, service
from eventapp.community.meetings.forms import AnswerForm, AskForm, zone_values
from eventapp.community.meetings.queries import Shown
from eventapp.community.meetings.rules import LASTS, Side
from eventapp.community.models import ENDED_MEETINGS, MEETING_LABELS, MeetingState
from eventapp.community.pages import page
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.ical import Entry, calendar_file
from eventapp.core.links import absolute, site_host
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.core.web.templates import moment, viewer_zone
from eventapp.events import queries as events
from eventapp.partners.audiences import company_member, viewer

blueprint = Blueprint("meetings", __name__)
DAY_IN_SECONDS = 24 * 60 * 60
TONES = {
    MeetingState.ASKED: "wait",
    MeetingState.OTHER_TIME: "info",
    MeetingState.ACCEPTED: "ok",
    MeetingState.DECLINED: "off",
    MeetingState.WITHDRAWN: "off",
}


def _zone(otherwise: str = "UTC") -> str:
    return viewer_zone() or otherwise


@blueprint.get("/community/meetings/")
@company_member
def index() -> str:
    """What the viewer was asked and what they have asked for."""
    found = queries.meetings(viewer(), now())
    return page(
        "community/meetings/index.html",
        "meetings",
        asked=[one for one in found if one.side is Side.ASKED],
        sent=[one for one in found if one.side is Side.SENDER],
        labels=MEETING_LABELS,
        state_tones=TONES,
        zone=_zone(),
    )


@blueprint.route("/community/<id:asked_listing_id>/ask", methods=["GET", "POST"])
@company_member
def ask(asked_listing_id: int) -> ResponseReturnValue:
    """Asks somebody in the directory for a meeting."""
    entry = directory.entry(asked_listing_id, now())
    seat = viewer().seat
    if seat is None or seat.person_id is None or entry.company_id == seat.company_id:
        raise NotFoundError(asked_listing_id)
    form = AskForm(data=zone_values(_zone()))
    form.offer(events.upcoming(viewer(), now()))

    def act() -> str:
        made = service.ask(viewer(), entry, form.meeting(), at=now())
        return url_for(".show", meeting_id=made.id)

    def show(_stale: bool) -> str:
        again = directory.entry(asked_listing_id, now())
        return page("community/meetings/ask.html", "directory", form=form, entry=again, has_errors=form.refused)

    answer = carry_out(form, act, show, said=lambda: _("Asked. You get a mail when there is an answer."))
    return _with_wait(answer)


def _with_wait(answer: ResponseReturnValue) -> ResponseReturnValue:
    """The answer; where it says that it was too much, also when to try again."""
    response = make_response(answer)
    if response.status_code == service.TOO_MANY:
        response.headers["Retry-After"] = str(DAY_IN_SECONDS)
    return response


@blueprint.get("/community/meetings/<id:meeting_id>")
@company_member
def show(meeting_id: int) -> str:
    """One request; after a yes with the other side's address."""
    found = queries.meeting(viewer(), meeting_id, now())
    return page(
        "community/meetings/show.html",
        "meetings",
        shown=found,
        meeting=found.meeting,
        names=found.names,
        is_sender=found.side is Side.SENDER,
        times=queries.times_of(found.meeting),
        contact=found.contact,
        ended=found.meeting.state in ENDED_MEETINGS,
        labels=MEETING_LABELS,
        state_tones=TONES,
        zone=_zone(found.meeting.time_zone),
    )


@blueprint.route("/community/meetings/<id:meeting_id>/answer", methods=["GET", "POST"])
@company_member
def answer(meeting_id: int) -> ResponseReturnValue:
    """Says yes, no, or another time."""
    found = queries.meeting(viewer(), meeting_id, now())
    zone = _zone(found.meeting.time_zone)
    form = AnswerForm(data={**zone_values(zone), "version": str(found.meeting.version)})
    form.offer(_choices(found, zone))

    def act() -> str:
        values = {"chosen": form.choice(), "times": form.times(), "time_zone": form.time_zone.data}
        service.answer(found, form.said(), form.answer.data or "", version=version_in(form), viewer=viewer(), at=now(), **values)
        return url_for(".show", meeting_id=meeting_id)

    def show_again(stale: bool) -> str:
        again = queries.meeting(viewer(), meeting_id, now())
        if stale:
            form.version.data = str(again.meeting.version)
            form.offer(_choices(again, zone))
        return page(
            "community/meetings/answer.html",
            "meetings",
            form=form,
            shown=again,
            meeting=again.meeting,
            names=again.names,
            is_sender=again.side is Side.SENDER,
            has_errors=form.refused,
        )

    return carry_out(form, act, show_again, said=lambda: _("Answered. The other side gets a mail."))


def _choices(found: Shown, zone: str) -> list[tuple[datetime, str]]:
    return [(one, moment(one, zone)) for one in queries.times_of(found.meeting)]


@blueprint.get("/community/meetings/<id:meeting_id>.ics")
@company_member
def calendar(meeting_id: int) -> Response:
    """The meeting for one's calendar, once a time is agreed."""
    found = queries.meeting(viewer(), meeting_id, now())
    one = found.meeting
    if one.agreed_at is None:
        raise NotFoundError(meeting_id)
    other = found.names.asked if found.side is Side.SENDER else found.names.sender
    entry = Entry(
        uid=f"meeting-{one.id}@{site_host()}",
        sequence=0,
        start=one.agreed_at,
        end=one.agreed_at + LASTS,
        summary=_("%(name)s: %(subject)s", name=other, subject=one.subject),
        location=found.names.event,
        description=one.text,
        url=absolute("meetings.show", meeting_id=one.id),
        stamp=one.changed_at,
    )
    response = Response(calendar_file(entry, published=True), content_type="text/calendar; charset=utf-8; method=PUBLISH")
    response.headers["Content-Disposition"] = 'attachment; filename="meeting.ics"'
    return response


@blueprint.post("/community/meetings/<id:meeting_id>/withdraw")
@company_member
def withdraw(meeting_id: int) -> ResponseReturnValue:
    """Takes one's own request back."""
    found = queries.meeting(viewer(), meeting_id, now())
    back = url_for(".show", meeting_id=meeting_id)
    return carry_out_at_once(ActionForm(), lambda: service.withdraw(found, at=now()), back, _("Withdrawn."))


@blueprint.post("/community/meetings/<id:meeting_id>/block")
@company_member
def block(meeting_id: int) -> ResponseReturnValue:
    """Wants no requests from that sender any more."""
    found = queries.meeting(viewer(), meeting_id, now())
    said = _("You hear nothing of their requests any more, and they are not told.")
    return carry_out_at_once(ActionForm(), lambda: service.block(found, at=now()), url_for(".index"), said)


@blueprint.get("/community/meetings/blocked")
@company_member
def blocked() -> str:
    """From whom no requests are wanted."""
    return page("community/meetings/blocked.html", "meetings", blocks=queries.blocks(viewer()))


@blueprint.post("/community/meetings/blocked/<id:meeting_block_id>/delete")
@company_member
def unblock(meeting_block_id: int) -> ResponseReturnValue:
    """Hears of a sender again."""
    found = queries.block(viewer(), meeting_block_id)
    return carry_out_at_once(ActionForm(), lambda: service.unblock(found), url_for(".blocked"), _("Saved."))
