"""One's own registration behind the secret link `/r/<token>`: no account needed."""

import io
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import segno
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from eventapp.audit.service import NamedActor
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError, StaleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.ical import calendar as calendar_of
from eventapp.core.pictures import PICTURE_FORM_BYTES
from eventapp.core.saving import saving
from eventapp.core.web import uploads
from eventapp.core.web.audiences import public
from eventapp.events.models import Fairness
from eventapp.events.rules import may_cancel, may_change_mode, may_change_registration, may_edit_answers
from eventapp.partners.audiences import viewer
from eventapp.partners.company import confirming
from eventapp.partners.company import queries as company
from eventapp.registrations import acts, hooks, queries, rules, service
from eventapp.registrations.answers import drafts, files
from eventapp.registrations.answers import forms as answer_forms
from eventapp.registrations.calendars import calendar_entries
from eventapp.registrations.fairness.service import lot
from eventapp.registrations.forms import CorrectForm
from eventapp.registrations.models import Registration, Side
from eventapp.registrations.waiting import acts as waiting
from eventapp.registrations.waiting import texts
from eventapp.registrations.waiting.rules import may_answer

blueprint = Blueprint("registrations_link", __name__)


@blueprint.after_request
def keep_secret(response: Response) -> Response:
    """The address is the secret: it must not travel on as a referrer, nor be indexed."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.url_value_preprocessor
def _allow_a_picture(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Where a picture is asked for, more may be sent than a form."""
    if endpoint == "registrations_link.edit" and values:
        uploads.allow(PICTURE_FORM_BYTES, lambda: files.asks_picture(Registration.token == values["token"]))


def _holder(registration: Registration) -> NamedActor:
    # As the company typed it: its log must not tell it a stranger's own name.
    return NamedActor(f"{registration.name} (by link)")


def _page_of(registration: Registration) -> str:
    return url_for("registrations_link.show", token=registration.token)


@blueprint.get("/r/<token:token>")
@public
def show(token: str) -> str:
    """Status in words, when and where, QR code, calendar, and what one can do."""
    registration = queries.by_token(token)
    at = now()
    entered = company.entered_person(registration.person_id, registration.organisation_id)
    return render_template(
        "registrations/link/show.html",
        registration=registration,
        event=registration.event,
        position=texts.positions([registration]).get(registration.id),
        holder=texts.holders([registration]).get(registration.id),
        reason=queries.waiting_reason(registration),
        address=queries.addresses([registration.person_id]).get(registration.person_id, ""),
        promise=texts.promise(registration, at),
        may_answer=may_answer(registration.booking.offered_until, at),
        may_change=may_change_registration(registration.event, at),
        may_cancel=may_cancel(registration.event, at),
        may_edit=may_edit_answers(registration.event, at),
        may_switch=may_change_mode(registration.event, at),
        may_undo=rules.may_undo(registration, at, Side.PERSON),
        company_link=confirming.link(entered) if entered is not None else None,
        lot=lot(registration.event, registration.code) if registration.event.fairness is Fairness.DRAW else None,
        further=hooks.further(registration),
        google=_google(registration),
        outlook=_outlook(registration),
        blocks=hooks.on_own_page(registration, at),
    )


@blueprint.get("/r/<token:token>/code.svg")
@public
def code(token: str) -> Response:
    """The QR code: the registration's code and nothing else."""
    registration = queries.by_token(token)
    out = io.BytesIO()
    segno.make(registration.code, error="m").save(out, kind="svg", scale=8, border=2, light="#fff", xmldecl=False)
    return Response(out.getvalue(), mimetype="image/svg+xml")


@blueprint.get("/r/<token:token>/event.ics")
@public
def calendar(token: str) -> Response:
    """The calendar file, for programs that did not take it from the mail."""
    registration = queries.by_token(token)
    address = queries.addresses([registration.person_id]).get(registration.person_id, "")
    text = calendar_of(calendar_entries(registration, address, at=registration.event.updated_at))
    response = Response(text, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{registration.event.slug}.ics"'
    return response


@blueprint.route("/r/<token:token>/edit", methods=["GET", "POST"])
@public
def edit(token: str) -> ResponseReturnValue:
    """Corrects one's own name and answers."""
    registration = queries.by_token(token)
    person = registration.person
    if "later" in request.form:
        return _finish_later(registration)
    kept = {"event_id": registration.event_id, "registration_id": registration.id}
    draft = drafts.load(**kept) if request.method == "GET" and registration.event.has_form else None
    form = CorrectForm(
        **({"formdata": draft} if draft else {}),
        data={
            "version": str(registration.version),
            "given_name": person.given_name,
            "family_name": person.family_name,
            "badge_name": registration.badge_name,
            "note": registration.note,
        },
    )
    if not rules.is_typed(registration):
        del form.shown
    status = 200
    answers = answer_forms.of_person(registration, at=now(), sent=answer_forms.sent() or draft, special=_is_own(registration))
    form.parts = [answers]
    if answer_forms.asks_further():
        pass
    elif form.validate_on_submit():
        with saving(form) as saved:
            acts.require_editable(registration)
            if form.version.data != str(registration.version):
                raise StaleError(_("This was changed elsewhere since you opened it. Check and save again."))
            service.correct(
                registration,
                given_name=form.given_name.data,
                family_name=form.family_name.data or "",
                badge_name=form.badge_name.data or "",
                note=form.note.data or "",
                shown="shown" in form and bool(form.shown.data),
                by=_holder(registration),
                at=now(),
                answered=answer_forms.given(answers),
                asks_again=True,
            )
            drafts.drop(**kept)
            saved.location = _page_of(registration)
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        registration = queries.by_token(token)
        form.version.data = str(registration.version)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "registrations/link/edit.html",
        event=registration.event,
        registration=registration,
        form=form,
        answers=answers,
        draft=bool(draft),
        has_errors=form.refused,
    )
    return page, status


