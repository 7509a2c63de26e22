"""One's own company: what has become of the matching, asking, telling about a company that is not listed."""

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts import service as accounts
from eventapp.accounts.models import User
from eventapp.accounts.throttling import TooManyTries, visitors_network
from eventapp.audit.service import Actor
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _, _l
from eventapp.core.saving import CONSTRAINT_MESSAGES, saving
from eventapp.core.web.audiences import signed_in
from eventapp.partners.audiences import viewer
from eventapp.partners.joining import queries, service
from eventapp.partners.joining.forms import AskForm, SearchForm, not_listed_form, number_of, search_form
from eventapp.partners.joining.rules import ASK_AGAIN_AFTER, ASKS_A_DAY, DAY, SEARCHES, Candidate, Way
from eventapp.partners.models import MembershipState, Person

blueprint = Blueprint("joining", __name__)

CONSTRAINT_MESSAGES["uq_company_request_open"] = CONSTRAINT_MESSAGES["company_request.person_id"] = (
    None,
    _l("You have told us about a company already. Withdraw that first."),
)


def on_verified(user: User, by: Actor, at: datetime) -> str | None:
    """After an address was proven: matches the login, and names the page that says what came of it."""
    return url_for("joining.index") if service.match(user, by=by, at=at) is not Way.MEMBER else None


def on_address_changed(user: User, _old: str, by: Actor, at: datetime) -> None:
    """After a login has another address, which is proven: the person has it too, and it may say which company it is."""
    service.match(user, by=by, at=at)


accounts.ON_VERIFIED.append(on_verified)
accounts.ON_ADDRESS_CHANGED.append(on_address_changed)


@blueprint.get("/account/company/")
@signed_in
def index() -> str:
    """Where the visitor stands: member of, asked, choose, or search."""
    return _page(search_form())


def _page(form: SearchForm, **values: Any) -> str:
    at, visitor = now(), viewer()
    user = current_user._get_current_object()
    person = queries.person_of(user.id)
    asked = told = wished = None
    refused: list[Any] = []
    if person is not None:
        asked, told = queries.own_request(person.id), queries.own_company_request(person.id)
        wished = queries.own_wish(person.id)
        since = at - ASK_AGAIN_AFTER
        refused = [(r.company, r.decline_reason, r.decided_at, r) for r in queries.refusals(person.id, since)]
        refused += [(r.name, r.decline_reason, r.decided_at, None) for r in queries.refused_company_requests(person.id, since)]
    waiting = asked is not None or told is not None
    candidates = [] if waiting or user.verified_at is None else _offered(user, {s.company_id for s in visitor.seats}, refused)
    context = {
        "seats": visitor.seats,
        "without_admin": queries.companies_without_admin(visitor, at.date()),
        "verified": user.verified_at is not None,
        "address": user.email,
        "taken": person is None and user.verified_at is not None and _is_taken(user),
        "asked": asked,
        "told": told,
        "wished": wished,
        "refused": refused,
        "again_after": ASK_AGAIN_AFTER,
        "candidates": candidates,
        "form": form,
        "ask": AskForm(formdata=None).offer(candidates) if candidates else None,
        "button": ActionForm(formdata=None),
        **values,
    }
    return render_template("partners/joining/index.html", has_errors=form.refused, **context)


def _offered(user: User, own: set[int], refused: list[Any]) -> list[Candidate]:
    """The companies of the visitor's domain that the visitor may ask now."""
    no = {r.organisation_id for *_rest, r in refused if r is not None}
    return [c for c in queries.by_domain(user.email) if c.organisation_id not in own | no]


def _is_taken(user: User) -> bool:
    """Whether the address is that of a person with another login."""
    return queries.is_somebody_elses(user.email, user.id)


@blueprint.post("/account/company/search")
@signed_in
def search() -> ResponseReturnValue:
    """Companies that fit. By POST, since searches are counted: nobody takes the list away piece by piece."""
    form = search_form()
    if not form.validate_on_submit():
        return _page(form), 422
    with saving():
        keys = [f"user:{current_user.id}", f"net:{visitors_network()}"]
        wait = accounts.throttled("company-search", keys, SEARCHES, at=now())
    if wait is not None:
        raise TooManyTries(wait)
    found, more = queries.search(form.text.data or "", form.country.data or "")
    ask = AskForm(formdata=None).offer(found)
    return render_template("partners/joining/search.html", form=form, found=found, more=more, ask=ask, has_errors=False)


