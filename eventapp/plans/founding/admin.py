"""The vendor's pages of templates: which there are, what plans of each begin with, offering them or not."""

from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import func, select

from eventapp.accounts.audiences import partner_manager, partner_reader
from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.audiences import may_open
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.plans.founding import blanks
from eventapp.plans.founding.blank_forms import NewTemplateForm, SectionForm, TemplateForm
from eventapp.plans.founding.blank_rules import problems
from eventapp.plans.models import KIND_LABELS, SECTION_KIND_LABELS, PlanTemplate, PlanTemplateSection

blueprint = Blueprint("plan_templates_admin", __name__)


def _all() -> list[PlanTemplate]:
    return list(db.session.scalars(select(PlanTemplate).order_by(PlanTemplate.kind, PlanTemplate.name)))


@blueprint.get("/admin/plan-templates/")
@partner_reader
def index() -> str:
    """All templates, offered or not."""
    counts = select(PlanTemplateSection.template_id, func.count()).group_by(PlanTemplateSection.template_id)
    return render_template(
        "plans/blanks/index.html",
        templates=_all(),
        counts=dict(db.session.execute(counts).all()),
        kind_labels=KIND_LABELS,
        may_change=may_open("plan_templates_admin.new"),
    )


@blueprint.route("/admin/plan-templates/new", methods=["GET", "POST"])
@partner_manager
def new() -> ResponseReturnValue:
    """A new template; it is offered as soon as somebody switches it on."""
    form = NewTemplateForm()
    form.offer(_all())

    def act() -> str:
        like = blanks.template(form.like.data) if form.like.data is not None else None
        said = (form.kind.data, form.name.data or "", form.description.data or "")
        made = blanks.create(*said, like, by=current_user, at=now())
        return url_for(".show", plan_template_id=made.id)

    return carry_out(
        form, act, lambda _stale: render_template("plans/blanks/template.html", form=form, template=None, has_errors=form.refused)
    )


@blueprint.get("/admin/plan-templates/<id:plan_template_id>")
@partner_reader
def show(plan_template_id: int) -> str:
    """A template with its sections in their order."""
    found = blanks.template(plan_template_id)
    sections = blanks.sections(found)
    return render_template(
        "plans/blanks/show.html",
        template=found,
        sections=sections,
        lacks=problems(sections),
        kind_labels=KIND_LABELS,
        section_labels=SECTION_KIND_LABELS,
        may_change=may_open("plan_templates_admin.new"),
    )


@blueprint.route("/admin/plan-templates/<id:plan_template_id>/edit", methods=["GET", "POST"])
@partner_manager
def edit(plan_template_id: int) -> ResponseReturnValue:
    """Names and describes it anew."""
    found = blanks.template(plan_template_id)
    form = TemplateForm(obj=found)

    def act() -> str:
        said = (form.name.data or "", form.description.data or "")
        blanks.change(found, *said, base=version_in(form), by=current_user, at=now())
        return url_for(".show", plan_template_id=plan_template_id)

    def show_again(stale: bool) -> str:
        there = blanks.template(plan_template_id)
        _renew(form, there, stale)
        return render_template(
            "plans/blanks/template.html", form=form, template=there, theirs=there if stale else None, has_errors=form.refused
        )

    return carry_out(form, act, show_again)


def _renew(form: Any, there: PlanTemplate, stale: bool) -> None:
    """A form that is shown again after somebody else saved is of what stands there now."""
    if stale:
        form.version.data, form.version.raw_data = str(there.version), None


@blueprint.post("/admin/plan-templates/<id:plan_template_id>/<any(on, off):switched>")
@partner_manager
def switch(plan_template_id: int, switched: str) -> ResponseReturnValue:
    """Offers it for new plans, or no more."""
    found = blanks.template(plan_template_id)
    base = version_in(TemplateForm())

    def act() -> None:
        blanks.switch(found, on=switched == "on", base=base, by=current_user, at=now())

    return carry_out_at_once(ActionForm(), act, url_for(".show", plan_template_id=plan_template_id))


@blueprint.route("/admin/plan-templates/<id:plan_template_id>/sections/add", methods=["GET", "POST"])
@partner_manager
def add_section(plan_template_id: int) -> ResponseReturnValue:
    """Adds a section at the end."""
    found = blanks.template(plan_template_id)
    form = SectionForm(data={"version": found.version, "required": True})

    def act() -> str:
        blanks.add_section(found, form.details(), base=version_in(form), by=current_user, at=now())
        return url_for(".show", plan_template_id=plan_template_id)

    return carry_out(form, act, lambda stale: _section_page(plan_template_id, form, None, stale))


@blueprint.route("/admin/plan-templates/<id:plan_template_id>/sections/<id:template_section_id>", methods=["GET", "POST"])
@partner_manager
def edit_section(plan_template_id: int, template_section_id: int) -> ResponseReturnValue:
    """Changes a section."""
    found = blanks.template(plan_template_id)
    one = blanks.section(found, template_section_id)
    form = SectionForm(obj=one, data={"version": found.version})
    if form.version.raw_data is None:
        form.version.data = str(found.version)

    def act() -> str:
        blanks.change_section(found, one, form.details(), base=version_in(form), by=current_user, at=now())
        return url_for(".show", plan_template_id=plan_template_id)

    return carry_out(form, act, lambda stale: _section_page(plan_template_id, form, template_section_id, stale))


def _section_page(plan_template_id: int, form: SectionForm, section_id: int | None, stale: bool) -> str:
    there = blanks.template(plan_template_id)
    _renew(form, there, stale)
    return render_template("plans/blanks/section.html", form=form, template=there, section_id=section_id, has_errors=form.refused)


@blueprint.post(
    "/admin/plan-templates/<id:plan_template_id>/sections/<id:template_section_id>/<any(up, down, remove):section_act>"
)
@partner_manager
def arrange(plan_template_id: int, template_section_id: int, section_act: str) -> ResponseReturnValue:
    """Moves a section up or down, or takes it out."""
    found = blanks.template(plan_template_id)
    one = blanks.section(found, template_section_id)
    base = version_in(TemplateForm())

    def act() -> None:
        values: dict[str, Any] = {"base": base, "by": current_user, "at": now()}
        if section_act == "remove":
            blanks.remove_section(found, one, **values)
        else:
            blanks.move_section(found, one, up=section_act == "up", **values)

    said = _("Removed.") if section_act == "remove" else ""
    return carry_out_at_once(ActionForm(), act, url_for(".show", plan_template_id=plan_template_id), said)
