"""The page of a company's own provider, and the list of companies that have one."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from eventapp.accounts.audiences import system_admin
from eventapp.accounts.oidc import flow, providers
from eventapp.accounts.oidc import queries as oidc
from eventapp.accounts.oidc.forms import ProviderForm
from eventapp.accounts.oidc.providers import ProviderDetails
from eventapp.core.clock import now
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.partners import queries as partners
from eventapp.partners.audiences import viewer
from eventapp.partners.providers import queries, service
from eventapp.partners.providers.forms import CompanyChoiceForm

blueprint = Blueprint("company_provider_admin", __name__)

SHOWN = 100


@blueprint.record_once
def _setup(state: BlueprintSetupState) -> None:
    """Puts the companies onto the page of providers, which cannot know any."""
    state.app.extensions.setdefault("provider_sections", []).append(section)


def section() -> Markup:
    """The companies with a provider of their own, and the way to give one to another company."""
    # There may be one for each of thousands of companies; the others are found by the field below.
    rows = queries.listed(SHOWN + 1)
    page = render_template(
        "partners/providers/_section.html", rows=rows[:SHOWN], more=len(rows) > SHOWN, form=CompanyChoiceForm(formdata=None)
    )
    return Markup(page)  # noqa: S704 - rendered and escaped by the template


@blueprint.post("/admin/sign-in-providers/company")
@system_admin
def choose() -> ResponseReturnValue:
    """Goes to the page of the company with this programme ID or name."""
    form = CompanyChoiceForm()
    try:
        if not form.validate():
            raise RuleError(str(next(iter(form.company.errors), _("Name the company."))))
        company = partners.company_named(form.company.data)
    except RuleError as error:
        flash(error.message, "warning")
        return redirect(url_for("providers_admin.index"))
    return redirect(url_for(".edit", organisation_id=company.id))


@blueprint.route("/admin/companies/<id:organisation_id>/sign-in", methods=["GET", "POST"])
@system_admin
def edit(organisation_id: int) -> ResponseReturnValue:
    """Sets up or changes the provider of a company."""
    company = partners.organisation(viewer(), organisation_id)
    provider = queries.provider_of(company.id)
    form = ProviderForm(obj=provider, secret="", version=provider.version if provider else "")
    if provider is None and request.method == "GET":
        form.label.data = company.name
    del form.key
    del form.groups_claim
    if form.validate_on_submit():
        with saving(form) as saved:
            given = ProviderDetails(
                form.label.data or "", form.issuer.data or "", form.client_id.data or "", form.secret.data or ""
            )
            if provider is None:
                service.set_up(company, given, production=flow.production(), by=current_user, at=now())
            else:
                version = int(form.version.data) if str(form.version.data).isdecimal() and len(form.version.data) < 10 else 0
                providers.change(provider, given, version=version, production=flow.production(), by=current_user, at=now())
            saved.location = url_for(".edit", organisation_id=organisation_id)
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        company = partners.organisation(viewer(), organisation_id)
        provider = queries.provider_of(company.id)
    page = render_template(
        "partners/providers/edit.html",
        company=company,
        domains=partners.domains_of(company.id),
        provider=provider,
        people=oidc.people_of(provider.id) if provider else 0,
        redirect_uri=flow.redirect_uri(provider.key) if provider else None,
        form=form,
        has_errors=form.refused,
    )
    return page, 422 if request.method == "POST" else 200
