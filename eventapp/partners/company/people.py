"""A company's people: the list, adding, inviting, changing."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.errors import StaleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.audiences import may_open
from eventapp.partners import mails
from eventapp.partners.audiences import company_admin, company_reader, viewer
from eventapp.partners.company import confirming, listing, queries, service
from eventapp.partners.company.forms import ColleagueForm
from eventapp.partners.company.subnav import company_name, company_tabs
from eventapp.partners.models import FUNCTION_LABELS, Membership, MembershipRole, MembershipState, Person

blueprint = Blueprint("company_people", __name__)


def _page(template: str, **values: Any) -> str:
    return render_template(
        template,
        subnav=company_tabs("people"),
        subnav_title=company_name(),
        function_labels=FUNCTION_LABELS,
        may_change=may_open("company_people.add"),
        **values,
    )


@blueprint.get("/company/people/")
@company_reader
def index() -> str:
    """Who belongs to the company."""
    page = listing.people(viewer(), url_for(".index"), request.args)
    counts, entered = queries.people_counts(viewer()), queries.entered(viewer())
    return _page("partners/company/people.html", listing=page, counts=counts, entered=entered)


@blueprint.get("/company/people/former")
@company_reader
def former() -> str:
    """Who belonged to it once."""
    page = listing.former(viewer(), url_for(".former"), request.args)
    return _page("partners/company/former.html", listing=page, counts=queries.people_counts(viewer()))


@blueprint.route("/company/people/add", methods=["GET", "POST"])
@company_admin
def add() -> ResponseReturnValue:
    """Adds a colleague."""
    company = queries.company(viewer())
    form = ColleagueForm()
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            entered, at, text = form.entered(), now(), ""
            name = f"{entered.given_name} {entered.family_name}".strip()
            membership = service.add_colleague(company, entered, by=current_user, at=at)
            if membership.state is MembershipState.ACTIVE:
                text = _("%(name)s is entered.", name=name)
            else:
                service.throttle_entering(entered.address or "", by=current_user, at=at)
                mails.send_entered(
                    membership, name, company, by=current_user.display_name, link=confirming.link(membership), at=at
                )
                text = _("%(name)s gets a mail, and stands in your list as soon as they confirm it.", name=name)
            saved.location = url_for(".index")
        if saved.ok:
            if text:
                flash(text, "success")
            return redirect(saved.location)
        status = saved.status
    elif request.method == "POST":
        status = 422
    return _page("partners/company/add_person.html", form=form, has_errors=form.refused), status


@blueprint.route("/company/people/<id:membership_id>", methods=["GET", "POST"])
@company_admin
def edit(membership_id: int) -> ResponseReturnValue:
    """Changes somebody of the company. Somebody else's newer version is shown beside one's own."""
    membership, person, address = queries.membership(viewer(), membership_id)
    form = _edit_form(membership, person)
    status, conflict = 200, []
    if form.validate_on_submit():
        with saving(form) as saved:
            service.change_colleague(
                membership,
                person,
                form.entered(MembershipRole.ADMIN if "role" not in form else None),
                version=form.version.data or "",
                by=current_user,
                at=now(),
            )
            saved.location = url_for(".index")
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        db.session.expire_all()
        membership, person, address = queries.membership(viewer(), membership_id)
        if isinstance(saved.error, StaleError):
            conflict = _differences(form, service.card_of(membership, person))
            form.version.data = service.version_of(membership, person)
    elif request.method == "POST":
        status = 422
    page = _page(
        "partners/company/edit_person.html",
        membership=membership,
        person=person,
        name=membership.name_of(person),
        address=address,
        form=form,
        action=ActionForm(),
        conflict=conflict,
        has_errors=form.refused,
    )
    return page, status


def _edit_form(membership: Membership, person: Person) -> ColleagueForm:
    """The form without the address, which says who somebody is, and without the role of an admin."""
    values = {**service.card_of(membership, person), "version": service.version_of(membership, person)}
    form = ColleagueForm(data=values)
    del form["email"]
    if membership.role is MembershipRole.ADMIN:
        del form["role"]
    return form


def _differences(form: ColleagueForm, saved: dict[str, str]) -> list[tuple[str, str, str]]:
    """Fields in which what was typed differs from what is saved: label, typed, saved."""
    theirs = ColleagueForm(formdata=None, data=saved)
    return [
        (str(f.label.text), _shown(f), _shown(theirs[f.name]))
        for f in form
        if f.name not in ("csrf_token", "once_key", "version", "acting_for") and (f.data or "") != (theirs[f.name].data or "")
    ]


def _shown(field: Any) -> str:
    if hasattr(field, "iter_choices"):
        return next((str(c.label) for c in field.iter_choices() if c.value == field.data), "")
    return field.data or ""


@blueprint.post("/company/people/<id:membership_id>/invite")
@company_admin
def invite(membership_id: int) -> ResponseReturnValue:
    """Gives somebody of the company a login, or sends the mail once more."""
    membership, person, address = queries.membership(viewer(), membership_id)
    with saving(ActionForm()) as saved:
        service.invite(membership, person, by=current_user, at=now())
        saved.location = url_for(".index")
    if saved.error is not None:
        flash(saved.error.message, "danger")
    else:
        flash(_("Invited. A mail to %(address)s says how to set a password.", address=address), "success")
    return redirect(url_for(".index"))


@blueprint.post("/company/people/entered/<id:entered_id>/take-back")
@company_admin
def take_back(entered_id: int) -> ResponseReturnValue:
    """Takes somebody back who was entered and has not confirmed yet."""
    entered = queries.entered_by_id(viewer(), entered_id)
    with saving(ActionForm()) as saved:
        service.take_back(entered, by=current_user, at=now())
        saved.location = url_for(".index")
    if saved.ok:
        flash(_("Taken back."), "success")
    return redirect(url_for(".index"))
