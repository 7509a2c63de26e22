"""The two pages on which a company registers its people: who comes, and the check before it is done."""

from collections.abc import Callable, Sequence
from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.errors import RuleError
from eventapp.core.saving import Saved, saving
from eventapp.core.wall import whole
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.events.rules import Blocker
from eventapp.partners.audiences import viewer
from eventapp.partners.models import Organisation
from eventapp.registrations import choices, later, outlook, outsiders, service
from eventapp.registrations import hooks as registering
from eventapp.registrations.answers import drafts
from eventapp.registrations.answers import forms as answer_forms
from eventapp.registrations.answers.colleagues import Questions
from eventapp.registrations.blocks import choices as block_choices
from eventapp.registrations.blocks import service as blocks
from eventapp.registrations.forms import ColleaguesForm
from eventapp.registrations.models import Registration, Source
from eventapp.registrations.rules import Problem
from eventapp.registrations.terms import Terms


def colleagues_page(event: Event, company: Organisation) -> ResponseReturnValue:
    """Page one: choose people. Page two (the same form, step `confirm`): check and register."""
    begun = later.begun(later.of_company(event, company))
    found = choices.for_company(viewer(), event, company, now())
    form = ColleaguesForm(**({"formdata": begun} if begun else {})).for_event(event, found.kinds, found.offered, found.names)
    status, checking = 200, False
    problems: Sequence[Problem] = []
    blockers = _offer_places(form, event, found)
    asked = Questions(form, event, company, now(), begun)
    if request.method == "POST" and "add_rows" in request.form:
        form.add_rows()
    elif (request.method == "POST" and "back" in request.form) or (answer_forms.asks_further() and form.step.data == "check"):
        pass
    elif form.validate_on_submit():
        share = block_choices.chosen(viewer(), event, form)
        attendees = block_choices.fitted(share, choices.attendees(event, form, found, request.form))
        asked.ask(attendees, choices.keys(form, found))
        if (excess := _too_many_outsiders(company, form)) is not None:
            form.refuse(excess)
            status = excess.status
        elif answer_forms.asks_further():
            checking = True
        elif not asked.good():
            status, checking = 422, True
        elif form.step.data == "check" and not _at_once(form):
            try:
                problems, checking = _foresee(event, company, form, attendees), True
            except RuleError as error:
                form.refuse(error)
                status = error.status
                _note_refused(event, company, error)
        else:
            own = partial(service.register, event, source=Source.COMPANY, terms=_terms(event, form))
            register = own if share is None else partial(blocks.claim, share)
            saved = _register_all(event, company, form, asked, attendees, register)
            if saved.ok:
                return redirect(saved.location)
            status = saved.status
            _note_refused(event, company, saved.error)
            event = events.event_by_slug(viewer(), event.slug)
            found = choices.for_company(viewer(), event, company, now())
            if isinstance(saved.error, service.ProblemsError) and all(p.warning for p in saved.error.problems):
                problems, checking = saved.error.problems, True
            checking = checking or asked.troubled
    elif request.method == "POST":
        status = 422
        _look_further(event, company, form, found)
    context = {
        "begun": bool(begun),
        "event": event,
        "company": company,
        "form": form,
        "choice": found,
        "blockers": blockers,
        "asked": asked,
        "above": registering.above_form(event, now()) if not checking else [],
    }
    if checking:
        form.step.data, form.leads_to = "confirm", "back"
        page = render_template(
            "registrations/check.html",
            attendees=attendees,
            problems=problems,
            foreseen=_forecast(event, company, form, attendees),
            outlook=outlook,
            has_errors=form.refused,
            **context,
        )
        return page, status
    form.step.data = "check"
    return render_template("registrations/new.html", has_errors=form.refused, **context), status


