"""Pages of whoever looks after a decision: facts, people, answers, steps. For everybody else they are not there."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.audiences import signed_in
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.decisions import queries, references, rules, service
from eventapp.decisions.forms import (
    AnswerForm,
    BodyForm,
    FactsForm,
    LessonsForm,
    OpennessForm,
    OutcomeForm,
    PartForm,
    ReplyForm,
    StepForm,
    UpdateForm,
    facts_values,
    lessons_values,
    outcome_values,
    values_of,
)
from eventapp.decisions.models import (
    STATE_LABELS,
    Decision,
    DecisionFeedback,
    DecisionRole,
    DecisionState,
    FeedbackState,
    Openness,
    Part,
    Reopening,
)
from eventapp.decisions.texts import page
from eventapp.decisions.views import ONE, form_page
from eventapp.partners import queries as partners
from eventapp.partners.audiences import viewer
from eventapp.partners.models import Organisation

blueprint = Blueprint("decision_work", __name__)
MOST_COMPANIES = 20


def owned(decision_id: int) -> Decision:
    """The decision, for whoever looks after it."""
    return queries.owned_decision(viewer(), decision_id)


def back_to(decision_id: int, section: str = "") -> str:
    """The page of the decision, at that section."""
    return url_for("decisions.show", decision_id=decision_id, _anchor=section or None)


def differences(form: Any, saved: Any, names: Sequence[str]) -> list[tuple[str, str, str]]:
    """What somebody else saved meanwhile, beside what was typed: label, yours, theirs."""
    rows = [(str(form[n].label.text), str(form[n].data or ""), str(getattr(saved, n) or "")) for n in names]
    return [row for row in rows if row[1] != row[2]]


def edit(
    form: Any,
    title: str,
    decision_id: int,
    act: Callable[[], Any],
    fresh: Callable[[], Any],
    names: Sequence[str],
    section: str = "",
) -> ResponseReturnValue:
    """A form over a row with a version: carried out, or shown with what somebody else has saved beside what was typed.

    `fresh` reads the row as it is now.
    """

    def go() -> str:
        act()
        return back_to(decision_id, section)

    def show(stale: bool) -> str:
        conflict: list[tuple[str, str, str]] = []
        if stale:
            saved = fresh()
            form.version.data = str(saved.version)
            conflict = differences(form, saved, names)
        return form_page(form, title, decision_id, conflict=conflict)

    return carry_out(form, go, show)


@blueprint.route(f"{ONE}/facts", methods=["GET", "POST"])
@signed_in
def facts(decision_id: int) -> ResponseReturnValue:
    """The base of facts."""
    found = owned(decision_id)
    form = FactsForm(data=facts_values(found))

    def act() -> None:
        service.change_facts(found, form.facts(), version=version_in(form), by=current_user, at=now())

    names = list(service.DecisionFacts.__dataclass_fields__)
    return edit(form, _("The facts"), decision_id, act, lambda: owned(decision_id), names)


@blueprint.route(f"{ONE}/openness", methods=["GET", "POST"])
@signed_in
def openness(decision_id: int) -> ResponseReturnValue:
    """Who may read it."""
    found = owned(decision_id)
    here = found.context, found.context_id
    # Of a plan the companies are known.
    companies = queries.companies_of(found) or queries.companies_by_ids(references.companies_of(*here) or ())
    data = {
        "version": str(found.version),
        "openness": found.openness.value if found.openness else None,
        "reason": found.openness_reason,
        "companies": "\n".join(one.programme_id or one.name for one in companies),
    }
    form = OpennessForm(data=data).offer(references.WIDTH[references.WIDTH.index(references.widest(*here)) :])

    def act() -> None:
        level, companies = Openness(form.openness.data), []
        if level is Openness.ORGANISATIONS:
            companies = _companies(rules.lines(form.companies.data or ""))
        reason = form.reason.data or ""
        service.set_openness(found, level, reason, companies, version=version_in(form), by=current_user, at=now())

    return edit(form, _("Who may read it"), decision_id, act, lambda: owned(decision_id), ())


def _companies(typed: list[str]) -> list[Organisation]:
    """The companies that were typed. A partner who owns a decision may name the own one; the answer tells nothing of others."""
    if not viewer().roles:
        own = queries.companies_by_ids([viewer().acting_for or 0])
        names = {text.casefold(): one.id for one in own for text in (one.name, one.programme_id or one.name)}
        ids = {line: names.get(line.casefold(), 0) for line in typed}
    else:
        found = partners.companies_by_text(typed)
        ids = {line: found.get(line, 0) for line in typed}
    unknown = [line for line, id_ in ids.items() if not id_]
    if unknown:
        raise RuleError(_("No company is called: %(names)s.", names=", ".join(unknown[:5])), "companies", 422)
    if len(ids) > MOST_COMPANIES:
        raise RuleError(_("%(n)s companies are enough.", n=MOST_COMPANIES), "companies", 422)
    return queries.companies_by_ids(ids.values())


@blueprint.route(f"{ONE}/people", methods=["GET", "POST"])
@signed_in
def people(decision_id: int) -> ResponseReturnValue:
    """Who takes part."""
    found = owned(decision_id)
    form = PartForm()

    def act() -> str:
        within = None if viewer().roles else viewer().acting_for
        part = Part(form.part.data)
        service.name_part(found, form.address.data, part, within=within, by=current_user, at=now())
        return url_for(".people", decision_id=decision_id)

    return carry_out(form, act, lambda _stale: _people(decision_id, form), said=lambda: _("Added. They get a mail."))


def _people(decision_id: int, form: PartForm, body: BodyForm | None = None) -> str:
    found = owned(decision_id)
    roles = queries.roles_of(found)
    return page(
        "decisions/people.html",
        decision=found,
        roles=roles,
        decider=queries.decider_of(found, roles),
        form=form,
        body=body or BodyForm(data={"body": found.decider_body}),
        has_errors=form.refused or (body is not None and body.refused),
    )


@blueprint.post(f"{ONE}/people/body")
@signed_in
def body(decision_id: int) -> ResponseReturnValue:
    """Says that a named body decides."""
    found = owned(decision_id)
    form = BodyForm()

    def act() -> str:
        service.name_body(found, form.body.data or "", by=current_user, at=now())
        return url_for(".people", decision_id=decision_id)

    return carry_out(form, act, lambda _stale: _people(decision_id, PartForm(formdata=None), form))


@blueprint.post(f"{ONE}/people/<id:decision_role_id>/delete")
@signed_in
def remove_role(decision_id: int, decision_role_id: int) -> ResponseReturnValue:
    """Takes a part away."""
    found = owned(decision_id)
    role = queries.part_of_decision(DecisionRole, found, decision_role_id)
    back = url_for("decisions.show", decision_id=decision_id) if queries.is_mine(viewer(), role) else ""
    back = back or url_for(".people", decision_id=decision_id)
    return carry_out_at_once(ActionForm(), lambda: service.remove_role(found, role, by=current_user, at=now()), back)


@blueprint.route(f"{ONE}/feedback/<id:decision_feedback_id>", methods=["GET", "POST"])
@signed_in
def reply(decision_id: int, decision_feedback_id: int) -> ResponseReturnValue:
    """Says what came of feedback."""
    found = owned(decision_id)
    feedback: DecisionFeedback = queries.part_of_decision(DecisionFeedback, found, decision_feedback_id)
    state = feedback.state.value if feedback.state is not FeedbackState.NEW else None
    form = ReplyForm(data={**values_of(feedback, ("reply",)), "state": state})

    def act() -> str:
        wanted, text = FeedbackState(form.state.data), form.reply.data or ""
        service.reply(found, feedback, wanted, text, version=version_in(form), by=current_user, at=now())
        return back_to(decision_id, "feedback")

    def show(stale: bool) -> str:
        again: DecisionFeedback = queries.part_of_decision(DecisionFeedback, owned(decision_id), decision_feedback_id)
        conflict = differences(form, again, ("reply",)) if stale else []
        if stale:
            form.version.data = str(again.version)
        return form_page(form, _("Answer feedback"), decision_id, lead=again.text, conflict=conflict)

    return carry_out(form, act, show, said=lambda: _("Answered."))


@blueprint.route(f"{ONE}/outcome", methods=["GET", "POST"])
@signed_in
def outcome(decision_id: int) -> ResponseReturnValue:
    """What is decided: written by the owner or the decider, before the step is taken."""
    found = _decided_by_viewer(decision_id)
    options = queries.options_of(found)
    form = OutcomeForm(data=outcome_values(found, options)).offer(options)

    def act() -> None:
        service.note_outcome(found, form.outcome(), version=version_in(form), by=current_user, at=now())

    names = ("result", "rationale", "trade_offs", "success_measures", "revisit_on", "revisit_when")
    return edit(form, _("What is decided"), decision_id, act, lambda: _decided_by_viewer(decision_id), names, "outcome")


def _decided_by_viewer(decision_id: int) -> Decision:
    found = queries.decision(viewer(), decision_id)
    standing = queries.standing(viewer(), found)
    if not (standing.owns or standing.decides):
        raise NotFoundError(decision_id)
    return found


@blueprint.route(f"{ONE}/lessons", methods=["GET", "POST"])
@signed_in
def lessons(decision_id: int) -> ResponseReturnValue:
    """What was learned."""
    found = owned(decision_id)
    form = LessonsForm(data=lessons_values(found))

    def act() -> None:
        service.note_lessons(found, form.details(), version=version_in(form), by=current_user, at=now())

    return edit(form, _("What was learned"), decision_id, act, lambda: owned(decision_id), ("lessons",), "lessons")


STATES = ", ".join(state.value for state in DecisionState)


@blueprint.route(f"{ONE}/step/<any({STATES}):decision_state>", methods=["GET", "POST"])
@signed_in
def step(decision_id: int, decision_state: str) -> ResponseReturnValue:
    """Takes it to another state, or says what that still asks for."""
    found, to = queries.decision(viewer(), decision_id), DecisionState(decision_state)
    if not queries.standing(viewer(), found).parts:
        raise NotFoundError(decision_id)
    form = StepForm()
    if to is not DecisionState.SUPERSEDED:
        del form.superseded_by

    def act() -> str:
        code = form.superseded_by.data or "" if form.superseded_by is not None else ""
        service.take_step(found, to, form.note.data or "", viewer=viewer(), at=now(), superseded_by=code)
        return back_to(decision_id)

    def show(_stale: bool) -> str:
        again = queries.decision(viewer(), decision_id)
        missing = rules.missing(queries.facts_of(again, now().date()), again.state, to)
        title = _("Step to: %(state)s", state=STATE_LABELS[to])
        return form_page(form, title, decision_id, missing=missing, label=_("Take this step"))

    return carry_out(form, act, show, said=lambda: str(STATE_LABELS[to]))


@blueprint.route(f"{ONE}/update", methods=["GET", "POST"])
@signed_in
def post_update(decision_id: int) -> ResponseReturnValue:
    """A note to everybody who takes part or follows."""
    found = owned(decision_id)
    form = UpdateForm()

    def act() -> str:
        service.post_update(found, form.text.data or "", viewer=viewer(), at=now())
        return back_to(decision_id, "timeline")

    return carry_out(form, act, lambda _stale: form_page(form, _("Write an update"), decision_id))


@blueprint.route(f"{ONE}/reopenings/<id:reopening_id>", methods=["GET", "POST"])
@signed_in
def answer_reopening(decision_id: int, reopening_id: int) -> ResponseReturnValue:
    """Answers somebody who asks to open it again."""
    found = owned(decision_id)
    asked: Reopening = queries.part_of_decision(Reopening, found, reopening_id)
    form = AnswerForm()

    def act() -> str:
        accepted = form.accepted.data == "yes"
        service.answer_reopening(found, asked, accepted, form.answer.data or "", by=current_user, at=now())
        return back_to(decision_id, "reopening")

    lead = asked.facts
    return carry_out(form, act, lambda _stale: form_page(form, _("Answer the request"), decision_id, lead=lead))