@blueprint.post("/account/company/ask")
@signed_in
def ask() -> ResponseReturnValue:
    """Asks to belong to a company. What is said afterwards does not depend on who there could decide."""
    form, at = AskForm(), now()
    number = form.organisation_id
    if not form.company.data or not form.validate():
        flash(_("Choose a company, and write no more than 500 characters."), "danger")
        return redirect(url_for(".index"))
    if number is None:
        raise NotFoundError
    with saving():
        wait = accounts.throttled("company-ask", [f"user:{current_user.id}"], [ASKS_A_DAY], at=at, window=DAY)
    if wait is not None:
        raise TooManyTries(wait)
    joined, name = False, ""
    with saving(form) as saved:
        person = _own_person(at)
        membership = service.ask(
            current_user._get_current_object(), person, number, note=form.note.data or "", by=current_user, at=at
        )
        joined = membership.state is MembershipState.ACTIVE
        name = queries.company_that_takes_people(number).name
        saved.location = url_for(".index")
    if not saved.ok and saved.error is not None:
        flash(saved.error.message, "danger")
    elif joined:
        flash(_("You belong to %(company)s now.", company=name), "success")
    elif name:
        flash(_("You have asked %(company)s. We write to you as soon as it is decided.", company=name), "success")
    return redirect(url_for(".index"))


def _own_person(at: datetime) -> Person:
    """The person behind the visitor's login; made if there is none. Raises `NotFoundError` while the address is unproven."""
    user = current_user._get_current_object()
    if user.verified_at is None:
        raise NotFoundError
    person = service.link(user, by=user, at=at)
    if person is None:
        raise NotFoundError
    return person


@blueprint.route("/account/company/not-listed", methods=["GET", "POST"])
@signed_in
def not_listed() -> ResponseReturnValue:
    """Tells the vendor about a company that is not in the list."""
    form = not_listed_form()
    status = 200
    if form.validate_on_submit():
        at = now()
        with saving():
            wait = accounts.throttled("company-ask", [f"user:{current_user.id}"], [ASKS_A_DAY], at=at, window=DAY)
        if wait is not None:
            raise TooManyTries(wait)
        with saving(form) as saved:
            service.tell(_own_person(at), form.told(), by=current_user, at=at)
            saved.location = url_for(".index")
        if saved.ok:
            flash(_("Thank you. We look at it and write to you."), "success")
            return redirect(saved.location)
        status = saved.status
    elif request.method == "POST":
        status = 422
    return render_template("partners/joining/not_listed.html", form=form, has_errors=form.refused), status


@blueprint.post("/account/company/withdraw")
@signed_in
def withdraw() -> ResponseReturnValue:
    """Takes back what the visitor has asked."""
    return _act(lambda person, at: service.withdraw(person, by=current_user, at=at), _("Withdrawn."))


@blueprint.post("/account/company/look-after")
@signed_in
def look_after() -> ResponseReturnValue:
    """A member asks to be the admin of a company that has none."""
    text = request.form.get("company")
    number = number_of(text)
    if not text:
        flash(_("Choose a company."), "danger")
        return redirect(url_for(".index"))
    if number is None:
        raise NotFoundError
    return _act(
        lambda person, at: service.wish(person, number, by=current_user, at=at),
        _("We look at it and write to you."),
    )


def _act(act: Any, message: str) -> ResponseReturnValue:
    form, at = ActionForm(), now()
    person = queries.person_of(current_user.id)
    if person is None:
        flash(_("You have asked nobody yet."), "info")
        return redirect(url_for(".index"))
    with saving(form) as saved:
        act(person, at)
        saved.location = url_for(".index")
    if saved.ok:
        flash(message, "success")
    elif saved.error is not None:
        flash(saved.error.message, "danger")
    return redirect(url_for(".index"))