def _foresee(
    event: Event, company: Organisation, form: ColleaguesForm, attendees: Sequence[service.Attendee]
) -> Sequence[Problem]:
    """The warnings against registering these people. Raises RuleError and ProblemsError as that would."""
    share = block_choices.chosen(viewer(), event, form)
    # It must see what registering will see; what it says of others is that, and no more.
    with whole():
        foresee = partial(service.foresee, event) if share is None else partial(blocks.foresee, share)
        return foresee(company, attendees, at=now())


def _forecast(
    event: Event, company: Organisation, form: ColleaguesForm, attendees: Sequence[service.Attendee]
) -> Sequence[service.Foreseen]:
    """What would become of each now; nothing where a rule refuses them."""
    share = block_choices.chosen(viewer(), event, form)
    with whole():
        if share is not None:
            return blocks.forecast(share, company, attendees, at=now())
        return service.forecast(event, company, attendees, at=now(), terms=_terms(event, form))


def _register_all(
    event: Event,
    company: Organisation,
    form: ColleaguesForm,
    asked: Questions,
    attendees: Sequence[service.Attendee],
    register: Callable[..., Sequence[Registration]],
) -> Saved:
    """Keeps the group's answers and registers everybody, and says what came of it."""
    outcome = ""
    with saving(form) as saved:
        asked.store_group(by=current_user)
        made = register(
            company,
            asked.answered(attendees),
            by=current_user,
            at=now(),
            foreign_confirmed=form.foreign_confirmed.data,
            summary_to=(current_user.display_name, current_user.email),
        )
        drafts.drop(**later.of_company(event, company))
        saved.location = url_for(".index", slug=event.slug)
        outcome = choices.outcome(made)
    if saved.ok and outcome:
        flash(outcome, "success")
    return saved


def _look_further(event: Event, company: Organisation, form: ColleaguesForm, found: choices.Choice) -> None:
    """Where something cannot be read yet: what stands against all that can be is said at once, by the same rules and limits."""
    faulty = form.faulty
    attendees = [a for a in choices.attendees(event, form, found, request.form) if a.field not in faulty]
    attendees += choices.pasted(event, form, found, request.form)
    if not attendees or form.colleagues.errors or form.mode.errors or (form.places and form.places.errors):
        return
    if (excess := _too_many_outsiders(company, form)) is not None:
        form.refuse(excess)
        return
    try:
        _foresee(event, company, form, block_choices.fitted(block_choices.chosen(viewer(), event, form), attendees))
    except RuleError as error:
        form.refuse(error)
        _note_refused(event, company, error)


def _at_once(form: ColleaguesForm) -> bool:
    """Whether known colleagues are registered without the second page: nothing was typed that should be checked."""
    return "at_once" in request.form and not form.new_people()


def _offer_places(form: ColleaguesForm, event: Event, found: choices.Choice) -> Sequence[Blocker]:
    """Offers the places of seat blocks beside the company's own, which may be closed; returns why nobody can be registered."""
    blockers = found.blockers
    usable = block_choices.usable(viewer(), event, now())
    own = None if usable and (blockers or found.places == 0) else found.own_words
    block_choices.offer(form, event, usable, own=own, asked=request.args.get("places", ""))
    return [] if usable else blockers


def _terms(event: Event, form: ColleaguesForm) -> Terms:
    return Terms(together=event.groups_together and form.together.data == "yes")


def _too_many_outsiders(company: Organisation, form: ColleaguesForm) -> RuleError | None:
    """Counts the typed people from outside the company, on each of the two pages."""
    entered = [person.email.data for _field, person in form.new_people() if person.email.data]
    typed = outsiders.addresses(company, [*entered, *(one.address for one in form.pasted)])
    if not typed:
        return None
    page = "check" if form.step.data == "check" else "confirm"
    with saving() as saved:
        outsiders.count(company, typed, page, by=current_user, at=now())
    return saved.error


def _note_refused(event: Event, company: Organisation, error: RuleError | None) -> None:
    """What was refused is rolled back; that it was asked stays in the log."""
    if isinstance(error, service.ProblemsError) and any(problem.outsider for problem in error.problems):
        with saving():
            outsiders.note_refused(event, company, error.problems, by=current_user, at=now())
