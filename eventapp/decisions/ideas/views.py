"""Pages of ideas and needs: the list, one of them, voting, contributing; for the vendor's people answering and deciding."""

from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import partner_manager
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.audiences import signed_in
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.decisions import permissions
from eventapp.decisions.ideas import listing, queries, rules, service
from eventapp.decisions.ideas.forms import (
    ChoiceForm,
    ContributeForm,
    IdeaAnswerForm,
    IdeaForm,
    answer_values,
    idea_values,
)
from eventapp.decisions.ideas.models import IDEA_LABELS, KIND_LABELS, Idea, IdeaState
from eventapp.decisions.queries import linked
from eventapp.decisions.texts import page
from eventapp.decisions.views import FORMATS, download
from eventapp.decisions.work import differences
from eventapp.partners.audiences import viewer

blueprint = Blueprint("ideas", __name__)
ONE = "/ideas/<id:idea_id>"
TONES = {
    IdeaState.POSTED: "wait",
    IdeaState.SHAPED: "info",
    IdeaState.EXPERIMENT: "info",
    IdeaState.ADOPTED: "ok",
    IdeaState.DECLINED: "off",
    IdeaState.PARKED: "off",
}
WORDS: dict[str, Any] = {"idea_states": IDEA_LABELS, "idea_tones": TONES, "kinds": KIND_LABELS}


@blueprint.get("/ideas/")
@signed_in
def index() -> str:
    """What partners want, with how many people and companies want it, and whether it is answered."""
    found = listing.page(viewer(), url_for(".index"), request.args)
    speaks = permissions.speaks(viewer())
    return page("decisions/ideas/index.html", "ideas", listing=found, speaks=speaks, formats=FORMATS, **WORDS)


@blueprint.post("/ideas/export")
@signed_in
def export() -> ResponseReturnValue:
    """What the list shows, as a file."""
    lines = list(listing.lines(viewer(), url_for(".index"), request.args))
    return download("ideas.export", "idea", lines, listing.FILE, "ideas", _("Ideas and needs"))


@blueprint.route("/ideas/new", methods=["GET", "POST"])
@signed_in
def new() -> ResponseReturnValue:
    """Posts an idea or a need."""
    if not permissions.speaks(viewer()):
        raise NotFoundError
    form = IdeaForm()

    def act() -> str:
        return url_for(".show", idea_id=service.post(form.details(), viewer=viewer(), at=now()).id)

    said = _("Posted. The vendor answers here, for everybody who reads it.")
    return carry_out(form, act, lambda _stale: _form(form, _("Post an idea or a need"), None), said=lambda: said)


def _form(form: Any, title: str, idea: Idea | None, **more: Any) -> str:
    back = url_for(".show", idea_id=idea.id) if idea is not None else url_for(".index")
    values = {"form": form, "title": title, "back": back, "crumb": idea.title if idea is not None else ""}
    return page("decisions/ideas/form.html", **{"conflict": [], "lead": "", **values, **more}, has_errors=form.refused)


@blueprint.get(ONE)
@signed_in
def show(idea_id: int) -> str:
    """One of them: who wants it, who contributed, what the vendor says, what is tried, what is decided."""
    found = queries.idea(viewer(), idea_id)
    people, companies = queries.votes(found)
    speaks, staff = permissions.speaks(viewer()), permissions.may_open_decisions(viewer())
    return page(
        "decisions/ideas/show.html",
        idea=found,
        people=people,
        companies=companies,
        voted=queries.vote_of(viewer(), found) is not None,
        may_vote=speaks and not viewer().roles and rules.may_vote(found.state),
        may_contribute=speaks and rules.may_contribute(found.state),
        may_change=may_change(found),
        staff=staff,
        leads=rules.leads(found.kind, found.state),
        contributors=queries.contributors(found),
        user_id=current_user.id,
        decision=linked(viewer(), found.decision_id),
        **WORDS,
    )


def may_change(found: Idea) -> bool:
    """Whether the viewer may change the words: who posted it until it is answered."""
    return queries.is_own(viewer(), found) and found.state is IdeaState.POSTED


