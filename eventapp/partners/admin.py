"""Organizer pages of companies and their people."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, partner_manager, partner_reader
from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.errors import StaleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.partners import listing, queries, service
from eventapp.partners.audiences import viewer
from eventapp.partners.forms import EditPersonForm, PersonForm, company_form, differences, values_of
from eventapp.partners.models import (
    FUNCTION_LABELS,
    SCHEME_LABELS,
    STATUS_LABELS,
    TYPE_LABELS,
    MembershipRole,
    Organisation,
    OrganisationStatus,
)
from eventapp.partners.subnav import list_tabs
from eventapp.partners.territory import queries as territory

blueprint = Blueprint("partners_admin", __name__)

STATUS_TONES = {
    OrganisationStatus.PROSPECT: "wait",
    OrganisationStatus.ACTIVE: "ok",
    OrganisationStatus.SUSPENDED: "warn",
    OrganisationStatus.ENDED: "off",
}


@blueprint.get("/admin/companies/")
@partner_reader
def index() -> str:
    """The list, with search, filters, people and companies counted."""
    return _page("partners/admin/index.html", listing=listing.page(viewer(), url_for(".index"), request.args))


def _page(template: str, **values: Any) -> str:
    return render_template(
        template,
        subnav=list_tabs("companies"),
        type_labels=TYPE_LABELS,
        status_labels=STATUS_LABELS,
        status_tones=STATUS_TONES,
        function_labels=FUNCTION_LABELS,
        **values,
    )


@blueprint.get("/admin/companies/<id:organisation_id>")
@partner_reader
def show(organisation_id: int) -> ResponseReturnValue:
    """A company: facts, people, relations, and what later features know about it. A merged one leads to where it went."""
    company = queries.organisation(viewer(), organisation_id)
    if company.merged_into_id is not None:
        flash(_("%(company)s was merged into this company.", company=company.name), "info")
        return redirect(url_for(".show", organisation_id=company.merged_into_id))
    return _company_page(company)


def _company_page(company: Organisation) -> str:
    details = service.details_of(company)
    related = queries.related(company.id)
    return _page(
        "partners/admin/show.html",
        company=company,
        details=details,
        tier=dict(queries.tiers()).get(company.tier_key or "", ""),
        country=dict(queries.countries())[company.country_code],
        numbers=[(SCHEME_LABELS[scheme], value) for scheme, value in details.numbers.items()],
        website=_link(company.website),
        members=queries.members(viewer(), company.id),
        related=related,
        has_more_related=len(related) >= queries.MOST_RELATED,
        missing_suppliers=queries.missing_suppliers(company.id),
        sections=[section(company) for section in current_app.extensions.get("company_sections", [])],
        may_change=territory.may_change(viewer(), company.id),
        form=ActionForm(),
    )


def _link(website: str) -> str:
    """The address that a website is linked with; only the web's own schemes."""
    if not website or any(sign.isspace() for sign in website):
        return ""
    return website if website.lower().startswith(("http://", "https://")) else f"https://{website}"


@blueprint.route("/admin/companies/add", methods=["GET", "POST"])
@organizer
def add() -> ResponseReturnValue:
    """A new company."""
    form = company_form()
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            company = service.create_organisation(form.details(), by=current_user, at=now())
            saved.location = url_for(".show", organisation_id=company.id)
        if saved.ok:
            flash(_("The company is in the list."), "success")
            return redirect(saved.location)
        status = saved.status
    elif request.method == "POST":
        status = 422
    return _page("partners/admin/add.html", form=form, has_errors=form.refused), status


@blueprint.route("/admin/companies/<id:organisation_id>/edit", methods=["GET", "POST"])
@partner_manager
def edit(organisation_id: int) -> ResponseReturnValue:
    """Changes a company. Somebody else's newer version is shown beside one's own."""
    company = territory.company_to_change(viewer(), organisation_id)
    form = company_form(data=values_of(service.details_of(company), company.version))
    status, conflict = 200, []
    if form.validate_on_submit():
        with saving(form) as saved:
            version = company.version if form.version.data == str(company.version) else 0
            service.change_organisation(company, form.details(), version=version, by=current_user, at=now())
            saved.location = url_for(".show", organisation_id=organisation_id)
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        db.session.expire_all()
        company = queries.organisation(viewer(), organisation_id)
        if isinstance(saved.error, StaleError):
            conflict = differences(form, service.details_of(company))
            form.version.data = str(company.version)
    elif request.method == "POST":
        status = 422
    page = _page("partners/admin/edit.html", company=company, form=form, conflict=conflict, has_errors=form.refused)
    return page, status


