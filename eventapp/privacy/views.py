"""One's own consents, needs, objection and data: behind the secret link, and for whoever is signed in.

Nobody else comes here: what a company's admin or an organizer may do with a person has no page with consents.
"""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.service import throttled
from eventapp.accounts.throttling import TooManyTries
from eventapp.audit.service import Actor, NamedActor
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.audiences import public, signed_in
from eventapp.core.web.errors import RefusedPage
from eventapp.events.models import Event
from eventapp.partners.audiences import viewer
from eventapp.partners.models import Person
from eventapp.privacy import exports, queries, rules, service, texts
from eventapp.privacy.forms import NeedsForm, ObjectionForm
from eventapp.privacy.models import ConsentKind
from eventapp.registrations import queries as registrations
from eventapp.registrations.models import Registration

blueprint = Blueprint("privacy", __name__)

# Requests to be erased, from one login in a quarter of an hour: each is a mail to every organizer.
ERASURES_ASKED = 2


@blueprint.after_request
def keep_secret(response: Response) -> Response:
    """The address may be the secret: it must not travel on as a referrer, nor be indexed."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _holder(registration: Registration) -> NamedActor:
    """Whoever has the link, under the name that was typed: the company's log must not tell it another."""
    return NamedActor(f"{registration.name} (by link)")


def _own_by_token(token: str) -> Registration:
    """The registration of the link, for answers that only the person may see.

    Raises NotFoundError, or RefusedPage (403) for the vendor's staff, who may come by links of others.
    """
    registration = registrations.by_token(token)
    if viewer().roles:
        own = queries.person_of_user(current_user.id)
        if own is None or own.id != registration.person_id:
            raise RefusedPage(403, _("Only the person can see and change this."))
    return registration


@blueprint.route("/r/<token:token>/details", methods=["GET", "POST"])
@public
def details(token: str) -> ResponseReturnValue:
    """What one needs at the event, and what one agrees to."""
    registration = _own_by_token(token)
    at = now()
    form = NeedsForm(data=_needs_values(registration))
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            days = queries.days()["needs"]
            service.tell_needs(registration, form.answers(), days, by=_holder(registration), through="link", now=at)
            saved.location = url_for(".details", token=token)
        if saved.ok:
            flash(_("Saved. Only the caterer and the people at the door see it."), "success")
            return redirect(saved.location)
        status = saved.status
        registration = registrations.by_token(token)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "privacy/details.html",
        registration=registration,
        event=registration.event,
        form=form,
        asks=rules.asks_needs(registration, at),
        told=queries.needs_of(registration) is not None and rules.link_shows_answers(registration.event, at),
        needs_text=texts.current(ConsentKind.NEEDS),
        groups=_groups(registration, shown=rules.link_shows_answers(registration.event, at)),
        objection=queries.objection(registration.person_id),
        has_errors=form.refused,
    )
    return page, status


def _needs_values(registration: Registration) -> dict[str, Any]:
    found = queries.needs_of(registration) if rules.link_shows_answers(registration.event, now()) else None
    if found is None:
        return {}
    return {
        "diet": found.diet,
        "diet_other": found.diet_other,
        "allergens": found.allergens,
        "severe_allergy": found.severe_allergy,
        "access": found.access,
    }


def _groups(registration: Registration, *, shown: bool) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """The consents as (heading, rows of kind, label, text now, consent in force, its text, where the button leads)."""
    if not shown:
        return []
    person, event = registration.person_id, registration.event
    there = queries.consents(person, texts.OF_EVENT, event.id)
    general = queries.consents(person, texts.GENERAL)

    def action(kind: ConsentKind) -> str:
        return url_for(".consent", token=registration.token, kind=kind.value)

    return [
        (_("At this event"), consent_rows(texts.OF_EVENT, there, action)),
        (_("In general"), consent_rows(texts.GENERAL, general, action)),
    ]


def consent_rows(kinds: Any, there: dict[ConsentKind, Any], action: Callable[[ConsentKind], str]) -> list[tuple[Any, ...]]:
    """One row for each consent that is asked: kind, label, text now, consent in force, its text, address of the button."""
    return [
        (
            kind,
            texts.LABELS[kind],
            texts.current(kind),
            there.get(kind),
            texts.by_version(there[kind].text_version) if kind in there else None,
            action(kind),
        )
        for kind in kinds
    ]


def _kind(name: str) -> ConsentKind:
    if name not in (*texts.GENERAL, *texts.OF_EVENT):
        raise NotFoundError(name)
    return ConsentKind(name)


@blueprint.post("/r/<token:token>/consents/<slug:kind>")
@public
def consent(token: str, kind: str) -> ResponseReturnValue:
    """Gives one consent or takes it back, with one click each."""
    registration = _own_by_token(token)
    chosen = _kind(kind)
    if not rules.link_shows_answers(registration.event, now()):
        raise NotFoundError(token)
    event = registration.event if chosen in texts.OF_EVENT else None
    back = url_for(".details", token=token) + f"#{kind}"
    return _change(registration.person_id, chosen, event, _holder(registration), "link", back)


