"""The page of a partner manager's territory, and its section on the person's page."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from eventapp.accounts.audiences import organizer
from eventapp.accounts.models import Role, User
from eventapp.accounts.permissions import roles_of
from eventapp.accounts.staff import queries as staff
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.partners import queries as partners
from eventapp.partners.territory import queries, service
from eventapp.partners.territory.forms import PartForm, part_form

blueprint = Blueprint("territory_admin", __name__)


@blueprint.record_once
def _setup(state: BlueprintSetupState) -> None:
    """Puts the territory onto the page of a person, which cannot know companies."""
    state.app.extensions.setdefault("staff_sections", []).append(section)


def section(user: User, roles: frozenset[Role]) -> Markup:
    """What a partner manager looks after; nothing for others."""
    if Role.PARTNER_MANAGER not in roles:
        return Markup()
    page = render_template(
        "partners/territory/_section.html",
        user=user,
        parts=queries.parts(user.id),
        companies=queries.companies_of(user.id),
    )
    return Markup(page)  # noqa: S704 - rendered and escaped by the template


@blueprint.route("/admin/staff/<id:user_id>/territory", methods=["GET", "POST"])
@organizer
def edit(user_id: int) -> ResponseReturnValue:
    """Shows a territory and adds to it."""
    user = _manager(user_id)
    form = part_form(queries.regions())
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            _add(user, form)
            saved.location = url_for(".edit", user_id=user_id)
        if saved.ok:
            flash(_("Added."), "success")
            return redirect(saved.location)
        status = saved.status
        user = _manager(user_id)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "partners/territory/edit.html",
        user=user,
        parts=queries.parts(user.id),
        companies=queries.companies_of(user.id),
        names=queries.manager_names(),
        form=form,
        has_errors=form.refused,
    )
    return page, status


def _add(user: User, form: PartForm) -> None:
    chosen = [field for field in (form.region, form.manager_name, form.company) if field.data]
    if len(chosen) != 1:
        raise RuleError(_("Fill in one of the three: a sub-region, a manager's name or a company."), status=422)
    at = now()
    if form.region.data:
        service.add_region(user, form.region.data, by=current_user, at=at)
    elif form.manager_name.data:
        service.add_manager_name(user, form.manager_name.data, by=current_user, at=at)
    else:
        company = partners.company_named(form.company.data or "")
        service.add_company(user, company, by=current_user, at=at)


@blueprint.post("/admin/staff/<id:user_id>/territory/<id:territory_id>/remove")
@organizer
def remove(user_id: int, territory_id: int) -> ResponseReturnValue:
    """Takes a line out of a territory."""
    user = _manager(user_id)
    part = queries.part(user.id, territory_id)
    with saving(ActionForm()) as saved:
        service.remove(user, part, by=current_user, at=now())
        saved.location = url_for(".edit", user_id=user_id)
    if saved.ok:
        flash(_("Taken out."), "success")
    return redirect(url_for(".edit", user_id=user_id))


def _manager(user_id: int) -> User:
    """A partner manager. Raises `NotFoundError` for somebody who is none."""
    user = staff.person(user_id)
    if Role.PARTNER_MANAGER not in roles_of(user, now()):
        raise NotFoundError
    return user