@blueprint.route("/admin/companies/<id:organisation_id>/people/add", methods=["GET", "POST"])
@partner_manager
def add_person(organisation_id: int) -> ResponseReturnValue:
    """Adds somebody to a company; a known address is the person who has it."""
    company = territory.company_to_change(viewer(), organisation_id)
    form = PersonForm()
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            known = queries.person_by_address(form.email.data)
            person = service.add_person(
                company,
                form.given_name.data or "",
                form.family_name.data,
                form.email.data,
                role=MembershipRole(form.role.data),
                job_title=form.job_title.data or "",
                function=form.chosen_function(),
                phone=form.phone.data or "",
                by=current_user,
                at=now(),
            )
            name = person.full_name
            saved.location = url_for(".show", organisation_id=organisation_id) + "#people"
        if saved.ok:
            if known is not None:
                flash(_("%(name)s was known under this address and now belongs to this company too.", name=name), "info")
            else:
                flash(_("%(name)s is added.", name=name), "success")
            return redirect(saved.location)
        status = saved.status
        company = queries.organisation(viewer(), organisation_id)
    elif request.method == "POST":
        status = 422
    return _page("partners/admin/add_person.html", company=company, form=form, has_errors=form.refused), status


@blueprint.route("/admin/companies/<id:organisation_id>/people/<id:membership_id>", methods=["GET", "POST"])
@partner_manager
def edit_person(organisation_id: int, membership_id: int) -> ResponseReturnValue:
    """Changes a person, and what they do for the company."""
    territory.company_to_change(viewer(), organisation_id)
    membership, person = queries.membership(viewer(), organisation_id, membership_id)
    form = EditPersonForm(data=_person_values(membership_id, organisation_id))
    status, conflict = 200, []
    if form.validate_on_submit():
        with saving(form) as saved:
            service.change_person(
                person,
                version=person.version if form.version.data == str(person.version) else 0,
                given_name=form.given_name.data or "",
                family_name=form.family_name.data,
                badge_name=form.badge_name.data or "",
                phone=form.phone.data or "",
                language=form.language.data or "",
                time_zone=form.time_zone.data or "",
                address=form.email.data,
                by=current_user,
                at=now(),
            )
            service.change_membership(
                membership,
                person,
                role=MembershipRole(form.role.data),
                job_title=form.job_title.data or "",
                function=form.chosen_function(),
                by=current_user,
                at=now(),
            )
            saved.location = url_for(".show", organisation_id=organisation_id) + "#people"
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        db.session.expire_all()
        if isinstance(saved.error, StaleError):
            values = _person_values(membership_id, organisation_id)
            theirs = EditPersonForm(formdata=None, data=values)
            conflict = [
                (str(f.label.text), f.data or "", theirs[f.name].data or "")
                for f in form
                if f.name not in ("csrf_token", "once_key", "version") and (f.data or "") != (theirs[f.name].data or "")
            ]
            form.version.data = values["version"]
    elif request.method == "POST":
        status = 422
    membership, person = queries.membership(viewer(), organisation_id, membership_id)
    page = _page(
        "partners/admin/edit_person.html",
        company=queries.organisation(viewer(), organisation_id),
        membership=membership,
        person=person,
        form=form,
        conflict=conflict,
        has_errors=form.refused,
    )
    return page, status


def _person_values(membership_id: int, organisation_id: int) -> dict[str, Any]:
    membership, person = queries.membership(viewer(), organisation_id, membership_id)
    return {
        "version": str(person.version),
        "given_name": person.given_name,
        "family_name": person.family_name,
        "badge_name": person.badge_name,
        "email": queries.address_of(person.id),
        "phone": person.phone,
        "language": person.language,
        "time_zone": person.time_zone,
        "job_title": membership.job_title,
        "function": membership.function.value if membership.function else "",
        "role": membership.role.value,
    }


@blueprint.post("/admin/companies/<id:organisation_id>/people/<id:membership_id>/accept")
@partner_manager
def accept_person(organisation_id: int, membership_id: int) -> ResponseReturnValue:
    """Lets somebody in who asked to belong to the company."""
    return _act_on_membership(organisation_id, membership_id, service.accept_membership, _("Accepted."))


@blueprint.post("/admin/companies/<id:organisation_id>/people/<id:membership_id>/invite")
@partner_manager
def invite_person(organisation_id: int, membership_id: int) -> ResponseReturnValue:
    """Gives a company admin a login."""
    return _act_on_membership(
        organisation_id, membership_id, service.give_login, _("Invited. The mail says how to set a password.")
    )


@blueprint.post("/admin/companies/<id:organisation_id>/people/<id:membership_id>/end")
@partner_manager
def end_person(organisation_id: int, membership_id: int) -> ResponseReturnValue:
    """Somebody has left the company, or is not let in."""
    return _act_on_membership(organisation_id, membership_id, service.end_membership, _("The membership has ended."))


def _act_on_membership(organisation_id: int, membership_id: int, act: Any, message: str) -> ResponseReturnValue:
    territory.company_to_change(viewer(), organisation_id)
    membership, person = queries.membership(viewer(), organisation_id, membership_id)
    with saving() as saved:
        act(membership, person, by=current_user, at=now())
    if saved.ok:
        flash(message, "success")
    elif saved.error is not None:
        flash(saved.error.message, "danger")
    return redirect(url_for(".show", organisation_id=organisation_id) + "#people")