def _change(person_id: int, kind: ConsentKind, event: Event | None, by: Actor, through: str, back: str) -> ResponseReturnValue:
    form, at = ActionForm(), now()
    with saving(form) as saved:
        if request.form.get("do") == "give":
            service.give(person_id, kind, event, by=by, through=through, now=at)
        else:
            service.withdraw(person_id, kind, event, by=by, now=at)
        saved.location = back
    if saved.error is not None:
        flash(saved.error.message, "danger")
    return redirect(back)


@blueprint.post("/r/<token:token>/details/delete")
@public
def forget(token: str) -> ResponseReturnValue:
    """Deletes what one told about food and access."""
    registration = _own_by_token(token)
    form = ActionForm()
    with saving(form) as saved:
        service.forget_needs(registration, by=_holder(registration), now=now())
        saved.location = url_for(".details", token=token)
    if saved.ok:
        flash(_("Deleted."), "success")
    return redirect(url_for(".details", token=token))


@blueprint.route("/r/<token:token>/object", methods=["GET", "POST"])
@public
def object_(token: str) -> ResponseReturnValue:
    """Objects to having been registered by somebody else, and takes the objection back."""
    registration = registrations.by_token(token)
    form = ObjectionForm()
    there = queries.objection(registration.person_id)
    if form.validate_on_submit():
        at, by = now(), _holder(registration)
        with saving(form) as saved:
            if there is None:
                service.object_(registration, form.note.data or "", by=by, now=at)
            else:
                service.take_objection_back(registration.person_id, by=by, now=at)
            saved.location = url_for(".object_", token=token)
        if saved.ok:
            flash(_("Others cannot register you any more.") if there is None else _("Others may register you again."), "success")
            return redirect(saved.location)
        registration = registrations.by_token(token)
    page = render_template(
        "privacy/object.html",
        registration=registration,
        event=registration.event,
        form=form,
        objection=there,
        own=registration.source.value == "person",
        has_errors=form.refused,
    )
    return page, 200 if request.method == "GET" else 422


@blueprint.get("/account/privacy")
@signed_in
def mine() -> ResponseReturnValue:
    """One's own consents, registrations, objection and data."""
    person = queries.person_of_user(current_user.id)
    if person is None:
        return render_template("privacy/mine.html", person=None)
    there = queries.consents(person.id, (*texts.GENERAL, *texts.ELSEWHERE))
    kinds = (*texts.GENERAL, *(kind for kind in texts.ELSEWHERE if kind in there))
    return render_template(
        "privacy/mine.html",
        person=person,
        rows=consent_rows(kinds, there, lambda kind: url_for(".my_consent", kind=kind.value)),
        coming=queries.coming(person.id, now()),
        objection=queries.objection(person.id),
    )


def _me() -> Person:
    """The person behind the visitor's login. Raises NotFoundError if there is none."""
    person = queries.person_of_user(current_user.id)
    if person is None:
        raise NotFoundError(current_user.id)
    return person


@blueprint.post("/account/privacy/consents/<slug:kind>")
@signed_in
def my_consent(kind: str) -> ResponseReturnValue:
    """Gives one general consent or takes it back; those that are given elsewhere are only taken back here."""
    person = _me()
    in_force = kind in texts.ELSEWHERE and kind in queries.consents(person.id, texts.ELSEWHERE)
    if kind not in texts.GENERAL and not in_force:
        raise NotFoundError(kind)
    chosen = ConsentKind(kind)
    return _change(person.id, chosen, None, current_user, "page", url_for(".mine") + f"#{kind}")


@blueprint.post("/account/privacy/objection")
@signed_in
def my_objection() -> ResponseReturnValue:
    """Objects to being registered by others, or takes it back."""
    person, form = _me(), ActionForm()
    with saving(form) as saved:
        if request.form.get("do") == "object":
            service.object_in_general(person.id, by=current_user, now=now())
        else:
            service.take_objection_back(person.id, by=current_user, now=now())
        saved.location = url_for(".mine")
    if saved.ok:
        flash(_("Saved."), "success")
    return redirect(url_for(".mine") + "#objection")


@blueprint.post("/account/privacy/data")
@signed_in
def my_data() -> ResponseReturnValue:
    """Everything about oneself, as a page or as JSON. By POST, since it is logged."""
    person, at = _me(), now()
    shape = "json" if request.form.get("shape") == "json" else "page"
    found = exports.collect(person, at)
    with saving() as saved:
        service.note_export(person, _("Asked for by the person"), shape, by=current_user, now=at)
    if saved.error is not None:
        flash(saved.error.message, "danger")
        return redirect(url_for(".mine"))
    if shape == "json":
        return exports.as_file(found, at)
    return render_template("privacy/data.html", found=found, back=url_for(".mine"))


@blueprint.post("/account/privacy/erasure")
@signed_in
def ask_erasure() -> ResponseReturnValue:
    """Asks the organizers to erase oneself."""
    person, form, at = _me(), ActionForm(), now()
    with saving():
        wait = throttled("erasure", [current_user.email], [ERASURES_ASKED], at=at)
    if wait is not None:
        raise TooManyTries(wait)
    with saving(form) as saved:
        service.ask_for_erasure(person, queries.address_of(person.id), by=current_user, now=at)
        saved.location = url_for(".mine")
    if saved.ok:
        flash(_("The organizers are asked. They answer within a month."), "success")
    return redirect(url_for(".mine"))
