"""One's own agenda behind the secret link `/r/<token>`: no account needed."""

from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from eventapp.agenda.feedback import own as feedback
from eventapp.agenda.joining import own as joining
from eventapp.agenda.joining.links import calendar_link
from eventapp.agenda.models import SessionSignUp
from eventapp.agenda.own import feed, queries, rules, service
from eventapp.agenda.public import page as pages_of
from eventapp.agenda.public import queries as public_queries
from eventapp.agenda.public.calendars import entry
from eventapp.agenda.public.files import CALENDAR, conditional
from eventapp.agenda.public.rules import View
from eventapp.agenda.public.views import material_file, parts_seen, released, session_page
from eventapp.audit.service import NamedActor
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.ical import calendar
from eventapp.core.links import absolute
from eventapp.core.saving import saving
from eventapp.core.times import span
from eventapp.core.web.audiences import public, safe_target
from eventapp.core.web.templates import viewer_zone
from eventapp.registrations import hooks
from eventapp.registrations import queries as registrations
from eventapp.registrations.models import ENDED, Registration

blueprint = Blueprint("own_agenda", __name__)
# The registration's page shows no more than this many of one's sessions.
MOST_LINES = 8


@blueprint.after_request
def keep_secret(response: Response) -> Response:
    """The address is the secret: it must not travel on as a referrer, nor be indexed."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _holder(registration: Registration) -> NamedActor:
    # As the company typed it: its log must not tell it a stranger's own name.
    return NamedActor(f"{registration.name} (by link)")


def _back(token: str) -> str:
    return safe_target(request.form.get("back")) or url_for("own_agenda.show", token=token)


@blueprint.get("/r/<token:token>/agenda")
@public
def show(token: str) -> str:
    """The own agenda first, and the whole one beside it, with stars and places."""
    registration = registrations.by_token(token)
    event = registration.event
    release = public_queries.latest(event.id)
    if release is None:
        return render_template("agenda/own/none.html", event=event, registration=registration)
    mine = queries.of_registration(registration, release)
    first = View.MINE if mine.stars or mine.sign_ups else View.DAY
    values: dict[str, Any] = {
        "path": url_for("own_agenda.show", token=token),
        "viewer_zone": viewer_zone() or registration.person.time_zone or None,
        "first_view": first,
        "by_link": True,
        "at": now(),
    }
    page = pages_of.build(event, release, args=request.args, mine=mine, **values)
    secret = feed.token_of(registration.id)
    return render_template(
        "agenda/own/show.html",
        registration=registration,
        event=event,
        page=page,
        listing=page.listing,
        feed=_subscriptions(secret) if secret else None,
    )


def _subscriptions(secret: str) -> dict[str, str]:
    """The address of the private calendar, and how programs are told to subscribe to it."""
    address = absolute("own_agenda.private_calendar", feed_token=secret)
    webcal = "webcal:" + address.partition(":")[2]
    return {
        "address": address,
        "webcal": webcal,
        "google": f"https://calendar.google.com/calendar/r?cid={quote(webcal, safe='')}",
        "outlook": f"https://outlook.office.com/calendar/0/addfromweb?{urlencode({'url': address})}",
    }


@blueprint.get("/r/<token:token>/agenda/<code:code>")
@public
def session(token: str, code: str) -> str:
    """A session with what one may do about it."""
    registration = registrations.by_token(token)
    release = released(registration.event)
    mine = queries.of_registration(registration, release)
    blocks = [block for show in (joining.session_block, feedback.session_block) if (block := show(registration, code, now()))]
    return session_page(registration.event, release, mine, code, by_link=True, blocks=blocks)


@blueprint.post("/r/<token:token>/agenda/star")
@public
def star(token: str) -> ResponseReturnValue:
    """Sets a star or takes it away. What is sent is on or off, the session, and the part to come back to."""
    registration = registrations.by_token(token)
    what, _dash, rest = request.form.get("star", "").partition("-")
    number, _dash, part = rest.partition("-")
    if what not in ("on", "off") or not _is_number(number):
        raise NotFoundError(rest)
    release = released(registration.event)
    parts_seen(release, queries.of_registration(registration, release), int(number))
    with saving() as saved:
        service.set_star(registration, int(number), starred=what == "on", at=now())
        saved.location = _back(token) + (f"#p{part}" if _is_number(part) else "")
    return redirect(saved.location)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < len(text) < 10


@blueprint.post("/r/<token:token>/agenda/<code:code>/sign-up")
@public
def sign_up(token: str, code: str) -> ResponseReturnValue:
    """Takes a place in a session, or a turn on its waiting list; gives those up that it overlaps with, if asked to."""
    registration = registrations.by_token(token)
    wanted = queries.session_by_code(registration.event_id, code)
    release = released(registration.event)
    parts_seen(release, queries.of_registration(registration, release), wanted.id)
    instead = [int(one) for one in request.form.getlist("instead") if _is_number(one)]
    form, made = ActionForm(), list[SessionSignUp]()
    with saving(form) as saved:
        made.append(service.sign_up(registration, wanted, instead=instead, by=_holder(registration), at=now()))
        saved.location = _back(token)
    if saved.error is not None:
        flash(saved.error.message, "danger")
        return redirect(_back(token))
    status = made[0].status if made else None
    flash(_("You are on the waiting list.") if status == "waiting" else _("You have a place."), "success")
    return redirect(saved.location)


@blueprint.post("/r/<token:token>/agenda/<code:code>/give-back")
@public
def give_back(token: str, code: str) -> ResponseReturnValue:
    """Gives a place in a session back, or leaves its waiting list."""
    registration = registrations.by_token(token)
    wanted = queries.session_by_code(registration.event_id, code)
    with saving(ActionForm()) as saved:
        found = [one for one in queries.of_registrations([registration.id]) if one.session_id == wanted.id]
        release = released(registration.event)
        parts = parts_seen(release, queries.of_registration(registration, release), wanted.id)
        if not rules.may_give_back(parts, now()):
            raise RuleError(_("The session has begun: a place cannot be given back any more."))
        service.give_back(found, by=_holder(registration), at=now())
        saved.location = _back(token)
    if saved.error is not None:
        flash(saved.error.message, "danger")
        return redirect(_back(token))
    flash(_("Given back."), "success")
    return redirect(saved.location)


@blueprint.post("/r/<token:token>/agenda/calendar")
@public
def renew(token: str) -> ResponseReturnValue:
    """Makes the address of the private calendar, or a new one in its place."""
    registration = registrations.by_token(token)
    with saving(ActionForm()) as saved:
        service.renew_feed(registration, by=_holder(registration), at=now())
        saved.location = url_for("own_agenda.show", token=token) + "#calendar"
    if saved.error is not None:
        flash(saved.error.message, "danger")
    return redirect(saved.location or url_for("own_agenda.show", token=token))


@blueprint.get("/r/<token:token>/agenda.ics")
@public
def own_calendar(token: str) -> Response:
    """The own agenda as a calendar file, to be saved."""
    registration = registrations.by_token(token)
    return conditional(feed.file_of(registration).encode(), CALENDAR, name=f"{registration.event.slug}-my-agenda.ics")


@blueprint.get("/r/<token:token>/agenda/<code:code>/session.ics")
@public
def session_calendar(token: str, code: str) -> Response:
    """One session as a calendar file."""
    registration = registrations.by_token(token)
    event, release = registration.event, released(registration.event)
    found = public_queries.session(event.id, code)
    parts = parts_seen(release, queries.of_registration(registration, release), found.id)
    names = public_queries.names(release, [found.id]).get(found.id, [])
    text = calendar(
        [
            entry(event, part, names, stamp=release.released_at, join=calendar_link(registration, part.code, part.delivery))
            for part in parts
        ]
    )
    return conditional(text.encode(), CALENDAR, name=f"{event.slug}-{parts[0].number}.ics")


@blueprint.get("/r/<token:token>/agenda/<code:code>/materials/<token:key>")
@public
def material(token: str, code: str, key: str) -> Response:
    """A file that belongs to a session, for somebody registered."""
    registration = registrations.by_token(token)
    release = released(registration.event)
    return material_file(registration.event, release, queries.of_registration(registration, release), code, key)


@blueprint.get("/calendar/<token:feed_token>.ics")
@public
def private_calendar(feed_token: str) -> Response:
    """The private calendar that programs subscribe to. Its address is a secret of its own and opens nothing else."""
    registration = feed.registration_of(feed_token)
    response = conditional(feed.file_of(registration).encode(), CALENDAR)
    response.headers["Cache-Control"] = "private, max-age=300"
    return response


def own_lines(registration: Registration) -> list[tuple[Any, Any]]:
    """What stands of the own agenda on the registration's page, and the way to all of it; nothing before a release."""
    release = public_queries.latest(registration.event_id)
    if release is None or registration.status in ENDED:
        return []
    mine, zone = queries.of_registration(registration, release), registration.event.time_zone
    parts = public_queries.parts_of_sessions(release, {*mine.stars, *mine.sign_ups})
    shown = [f"{span(part.starts_at, part.ends_at, zone)}: {part.title}" for part in parts if not part.cancelled]
    html = render_template("agenda/own/_lines.html", lines=shown[:MOST_LINES], token=registration.token)
    return [(_("Agenda"), Markup(html))]  # noqa: S704 - a template escapes what is put into it


hooks.FURTHER.append(own_lines)
