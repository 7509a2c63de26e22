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
from eventapp.partners.audiences import company_admin, company_reader, viewer
from eventapp.partners.company import listing, queries, service
from eventapp.partners.company.forms import ColleagueForm
from eventapp.partners.company.subnav import company_name, company_tabs
from eventapp.partners.models import FUNCTION_LABELS, Membership, MembershipRole, Person

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
    return _page("partners/company/people.html", listing=page, counts=queries.people_counts(viewer()))


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
            entered = form.entered()
            service.add_colleague(company, entered, by=current_user, at=now())
            name = f"{entered.given_name} {entered.family_name}".strip()
            saved.location = url_for(".index")
        if saved.ok:
            # One text for whoever is new and for whoever is known: it must not tell which of the two it is.
            text = _("%(name)s is entered. Who belongs to another company under this address has to agree first.", name=name)
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
    form = _edit_form(membership, person, address)
    status, conflict = 200, []
    if form.validate_on_submit():
        with saving(form) as saved:
            service.change_colleague(
                membership,
                person,
                form.entered(MembershipRole.ADMIN if "role" not in form else None),
                version=person.version if form.version.data == str(person.version) else 0,
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
            conflict = _differences(form, _values(membership, person, address))
            form.version.data = str(person.version)
    elif request.method == "POST":
        status = 422
    page = _page(
        "partners/company/edit_person.html",
        membership=membership,
        person=person,
        address=address,
        form=form,
        action=ActionForm(),
        conflict=conflict,
        has_errors=form.refused,
    )
    return page, status


def _values(membership: Membership, person: Person, address: str) -> dict[str, str]:
    return {
        "version": str(person.version),
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email": address,
        "phone": person.phone,
        "job_title": membership.job_title,
        "function": membership.function.value if membership.function else "",
        "role": membership.role.value,
    }


def _edit_form(membership: Membership, person: Person, address: str) -> ColleagueForm:
    """The form without what may not be changed: who somebody is, if they belong to others too; an address that signs in."""
    form = ColleagueForm(data=_values(membership, person, address))
    locked = ["role"] if membership.role is MembershipRole.ADMIN else []
    if queries.belongs_elsewhere(person.id, membership.organisation_id):
        locked += ["given_name", "family_name", "email", "phone"]
    elif person.user_id is not None:
        locked += ["email"]
    for name in locked:
        del form[name]
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
