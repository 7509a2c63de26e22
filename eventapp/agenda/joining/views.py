"""The link `/join/<token>`: waiting, going in, the recording afterwards. No account needed.

A GET never writes, and programs that look through mails open every link in them. So going in is a button. Where it leads
stands in no page: the address of the provider is said by the redirect alone.
"""

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from eventapp.agenda.joining import (
    own,  # noqa: F401 - shows itself on the page of the registration
    queries,
    service,
)
from eventapp.agenda.joining.rules import State
from eventapp.agenda.joining.texts import words
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.saving import saving
from eventapp.core.web.audiences import public
from eventapp.core.web.headers import let_forms_leave
from eventapp.events import queries as events
from eventapp.events.models import EventFormat
from eventapp.partners.audiences import viewer

blueprint = Blueprint("join", __name__)


@blueprint.after_request
def keep_secret(response: Response) -> Response:
    """The address is the secret: it must not travel on to the provider as a referrer, nor be indexed."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.get("/join/<token:token>")
@public
def show(token: str) -> ResponseReturnValue:
    """The way in while it is open, before that how long one waits, afterwards the recording."""
    at = now()
    try:
        found = queries.entrance(token)
    except NotFoundError:
        return render_template("agenda/joining/unknown.html"), 404
    verdict = found.verdict(at)
    admitted = verdict.state in (State.EARLY, State.OPEN, State.NO_LINK, State.OVER)
    in_parts = found.stream.session_id is None and admitted
    ways = queries.joinable(found.registration, found.settings, at) if in_parts else []
    let_forms_leave()
    return render_template(
        "agenda/joining/show.html",
        token=token,
        event=found.registration.event,
        registration=found.registration,
        stream=found.stream,
        state=verdict.state,
        part=verdict.part,
        opens_at=verdict.opens_at,
        words=words(verdict.state),
        recorded=verdict.state is State.OVER and bool(found.stream.recording(at)),
        ways=ways,
        at=at,
    )


@blueprint.post("/join/<token:token>")
@public
def enter(token: str) -> ResponseReturnValue:
    """Notes the arrival and leads on to the provider."""
    with saving() as saved:
        saved.location = service.enter(token, at=now())
    if saved.error is not None:
        flash(saved.error.message, "danger")
        return redirect(url_for(".show", token=token), 303)
    return redirect(saved.location, 303)


@blueprint.post("/join/<token:token>/recording")
@public
def watch(token: str) -> ResponseReturnValue:
    """Leads on to the recording. That is no arrival."""
    with saving() as saved:
        saved.location = service.watch(token, at=now())
    if saved.error is not None:
        flash(saved.error.message, "danger")
        return redirect(url_for(".show", token=token), 303)
    return redirect(saved.location, 303)


@blueprint.get("/join/test/<slug:slug>")
@public
def test(slug: str) -> str:
    """Where anybody tries browser, sound and the provider beforehand. Nobody arrives by it."""
    event = events.event_by_slug(viewer(), slug)
    if event.format is EventFormat.IN_PERSON:
        raise NotFoundError(slug)
    return render_template("agenda/joining/test.html", event=event, settings=queries.settings_of(event.id))
