"""A company's people and the sessions of an event on one page: ticks for who gets a place where."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.agenda.models import SessionSignUp, SignUpStatus
from eventapp.agenda.own import audience, queries, rules, service
from eventapp.agenda.public import queries as public
from eventapp.agenda.public.queries import Part, Release
from eventapp.core.clock import now
from eventapp.core.errors import RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.events import hooks
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.partners.audiences import company_admin, viewer
from eventapp.partners.company import queries as companies
from eventapp.partners.company.subnav import company_name, company_tabs
from eventapp.registrations import queries as registrations
from eventapp.registrations.models import Registration, RegistrationStatus

blueprint = Blueprint("company_agenda", __name__)
Cell = tuple[int, int]


@dataclass(frozen=True)
class Board:
    """The people and sessions of the page, and who may come to what: cells are (registration id, session id)."""

    people: Sequence[Registration]
    sessions: Sequence[Sequence[Part]]
    sign_ups: Mapping[Cell, SessionSignUp]
    closed: Collection[Cell]
    left: Mapping[int, int | None]

    def state(self, registration_id: int, session_id: int) -> SignUpStatus | None:
        """Whether somebody has a place or a turn there."""
        found = self.sign_ups.get((registration_id, session_id))
        return found.status if found is not None else None


def board(event: Event, release: Release) -> Board:
    """The page of the viewer's company. A constant number of queries, whatever the number of people and sessions."""
    company = companies.company(viewer())
    everybody = registrations.of_company(event.id, company.id)
    people = [one for one in everybody if one.status is RegistrationStatus.CONFIRMED]
    doors = [door for door in audience.doors(release.id) if door.signs_up]
    closed = audience.closed_to_each(people, doors)
    by_session: dict[int, list[Part]] = {}
    for part in public.parts_of_sessions(release, {door.session_id for door in doors}):
        by_session.setdefault(part.session_id, []).append(part)
    hidden = {door.session_id for door in doors if not door.listed}
    cells = {(one.id, session_id) for one in people for session_id in closed[one.id]}
    return Board(
        people=people,
        # What nobody of the company may come to and is not public, the company does not hear of.
        sessions=[
            parts
            for session_id, parts in by_session.items()
            if not (session_id in hidden and all((one.id, session_id) in cells for one in people))
        ],
        sign_ups={(one.registration_id, one.session_id): one for one in queries.of_registrations([r.id for r in people])},
        closed=cells,
        left=queries.places_left(by_session),
    )


@blueprint.get("/company/events/<slug:slug>/sessions")
@company_admin
def show(slug: str) -> str:
    """Who of the company has a place in which session."""
    event = events.event_by_slug(viewer(), slug)
    return _page(event, ActionForm())


def _page(
    event: Event, form: ActionForm, problems: Sequence[tuple[str, str]] = (), ticked: Collection[Cell] | None = None
) -> str:
    release, at = public.latest(event.id), now()
    shown = board(event, release) if release is not None else None
    return render_template(
        "agenda/own/company/show.html",
        event=event,
        form=form,
        board=shown,
        ticked=ticked if ticked is not None else set(shown.sign_ups) if shown else set(),
        open_ids={p[0].session_id for p in shown.sessions if rules.closes_at(p) > at and not p[0].cancelled} if shown else set(),
        problems=list(problems),
        has_errors=bool(problems) or form.refused,
        subnav=company_tabs("registrations"),
        subnav_title=company_name(),
    )


@blueprint.post("/company/events/<slug:slug>/sessions")
@company_admin
def save(slug: str) -> ResponseReturnValue:
    """Gives places to those who are ticked now and were not, and takes them from those who were and are not any more.

    All or nothing: the first that a rule refuses is named, and everything ticked is still there.
    """
    event = events.event_by_slug(viewer(), slug)
    release = public.latest(event.id)
    if release is None:
        return redirect(url_for(".show", slug=slug))
    shown = board(event, release)
    known = {(one.id, parts[0].session_id) for one in shown.people for parts in shown.sessions}
    ticked, before = _cells("place") & known, _cells("was") & known
    form, problem, status = ActionForm(), list[tuple[str, str]](), 422
    if form.validate():
        with saving(form) as saved:
            _change(event, shown, ticked - before, before - ticked, problem)
            saved.location = url_for(".show", slug=slug)
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        form.form_errors.clear()
        if not problem and saved.error is not None:
            problem.append((saved.error.message, ""))
        event = events.event_by_slug(viewer(), slug)
    return _page(event, form, problem, ticked), status


def _cells(name: str) -> set[Cell]:
    """The cells that a form names, each as two ids with a hyphen between."""
    found = set()
    for text in request.form.getlist(name):
        first, _dash, second = text.partition("-")
        if all(one.isascii() and one.isdigit() and len(one) < 10 for one in (first, second)):
            found.add((int(first), int(second)))
    return found


def _change(event: Event, shown: Board, adding: set[Cell], removing: set[Cell], problem: list[Any]) -> None:
    """Removes first, so that a place can be exchanged for one at the same time."""
    people = {one.id: one for one in shown.people}
    titles = {parts[0].session_id: parts[0] for parts in shown.sessions}
    at, by = now(), current_user
    sessions = {parts[0].session_id: parts for parts in shown.sessions}
    for _registration_id, session_id in sorted(removing):
        if not rules.may_give_back(sessions[session_id], at):
            title = titles[session_id].title
            raise RuleError(_("%(title)s has begun: places cannot be given back any more.", title=title))
    service.give_back([shown.sign_ups[cell] for cell in sorted(removing) if cell in shown.sign_ups], by=by, at=at)
    for registration_id, session_id in sorted(adding):
        session = queries.session_by_code(event.id, titles[session_id].code)
        try:
            service.sign_up(people[registration_id], session, by_company=True, by=by, at=at)
        except RuleError as error:
            name = people[registration_id].name
            text = _("%(name)s, %(title)s: %(reason)s", name=name, title=session.title, reason=error.message)
            problem.append((text, f"place-{registration_id}-{session_id}"))
            raise


def _company_pages(event: Event) -> list[tuple[str, str]]:
    if public.latest(event.id) is None:
        return []
    return [(_("Places in sessions"), url_for("company_agenda.show", slug=event.slug))]


hooks.COMPANY_PAGES.append(_company_pages)
