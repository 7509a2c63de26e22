"""What a company says about itself, and what only the vendor changes."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.errors import StaleError
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.audiences import may_open
from eventapp.partners import queries as partners
from eventapp.partners.audiences import company_admin, company_reader, viewer
from eventapp.partners.company import queries, service
from eventapp.partners.company.forms import AutoJoinForm, ProfileForm
from eventapp.partners.company.service import Profile
from eventapp.partners.company.subnav import company_name, company_tabs
from eventapp.partners.models import STATUS_LABELS, TYPE_LABELS, Organisation

blueprint = Blueprint("company_profile", __name__)


def _page(template: str, **values: object) -> str:
    return render_template(template, subnav=company_tabs("profile"), subnav_title=company_name(), **values)


@blueprint.get("/company/profile")
@company_reader
def show() -> str:
    """All facts of the company, by who may change them."""
    return _profile(queries.company(viewer()), AutoJoinForm(formdata=None))


def _profile(company: Organisation, form: AutoJoinForm) -> str:
    tier, country = queries.segment(company)
    if not form.auto_join.data:
        form.auto_join.data = "yes" if company.auto_join else "no"
    return _page(
        "partners/company/profile.html",
        company=company,
        tier=tier,
        country=country,
        type=TYPE_LABELS[company.primary_type],
        status=STATUS_LABELS[company.status],
        domains=partners.domains_of(company.id),
        form=form,
        has_errors=form.refused,
        may_change=may_open("company_profile.edit"),
    )


@blueprint.route("/company/profile/edit", methods=["GET", "POST"])
@company_admin
def edit() -> ResponseReturnValue:
    """Changes what the company says about itself. Somebody else's newer version is shown beside one's own."""
    company = queries.company(viewer())
    form = ProfileForm(data=_values(company))
    status, conflict = 200, []
    if form.validate_on_submit():
        with saving(form) as saved:
            version = company.version if form.version.data == str(company.version) else 0
            service.change_profile(company, form.profile(), version=version, by=current_user, at=now())
            saved.location = url_for(".show")
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        db.session.expire_all()
        company = queries.company(viewer())
        if isinstance(saved.error, StaleError):
            conflict = _differences(form, service.profile_of(company))
            form.version.data = str(company.version)
    elif request.method == "POST":
        status = 422
    return _page("partners/company/edit_profile.html", form=form, conflict=conflict, has_errors=form.refused), status


def _values(company: Organisation) -> dict[str, str]:
    profile = service.profile_of(company)
    return {"version": str(company.version), **{name: getattr(profile, name) for name in Profile.__dataclass_fields__}}


def _differences(form: ProfileForm, saved: Profile) -> list[tuple[str, str, str]]:
    """Fields in which what was typed differs from what is saved: label, typed, saved."""
    return [
        (str(form[name].label.text), form[name].data or "", getattr(saved, name))
        for name in Profile.__dataclass_fields__
        if (form[name].data or "") != getattr(saved, name)
    ]


@blueprint.post("/company/profile/auto-join")
@company_admin
def auto_join() -> ResponseReturnValue:
    """Says whether people with an address of the company's domains join by themselves."""
    company = queries.company(viewer())
    form = AutoJoinForm()
    status = 422
    if form.validate_on_submit():
        with saving(form) as saved:
            service.set_auto_join(company, form.auto_join.data == "yes", by=current_user, at=now())
            saved.location = url_for(".show")
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        company = queries.company(viewer())
    return _profile(company, form), status
