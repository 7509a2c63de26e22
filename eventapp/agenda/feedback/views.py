"""Saying something about sessions, behind one's own secret link; and what speakers see of it by theirs."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from eventapp.agenda.feedback import (
    forms,
    own,  # noqa: F401 - shows itself on the page of the registration
    queries,
    service,
)
from eventapp.agenda.feedback.rules import DAYS, LEAST, closes_at
from eventapp.core.clock import now
from eventapp.core.errors import StaleError
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.audiences import public
from eventapp.registrations import queries as registrations

blueprint = Blueprint("feedback", __name__)


@blueprint.after_request
def keep_secret(response: Response) -> Response:
    """The address is the secret: it must not travel on as a referrer, nor be indexed."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.get("/r/<token:token>/feedback")
@public
def index(token: str) -> str:
    """The sessions that are over, and about which one has said something."""
    registration = registrations.by_token(token)
    asked = queries.to_answer(registration, now())
    return render_template("agenda/feedback/index.html", registration=registration, event=registration.event, asked=asked)


@blueprint.route("/r/<token:token>/feedback/<agenda_code>", methods=["GET", "POST"])
@public
def give(token: str, agenda_code: str) -> ResponseReturnValue:
    """Stars and words about one session; to be changed until a week after it."""
    registration, at = registrations.by_token(token), now()
    session = queries.session_to_answer(registration, agenda_code, at)
    asked = queries.questions(registration.event_id)
    before = queries.given(registration, session.session_id or 0)
    form = forms.feedback_form(asked, queries.answers(before) if before else {})
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            if form["asked"].data != forms.mark_of(asked):
                raise StaleError(_("The questions have changed meanwhile. Look at your answers, then send again."))
            service.give(token, agenda_code, forms.values_of(form, asked), at=now())
            saved.location = url_for(".index", token=token)
        if saved.ok:
            flash(_("Thank you. You may change it until %(days)s days after the session.", days=DAYS), "success")
            return redirect(saved.location)
        status = saved.status
        registration = registrations.by_token(token)
        form["asked"].data = forms.mark_of(asked)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "agenda/feedback/give.html",
        registration=registration,
        event=registration.event,
        session=session,
        closes_at=closes_at(session),
        form=form,
        fields=[form[f"q{n}"] for n in range(len(asked))],
        least=LEAST,
        has_errors=form.refused,
    )
    return page, status


@blueprint.get("/speaker/<token:token>/feedback")
@public
def of_speaker(token: str) -> str:
    """What people said about a speaker's own sessions, from five answers on."""
    speaker, event = queries.speaker_by_token(token)
    spoken = queries.sessions_of(speaker)
    found = [one for one in queries.results(event) if one.id in spoken]
    details = {one.id: queries.details(event, one) for one in found if one.shown}
    return render_template(
        "agenda/feedback/of_speaker.html",
        speaker=speaker,
        event=event,
        found=found,
        details=details,
        least=LEAST,
    )
