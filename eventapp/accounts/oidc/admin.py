"""Pages about sign-in providers: the vendor's own, and which of their groups give which roles."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import system_admin
from eventapp.accounts.models import IdentityProvider, Role
from eventapp.accounts.oidc import client, flow, providers, queries
from eventapp.accounts.oidc.client import ProviderError
from eventapp.accounts.oidc.forms import GroupForm, ProviderForm
from eventapp.accounts.oidc.providers import ProviderDetails
from eventapp.accounts.permissions import ROLE_LABELS
from eventapp.core.clock import now
from eventapp.core.db import rollback
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import Saved, saving
from eventapp.core.web.audiences import safe_target

blueprint = Blueprint("providers_admin", __name__)


@blueprint.get("/admin/sign-in-providers/")
@system_admin
def index() -> str:
    """The vendor's own providers, and what later features add about those of companies."""
    return render_template(
        "accounts/providers/index.html",
        providers=queries.staff_providers(),
        sections=[section() for section in current_app.extensions.get("provider_sections", [])],
        installed=client.is_installed(),
    )


def details(form: ProviderForm) -> ProviderDetails:
    """What was typed."""
    return ProviderDetails(
        form.label.data or "",
        form.issuer.data or "",
        form.client_id.data or "",
        form.secret.data or "",
        (form.groups_claim.data or "") if "groups_claim" in form else "",
    )


@blueprint.route("/admin/sign-in-providers/add", methods=["GET", "POST"])
@system_admin
def add() -> ResponseReturnValue:
    """A new provider for staff."""
    form = ProviderForm(groups_claim="groups")
    if form.validate_on_submit():
        with saving(form) as saved:
            key = form.key.data or ""
            made = providers.add(key, details(form), for_staff=True, production=flow.production(), by=current_user, at=now())
            saved.location = url_for(".edit", provider_id=made.id)
        if saved.ok:
            flash(_("Added. Tell the provider the address to come back to, below, then check it."), "success")
            return redirect(saved.location)
    status = 422 if request.method == "POST" else 200
    return render_template("accounts/providers/add.html", form=form, has_errors=form.refused), status


@blueprint.route("/admin/sign-in-providers/<id:provider_id>", methods=["GET", "POST"])
@system_admin
def edit(provider_id: int) -> ResponseReturnValue:
    """Changes a provider for staff. Its secret is never shown."""
    provider = queries.provider(provider_id, for_staff=True)
    form = ProviderForm(obj=provider, secret="", version=provider.version)
    del form.key
    if form.validate_on_submit():
        with saving(form) as saved:
            version = int(form.version.data) if str(form.version.data).isdecimal() and len(form.version.data) < 10 else 0
            providers.change(provider, details(form), version=version, production=flow.production(), by=current_user, at=now())
            saved.location = url_for(".edit", provider_id=provider_id)
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        provider = queries.provider(provider_id, for_staff=True)
    return _page(provider, form), 422 if request.method == "POST" else 200


def _page(provider: IdentityProvider, form: ProviderForm, group_form: GroupForm | None = None) -> str:
    group_form = group_form or GroupForm(formdata=None)
    return render_template(
        "accounts/providers/edit.html",
        provider=provider,
        form=form,
        group_form=group_form,
        groups=queries.groups_of(provider.id),
        labels=ROLE_LABELS,
        people=queries.people_of(provider.id),
        redirect_uri=flow.redirect_uri(provider.key),
        has_errors=form.refused or group_form.refused,
    )


@blueprint.post("/admin/sign-in-providers/<id:provider_id>/switch/<slug:state>")
@system_admin
def switch(provider_id: int, state: str) -> ResponseReturnValue:
    """Switches any provider on or off: a company's too."""
    provider = queries.provider(provider_id)
    with saving(ActionForm()) as saved:
        providers.switch(provider, state == "on", by=current_user, at=now())
        saved.location = _back(provider_id)
    return _answer(saved, _("Switched on.") if state == "on" else _("Switched off."), provider_id)


@blueprint.post("/admin/sign-in-providers/<id:provider_id>/check")
@system_admin
def check(provider_id: int) -> ResponseReturnValue:
    """Asks the provider what it says of itself, and tells what came of it. No transaction is open meanwhile."""
    found = queries.ready(queries.provider(provider_id))
    rollback()
    try:
        client.discover(found, production=flow.production())
    except ProviderError as error:
        texts = {
            "unreachable": _("The provider does not answer. Check the issuer, and whether this server may reach it."),
            "missing": _("The server lacks the part for sign-in providers. Install eventapp with the extra oidc."),
        }
        text = texts.get(error.reason, _("The provider answers, but not as this issuer. Check the issuer letter by letter."))
        flash(text, "danger")
    else:
        text = (
            _("The provider answers.") if found.secret else _("The provider answers, but the client secret must be entered anew.")
        )
        flash(text, "success" if found.secret else "warning")
    return redirect(_back(provider_id))


@blueprint.post("/admin/sign-in-providers/<id:provider_id>/groups")
@system_admin
def map_group(provider_id: int) -> ResponseReturnValue:
    """A group gives a role."""
    provider = queries.provider(provider_id, for_staff=True)
    form = GroupForm()
    if form.validate():
        with saving(form) as saved:
            providers.map_group(provider, form.group.data or "", Role(form.role.data), by=current_user, at=now())
            saved.location = url_for(".edit", provider_id=provider_id) + "#groups"
        if saved.ok:
            flash(_("Saved. It counts from each person's next sign-in."), "success")
            return redirect(saved.location)
        provider = queries.provider(provider_id, for_staff=True)
    return _page(provider, ProviderForm(formdata=None, obj=provider, secret="", version=provider.version), form), 422


@blueprint.post("/admin/sign-in-providers/<id:provider_id>/groups/remove")
@system_admin
def unmap_group(provider_id: int) -> ResponseReturnValue:
    """A group gives a role no longer."""
    provider = queries.provider(provider_id, for_staff=True)
    form = GroupForm()
    if not form.validate():
        return redirect(url_for(".edit", provider_id=provider_id))
    with saving(form) as saved:
        providers.unmap_group(provider, form.group.data or "", Role(form.role.data), by=current_user, at=now())
        saved.location = url_for(".edit", provider_id=provider_id) + "#groups"
    return _answer(saved, _("Removed."), provider_id)


def _back(provider_id: int) -> str:
    return safe_target(request.form.get("back")) or url_for(".edit", provider_id=provider_id)


def _answer(saved: Saved, message: str, provider_id: int) -> ResponseReturnValue:
    if saved.ok:
        flash(message, "success")
    else:
        flash(saved.error.message if saved.error else _("Try again."), "danger")
    return redirect(saved.location if saved.ok else _back(provider_id))