@blueprint.route(f"{ONE}/change", methods=["GET", "POST"])
@signed_in
def change(idea_id: int) -> ResponseReturnValue:
    """Changes what one has posted."""
    found = queries.idea(viewer(), idea_id)
    if not may_change(found):
        raise NotFoundError(idea_id)
    form = IdeaForm(data=idea_values(found))

    def act() -> str:
        service.change(found, form.details(), version=version_in(form), by=current_user, at=now())
        return url_for(".show", idea_id=idea_id)

    def show_again(stale: bool) -> str:
        saved = queries.idea(viewer(), idea_id)
        if stale:
            form.version.data = str(saved.version)
        return _form(form, saved.title, saved, conflict=differences(form, saved, ("title", "text")) if stale else [])

    return carry_out(form, act, show_again)


@blueprint.post(f"{ONE}/<any(vote, unvote):idea_wish>")
@signed_in
def vote(idea_id: int, idea_wish: str) -> ResponseReturnValue:
    """The viewer wants it too, or does not any more."""
    found = queries.idea(viewer(), idea_id)
    if not permissions.speaks(viewer()) or viewer().roles:
        raise NotFoundError(idea_id)
    act = service.vote if idea_wish == "vote" else service.take_back
    back = url_for(".show", idea_id=idea_id)
    return carry_out_at_once(ActionForm(), lambda: act(found, viewer=viewer(), at=now()), back)


@blueprint.route(f"{ONE}/contribute", methods=["GET", "POST"])
@signed_in
def contribute(idea_id: int) -> ResponseReturnValue:
    """Brings something in."""
    found = queries.idea(viewer(), idea_id)
    if not permissions.speaks(viewer()):
        raise NotFoundError(idea_id)
    earlier = next((one for one in queries.contributors(found) if one.user_id == current_user.id), None)
    form = ContributeForm(data={"text": earlier.text if earlier is not None else ""})

    def act() -> str:
        service.contribute(found, form.text.data or "", viewer=viewer(), at=now())
        return url_for(".show", idea_id=idea_id, _anchor="contributors")

    def show_again(_stale: bool) -> str:
        return _form(form, _("Contribute"), queries.idea(viewer(), idea_id))

    return carry_out(form, act, show_again, said=lambda: _("Thank you. You are named for it."))


@blueprint.post(f"{ONE}/contributors/<id:contributor_id>/delete")
@signed_in
def remove_contributor(idea_id: int, contributor_id: int) -> ResponseReturnValue:
    """Takes a contribution away: one's own, or for the vendor's people anybody's."""
    found = queries.idea(viewer(), idea_id)
    one = queries.contributor(found, contributor_id)
    if one.user_id != current_user.id and not permissions.may_open_decisions(viewer()):
        raise NotFoundError(contributor_id)
    back = url_for(".show", idea_id=idea_id, _anchor="contributors")
    return carry_out_at_once(
        ActionForm(), lambda: service.remove_contributor(found, one, by=current_user, at=now()), back, _("Removed.")
    )


@blueprint.route(f"{ONE}/answer", methods=["GET", "POST"])
@partner_manager
def answer(idea_id: int) -> ResponseReturnValue:
    """What the vendor says to it."""
    found = queries.idea(viewer(), idea_id)
    form = IdeaAnswerForm(data=answer_values(found)).offer(rules.leads(found.kind, found.state))

    def act() -> str:
        service.answer(found, form.said(), version=version_in(form), by=current_user, at=now())
        return url_for(".show", idea_id=idea_id, _anchor="answer")

    def show_again(stale: bool) -> str:
        saved = queries.idea(viewer(), idea_id)
        form.offer(rules.leads(saved.kind, saved.state))
        if stale:
            form.version.data = str(saved.version)
        conflict = differences(form, saved, ("answer", "experiment", "outcome")) if stale else []
        return _form(form, _("Answer"), saved, lead=saved.text, conflict=conflict)

    return carry_out(form, act, show_again, said=lambda: _("Answered."))


@blueprint.route(f"{ONE}/decide", methods=["GET", "POST"])
@partner_manager
def decide(idea_id: int) -> ResponseReturnValue:
    """Opens a decision about it."""
    found = queries.idea(viewer(), idea_id)
    form = ChoiceForm(data={"title": found.title})

    def act() -> str:
        made = service.open_decision(found, form.title.data or "", form.problem.data or "", viewer=viewer(), at=now())
        return url_for("decisions.show", decision_id=made.id)

    def show_again(_stale: bool) -> str:
        return _form(form, _("Open a decision"), queries.idea(viewer(), idea_id), lead=found.text)

    return carry_out(form, act, show_again, said=lambda: _("Opened."))
