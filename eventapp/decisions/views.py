"""What readers of decisions see and do: board, archive, base of facts, summary, feedback, following, asking to reopen."""

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import partner_manager
from eventapp.audit.service import record
from eventapp.core import exports as files
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm, Form
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.audiences import public, signed_in
from eventapp.core.web.carrying import carry_out, carry_out_at_once
from eventapp.core.web.downloads import asked_format, table_file
from eventapp.decisions import (
    exports,
    jobs,  # noqa: F401 - registers the reminders of owners
    listing,
    permissions,
    queries,
    references,
    rules,
    service,
)
from eventapp.decisions.forms import FeedbackForm, NewDecisionForm, ProblemForm, ReopenForm
from eventapp.decisions.models import PHASES, REOPENABLE, DecisionContext, DecisionOption, Openness
from eventapp.decisions.texts import page, shown
from eventapp.events import queries as events
from eventapp.partners.audiences import viewer

blueprint = Blueprint("decisions", __name__)
FORMATS = [*((p.name, p.label) for p in files.PRESETS.values()), ("xlsx", "Excel (XLSX)"), ("json", "JSON")]
ONE = "/decisions/<id:decision_id>"


@blueprint.get("/decisions/")
@public
def index() -> str:
    """The open decisions by phase; without a login those that are public."""
    if viewer().user is None:
        return page("decisions/public.html", found=queries.public_ones())
    cards = queries.board(viewer())
    columns = [(state, [c for c in cards if c.decision.state is state]) for state in PHASES[:-1]]
    aside = [card for card in cards if card.decision.state not in PHASES]
    return page(
        "decisions/index.html",
        "decisions",
        columns=columns,
        aside=aside,
        names=references.names_of(viewer(), [card.decision for card in cards]),
        may_open_one=permissions.may_open_decisions(viewer()),
        count=len(cards),
        today=now().date(),
    )


@blueprint.get("/decisions/archive")
@signed_in
def archive() -> str:
    """All decisions that the viewer may read, searched and filtered."""
    found = listing.page(viewer(), url_for(".archive"), request.args)
    names = references.names_of(viewer(), found.rows)
    return page("decisions/archive.html", "archive", listing=found, names=names, formats=FORMATS)


@blueprint.post("/decisions/export")
@signed_in
def export() -> ResponseReturnValue:
    """What the archive shows, as a file; the download stands in the log."""
    lines = list(exports.archive(viewer(), url_for(".archive"), request.args))
    return download("decisions.export", "decision", lines, exports.ARCHIVE, "decisions", _("Decisions"))


@blueprint.post(f"{ONE}/export")
@signed_in
def export_feedback(decision_id: int) -> ResponseReturnValue:
    """What was said about a decision, as a file."""
    found = queries.decision(viewer(), decision_id)
    lines, content = list(exports.feedback(found)), f"{found.code.lower()}_feedback"
    return download("decisions.export", "decision", lines, exports.FEEDBACK, content, found.code, found.id)


def download(
    action: str,
    object_type: str,
    lines: list[Any],
    columns: list[files.ExportColumn],
    content: str,
    title: str,
    object_id: int | None = None,
) -> Response:
    """A file of these lines in the format that was chosen; the download stands in the log."""
    name = asked_format()
    at = now()
    about: dict[str, Any] = {"object_type": object_type, "object_id": object_id, "object_name": title}
    with saving():
        record(action, by=current_user, at=at, changes={"format": name}, **about)
    return table_file(lines, columns, name, of="eventapp", content=content, title=title, zone="UTC", at=at)


@blueprint.route("/decisions/new", methods=["GET", "POST"])
@partner_manager
def new() -> ResponseReturnValue:
    """Opens a decision."""
    choices = [(event.id, event.title) for event in events.upcoming(viewer(), now())]
    form = NewDecisionForm(data={"event": request.args.get("event", "")}).offer(choices)

    def act() -> str:
        context = DecisionContext(form.context.data)
        event_id = int(form.event.data) if context is DecisionContext.EVENT else None
        label = form.context_label.data or ""
        made = service.open_decision(form.title.data, form.problem.data, context, event_id, label, owner=viewer(), at=now())
        return url_for(".show", decision_id=made.id)

    return carry_out(form, act, lambda _stale: form_page(form, _("Open a decision"), None), said=lambda: _("Opened."))


@blueprint.get("/decisions/practice")
@signed_in
def practice() -> str:
    """The viewer's exercises."""
    return page("decisions/practice.html", "practice", found=queries.practices(viewer()))


@blueprint.route("/decisions/practice/new", methods=["GET", "POST"])
@signed_in
def new_practice() -> ResponseReturnValue:
    """Opens an exercise: everything works as always, but nobody else reads it and no mail leaves."""
    if not permissions.speaks(viewer()):
        raise NotFoundError
    form = ProblemForm()

    def act() -> str:
        context = DecisionContext.CO_CREATION
        made = service.open_decision(form.title.data, form.problem.data, context, owner=viewer(), at=now(), practice=True)
        return url_for(".show", decision_id=made.id)

    return carry_out(form, act, lambda _stale: form_page(form, _("Begin an exercise"), None, practice=True))