@blueprint.get("/r/<token:token>/files/<token:file_key>")
@public
def file(token: str, file_key: str) -> Response:
    """A file that was given as an answer, to be saved; as long as answers are shown by the link alone."""
    registration = queries.by_token(token)
    if not may_change_registration(registration.event, now()):
        raise NotFoundError(file_key)
    return files.download(registration, file_key, special=_is_own(registration))


def _finish_later(registration: Registration) -> ResponseReturnValue:
    """Keeps what is typed, good or not, until it is finished."""
    answers = answer_forms.of_person(registration, at=now(), sent=answer_forms.sent(), special=_is_own(registration))
    with saving(ActionForm()) as saved:
        acts.require_editable(registration)
        drafts.save(answer_forms.typed(answers), event_id=registration.event_id, registration_id=registration.id, at=now())
        saved.location = _page_of(registration)
    if saved.error is not None:
        flash(saved.error.message, "danger")
    else:
        flash(_("Kept for 14 days, for you alone. Nothing is sent to the organizer before you save."), "success")
    return redirect(_page_of(queries.by_token(registration.token)))


def _is_own(registration: Registration) -> bool:
    """Whether the visitor may be asked in confidence: not the vendor's staff, who may come by links of others."""
    asking = viewer()
    return not asking.roles or (asking.user is not None and asking.user.id == registration.person.user_id)


@blueprint.route("/r/<token:token>/mode", methods=["GET", "POST"])
@public
def mode(token: str) -> ResponseReturnValue:
    """Switches between in person and on video."""
    return acts.mode_page(lambda: queries.by_token(token), _holder(queries.by_token(token)), _page_of)


@blueprint.route("/r/<token:token>/cancel", methods=["GET", "POST"])
@public
def cancel(token: str) -> ResponseReturnValue:
    """Gives the place back, or leaves the waiting list."""
    return acts.cancel_page(lambda: queries.by_token(token), _holder(queries.by_token(token)), _page_of, Side.PERSON)


@blueprint.post("/r/<token:token>/accept")
@public
def accept(token: str) -> ResponseReturnValue:
    """Takes the offered place."""
    return waiting.accept(lambda: queries.by_token(token), _holder(queries.by_token(token)), _page_of)


@blueprint.post("/r/<token:token>/turn-down")
@public
def turn_down(token: str) -> ResponseReturnValue:
    """Gives the offered place to the next one."""
    return waiting.turn_down(lambda: queries.by_token(token), _holder(queries.by_token(token)), _page_of, Side.PERSON)


@blueprint.post("/r/<token:token>/undo")
@public
def undo(token: str) -> ResponseReturnValue:
    """Takes a cancellation back."""
    return acts.undo_page(lambda: queries.by_token(token), _holder(queries.by_token(token)), _page_of, Side.PERSON)


@blueprint.route("/r/<token:token>/substitute", methods=["GET", "POST"])
@public
def substitute(token: str) -> ResponseReturnValue:
    """Hands the place on to a colleague."""
    registration = queries.by_token(token)
    gone = url_for("events.show", slug=registration.event.slug)
    return acts.substitute_page(lambda: queries.by_token(token), _holder(registration), _page_of, gone=gone)


def _google(registration: Registration) -> str:
    event = registration.event
    dates = f"{_stamp(event.starts_at)}/{_stamp(event.ends_at)}"
    pairs = {
        "action": "TEMPLATE",
        "text": event.title,
        "dates": dates,
        "details": event.summary,
        "location": _place(registration),
    }
    return f"https://calendar.google.com/calendar/render?{urlencode(pairs)}"


def _outlook(registration: Registration) -> str:
    event = registration.event
    pairs = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": event.title,
        "startdt": event.starts_at.isoformat(),
        "enddt": event.ends_at.isoformat(),
        "body": event.summary,
        "location": _place(registration),
    }
    return f"https://outlook.office.com/calendar/0/deeplink/compose?{urlencode(pairs)}"


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y%m%dT%H%M%SZ")


def _place(registration: Registration) -> str:
    event = registration.event
    return ", ".join(part for part in (event.venue, event.address, event.city) if part)
