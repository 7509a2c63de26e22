"""The templates of plans: making them, their sections, offering them or not. No plan that was made from one is touched.

Each change is made under the lock of the template's row and raises its version, so that of two who change it at once the
second one reads it again.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.plans.founding.blank_rules import problems, section_problem
from eventapp.plans.models import PlanKind, PlanTemplate, PlanTemplateSection, SectionKind


@dataclass(frozen=True)
class SectionDetails:
    """A section that plans begin with. `starts_with`: names of rows that are there from the beginning, one a line."""

    key: str
    kind: SectionKind
    title: str
    help: str
    required: bool
    starts_with: str


def template(template_id: int) -> PlanTemplate:
    """A template, offered or not. Raises NotFoundError."""
    found = db.session.get(PlanTemplate, template_id)
    if found is None:
        raise NotFoundError(template_id)
    return found


def sections(found: PlanTemplate) -> list[PlanTemplateSection]:
    """The sections of a template, in their order."""
    query = select(PlanTemplateSection).where(PlanTemplateSection.template_id == found.id)
    return list(db.session.scalars(query.order_by(PlanTemplateSection.position, PlanTemplateSection.id)))


def section(found: PlanTemplate, section_id: int) -> PlanTemplateSection:
    """A section of that template. Raises NotFoundError."""
    one = db.session.get(PlanTemplateSection, section_id)
    if one is None or one.template_id != found.id:
        raise NotFoundError(section_id)
    return one


def create(kind: PlanKind, name: str, description: str, like: PlanTemplate | None, *, by: Actor, at: datetime) -> PlanTemplate:
    """A new template, not offered yet, with the sections of another one if there is one. Raises RuleError for a name taken."""
    _refuse_taken(name, None)
    made = PlanTemplate(kind=kind, name=name, description=description, active=False)
    db.session.add(made)
    db.session.flush()
    for one in sections(like) if like is not None else ():
        values = {column: getattr(one, column) for column in COPIED}
        db.session.add(PlanTemplateSection(template_id=made.id, **values))
    db.session.flush()
    _record("plan_templates.create", made, by, at)
    return made


COPIED = ("position", "key", "kind", "title", "help", "required", "starts_with")


def change(found: PlanTemplate, name: str, description: str, *, base: int, by: Actor, at: datetime) -> None:
    """Names and describes it anew. Raises StaleError if it was changed since the version `base`."""
    _lock(found, base)
    _refuse_taken(name, found.id)
    found.name, found.description = name, description
    _record_change("plan_templates.change", found, by, at)


def switch(found: PlanTemplate, *, on: bool, base: int, by: Actor, at: datetime) -> None:
    """Offers it for new plans, or no more. Raises RuleError if it lacks something."""
    _lock(found, base)
    if on and (lacks := problems(sections(found))):
        raise RuleError(lacks[0])
    found.active = on
    _record_change("plan_templates.switch", found, by, at)


def add_section(found: PlanTemplate, details: SectionDetails, *, base: int, by: Actor, at: datetime) -> PlanTemplateSection:
    """Adds a section at the end. Raises RuleError for a key that is there, and for a second section of rows of one kind."""
    _lock(found, base)
    there = sections(found)
    _check(details, there)
    last = max((one.position for one in there), default=0)
    made = PlanTemplateSection(template_id=found.id, position=last + 1, **vars(details))
    db.session.add(made)
    _record_change("plan_templates.change", found, by, at)
    return made


def change_section(
    found: PlanTemplate, one: PlanTemplateSection, details: SectionDetails, *, base: int, by: Actor, at: datetime
) -> None:
    """Changes a section. Raises what `add_section` does."""
    _lock(found, base)
    _check(details, [other for other in sections(found) if other.id != one.id])
    for name, value in vars(details).items():
        setattr(one, name, value)
    _stays_good(found)
    _record_change("plan_templates.change", found, by, at)


def move_section(found: PlanTemplate, one: PlanTemplateSection, *, up: bool, base: int, by: Actor, at: datetime) -> None:
    """Exchanges a section with its neighbour in the order; nothing happens at the end."""
    _lock(found, base)
    rows = sections(found)
    here = rows.index(one)
    other = here - 1 if up else here + 1
    if not 0 <= other < len(rows):
        return
    rows[here], rows[other] = rows[other], rows[here]
    for position, row in enumerate(rows, start=1):
        row.position = position
    _record_change("plan_templates.change", found, by, at)


def remove_section(found: PlanTemplate, one: PlanTemplateSection, *, base: int, by: Actor, at: datetime) -> None:
    """Takes a section out. Raises RuleError if a template that is offered would lack something then."""
    _lock(found, base)
    db.session.delete(one)
    db.session.flush()
    _stays_good(found)
    _record_change("plan_templates.change", found, by, at)


def _check(details: SectionDetails, others: list[PlanTemplateSection]) -> None:
    if problem := section_problem(details.key, details.kind, bool(details.starts_with), others):
        raise RuleError(problem.text, problem.field, 422)


def _stays_good(found: PlanTemplate) -> None:
    db.session.flush()
    if found.active and (lacks := problems(sections(found))):
        raise RuleError(lacks[0])


def _lock(found: PlanTemplate, base: int) -> None:
    query = select(PlanTemplate).where(PlanTemplate.id == found.id).with_for_update()
    now_there = db.session.scalars(query.execution_options(populate_existing=True)).one()
    if now_there.version != base:
        raise StaleError(_("Somebody else has changed this template since you opened it. Look at it again."))


def _refuse_taken(name: str, own_id: int | None) -> None:
    taken = db.session.scalar(select(PlanTemplate.id).where(PlanTemplate.name == name))
    if taken is not None and taken != own_id:
        raise RuleError(_("There is a template of this name already."), "name", 422)


def _record_change(action: str, found: PlanTemplate, by: Actor, at: datetime) -> None:
    flag_modified(found, "description")
    db.session.flush()
    _record(action, found, by, at)


def _record(action: str, found: PlanTemplate, by: Actor, at: datetime) -> None:
    record(
        action,
        by=by,
        at=at,
        object_type="plan_template",
        object_id=found.id,
        object_name=found.name,
        changes={"offered": found.active} if action == "plan_templates.switch" else {},
    )