@blueprint.post(f"{ONE}/delete")
@signed_in
def delete_practice(decision_id: int) -> ResponseReturnValue:
    """Throws an exercise away."""
    found = queries.owned_decision(viewer(), decision_id)
    if not found.practice:
        raise NotFoundError(decision_id)
    return carry_out_at_once(
        ActionForm(), lambda: service.delete_practice(found, by=current_user, at=now()), url_for(".practice"), _("Deleted.")
    )


@blueprint.get(ONE)
@signed_in
def show(decision_id: int) -> str:
    """The base of facts: problem on top, then where it stands, how to take part, options, criteria, feedback, timeline."""
    found, follows = queries.followed_decision(viewer(), decision_id)
    return page("decisions/show.html", **shown(viewer(), found, now(), follows=follows), formats=FORMATS)


@blueprint.get(f"{ONE}/summary")
@public
def summary(decision_id: int) -> str:
    """The decision on one page, without anybody's name: what everybody may read of a public one."""
    found = queries.decision(viewer(), decision_id)
    feedback = queries.feedback_of(found)
    return page(
        "decisions/summary.html",
        decision=found,
        belongs_to=references.name_of(viewer(), found),
        options=queries.options_of(found),
        criteria=queries.criteria_of(found),
        counts=rules.outcome_counts(one.state for one in feedback),
        answered=[one for one in feedback if one.reply],
        lines=rules.lines,
        decided=found.state in REOPENABLE,
        signed_in=viewer().user is not None,
    )


@blueprint.route(f"{ONE}/feedback", methods=["GET", "POST"])
@signed_in
def give_feedback(decision_id: int) -> ResponseReturnValue:
    """Says something about a decision."""
    found = queries.decision(viewer(), decision_id)
    if not permissions.speaks(viewer()):
        raise NotFoundError(decision_id)
    options = {one.id: one for one in queries.options_of(found)}
    asked = request.args.get("option", "")
    form = FeedbackForm(data={"option": asked}).offer(list(options.values()))

    def act() -> str:
        option: DecisionOption | None = options.get(int(form.option.data or 0))
        text, anonymous = form.text.data or "", bool(form.anonymous.data)
        service.give_feedback(found, text, option, anonymous=anonymous, viewer=viewer(), at=now())
        return url_for(".show", decision_id=decision_id, _anchor="feedback")

    said = _("Thank you. The owner answers each piece of feedback.")
    told = _("Whoever may read this decision sees what you say, with your name and your company.")
    if found.openness is Openness.PUBLIC:
        told = f"{told} {_('It is public: without your name, also people without a login.')}"
    return carry_out(form, act, lambda _stale: form_page(form, _("Give feedback"), decision_id, told=told), said=lambda: said)


@blueprint.post(f"{ONE}/follow")
@signed_in
def follow(decision_id: int) -> ResponseReturnValue:
    """From now on the viewer hears what becomes of it."""
    found = queries.decision(viewer(), decision_id)
    if not permissions.speaks(viewer()):
        raise NotFoundError(decision_id)
    back = url_for(".show", decision_id=decision_id)
    said = _("You hear by mail what becomes of it.")
    return carry_out_at_once(ActionForm(), lambda: service.follow(found, viewer(), at=now()), back, said)


@blueprint.post(f"{ONE}/unfollow")
@signed_in
def unfollow(decision_id: int) -> ResponseReturnValue:
    """The viewer does not want to hear of it any more."""
    found = queries.decision(viewer(), decision_id)
    back = url_for(".show", decision_id=decision_id)
    said = _("You do not get mails about it any more.")
    return carry_out_at_once(ActionForm(), lambda: service.unfollow(found, viewer(), at=now()), back, said)


@blueprint.route(f"{ONE}/reopen", methods=["GET", "POST"])
@signed_in
def reopen(decision_id: int) -> ResponseReturnValue:
    """Asks to open a decision again, with new facts."""
    found = queries.decision(viewer(), decision_id)
    if not rules.may_ask_to_reopen(queries.standing(viewer(), found), found.state):
        raise NotFoundError(decision_id)
    form = ReopenForm()

    def act() -> str:
        service.ask_to_reopen(found, form.facts.data or "", viewer=viewer(), at=now())
        return url_for(".show", decision_id=decision_id, _anchor="reopening")

    said = _("Asked. The owner answers within ten days.")
    return carry_out(form, act, lambda _stale: form_page(form, _("Ask to reopen"), decision_id), said=lambda: said)


def form_page(form: Form, title: str, decision_id: int | None, *, practice: bool = False, **more: Any) -> str:
    """A page with one form about a decision, or about one that is yet to be opened."""
    found = queries.decision(viewer(), decision_id) if decision_id is not None else None
    if found is not None:
        back, crumb = url_for("decisions.show", decision_id=found.id), found.title
    elif practice:
        back, crumb = url_for("decisions.practice"), _("Exercises")
    else:
        back, crumb = url_for("decisions.index"), _("Decisions")
    values = {"form": form, "title": title, "back": back, "crumb": crumb, "has_errors": form.refused}
    return render_template("decisions/form.html", **{"lead": "", "conflict": [], "label": "", **values, **more})
