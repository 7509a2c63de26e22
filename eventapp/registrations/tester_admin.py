"""The rule tester: a company, perhaps one of its people, and the event: each rule passed or failed, and what is left.

The answers come from the functions that registering itself asks.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import SelectField
from wtforms.fields import SelectChoice

from eventapp.accounts.audiences import reader
from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.forms import AddressField, Form, LineField, OptionalInput, required
from eventapp.core.i18n import _, _l
from eventapp.events import queries as events
from eventapp.events.admission import queries as admission
from eventapp.events.admission.rules import Kind, Result, WayIn, choosable, judge, opens_at, uses_places_of_company
from eventapp.events.models import MODE_LABELS, Event
from eventapp.events.subnav import event_tabs
from eventapp.partners import queries as partners
from eventapp.partners.audiences import viewer
from eventapp.partners.models import Organisation
from eventapp.places.models import Pool
from eventapp.registrations import hooks, queries
from eventapp.registrations.no_shows import applying as no_shows
from eventapp.registrations.no_shows.rules import places_left
from eventapp.registrations.service.registering import check_company

blueprint = Blueprint("admission_tester", __name__)


class TesterForm(Form):
    """Who is tried. Sent by GET: nothing is written, and the address can be passed on."""

    class Meta(Form.Meta):
        """A question needs no token."""

        csrf = False

    company = LineField(_l("Company"), [required(_l("Enter a programme ID or the exact name."))], length=200)
    person = AddressField(_l("Person"), description=_l("The e-mail address; may stay empty."))
    kind = SelectField(_l("Comes as"), [OptionalInput()])


@dataclass(frozen=True)
class Left:
    """A limit and what is left of it; none for no limit. `waiting` people wait for it."""

    label: str
    capacity: int | None
    taken: int
    waiting: int


@dataclass(frozen=True)
class Trial:
    """What came out for one kind, or for all where the event has none."""

    kind: Kind | None
    results: list[Result]
    left: list[Left]
    opens_at: datetime | None
    approval: bool

    @property
    def passed(self) -> bool:
        """Whether they could register now."""
        return all(result.passed for result in self.results)


@blueprint.get("/admin/events/<slug:slug>/admission/test")
@reader
def index(slug: str) -> ResponseReturnValue:
    """Tries the rules for somebody."""
    event = events.event_by_slug(viewer(), slug)
    way = admission.way_in(event)
    form = TesterForm(request.args)
    form.kind.choices = [SelectChoice("", _("Each kind")), *(SelectChoice(str(k.id), k.name) for k in way.kinds)]
    trials: list[Trial] = []
    company = None
    status = 200
    if request.args:
        if form.validate():
            try:
                company = partners.company_named(form.company.data)
            except RuleError as error:
                form.refuse(error)
        status = 422 if form.refused else 200
    if company is not None:
        kinds = [k for k in way.kinds if not form.kind.data or str(k.id) == form.kind.data] if way.kinds else [None]
        trials = [try_rules(event, way, kind, company, form.person.data or "", now()) for kind in kinds]
    page = render_template(
        "registrations/admin/tester.html",
        event=event,
        form=form,
        company=company,
        trials=trials,
        has_errors=form.refused,
        subnav=event_tabs(event, "admission"),
    )
    return page, status


def try_rules(event: Event, way: WayIn, kind: Kind | None, company: Organisation, address: str, at: datetime) -> Trial:
    """Every rule as registering by the company itself would ask it, and what each limit has left."""
    applicant = admission.applicant(company)
    known = queries.known_people(event.id, company.id, [address]).get(address) if address else None
    if address:
        function = known.function.value if known is not None and known.member and known.function else ""
        applicant = replace(applicant, person=True, function=function)
    verdict = judge(event, way, kind, applicant, at)
    results = list(verdict.results)
    results.append(_company_result(event, company, kind))
    past = no_shows.follows(event, company, at)
    if event.counts_no_shows:
        results.append(_no_show_result(event, company, kind, past))
    if address:
        results += _person_results(known)
    if way.kinds and kind is not None and kind not in choosable(way, applicant):
        results.append(Result("choice", False, _("This kind cannot be chosen on the form.")))
    approval = verdict.approval or past.approval
    return Trial(kind, results, _left(event, company, kind, past), opens_at(event, way, kind, applicant), approval)


def _company_result(event: Event, company: Organisation, kind: Kind | None) -> Result:
    capacity = events.places_of_company(event, company)[0] if uses_places_of_company(kind) else None
    try:
        check_company(company, capacity)
    except RuleError as error:
        return Result("company", False, error.message)
    return Result("company", True, _("The company may send people."))


def _no_show_result(event: Event, company: Organisation, kind: Kind | None, past: no_shows.Follows) -> Result:
    blockers = no_shows.blockers(event, company, past) if uses_places_of_company(kind) else []
    message = no_shows.words_for_staff(past)
    return Result("no_shows", not blockers, " ".join([message, *(b.message for b in blockers)]))


def _person_results(known: queries.Known | None) -> list[Result]:
    if known is None:
        return [Result("person", True, _("Nobody in the partner list has this address; they would be added."))]
    member = _("Belongs to the company.") if known.member else _("Is in the partner list, but not at this company.")
    results = [Result("member", True, member)]
    results.append(
        Result("registered", not known.registered, _("Is registered already.") if known.registered else _("Not registered yet."))
    )
    if hooks.barred([known.person.id]):
        results.append(Result("objection", False, _("Does not want to be registered by others.")))
    return results


def _left(event: Event, company: Organisation, kind: Kind | None, past: no_shows.Follows) -> list[Left]:
    found = []
    if uses_places_of_company(kind):
        of_company = events.company_places(event, company)
        waiting = db.session.get_one(Pool, of_company.pool_id).waiting if of_company.pool_id is not None else 0
        label = _("Shared places of the group") if of_company.holder_id != company.id else _("Company places")
        capacity = places_left(of_company.capacity, past.consequence)
        found.append(Left(label, capacity, of_company.taken, waiting))
    if kind is not None:
        found.append(_pool(kind.name, db.session.get_one(Pool, kind.pool_id)))
    found.append(_pool(_("Places at the event"), event.pool))
    if len(event.modes) > 1:
        pools = (event.in_person_pool, event.virtual_pool)
        found += [_pool(str(MODE_LABELS[mode]), pool) for mode, pool in zip(event.modes, pools, strict=True)]
    return found


def _pool(label: str, pool: Pool) -> Left:
    return Left(label, pool.capacity, pool.taken, pool.waiting)
