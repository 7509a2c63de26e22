"""Organizer pages of the call: its dates, criteria, proposals, reviews and decisions."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader
from eventapp.agenda.calls import (
    jobs,  # noqa: F401 - registers the reminders of speakers
    queries,
    rules,
    service,
)
from eventapp.agenda.calls.forms import CallForm, CriterionForm, DecideForm, call_values, review_form
from eventapp.agenda.calls.models import PROPOSAL_LABELS, ProposalState, SessionCall, SessionProposal
from eventapp.agenda.content import queries as content
from eventapp.agenda.content.pages import page
from eventapp.agenda.models import AgendaSession
from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _, ngettext
from eventapp.core.saving import saving
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.partners.audiences import viewer

blueprint = Blueprint("calls_admin", __name__)
BASE = "/admin/events/<slug:slug>/agenda/call"


def hidden(call: SessionCall | None, proposal: SessionProposal) -> bool:
    """Whether reviewers may not yet see who proposes."""
    return call is not None and call.blind and proposal.state is ProposalState.SUBMITTED


@blueprint.get(f"{BASE}/")
@reader
def index(slug: str) -> str:
    """The call, and what was proposed, the best first."""
    event = events.event_by_slug(viewer(), slug)
    call = queries.call_of(event)
    asked = request.args.get("state", "")
    state = ProposalState(asked) if asked in set(ProposalState) else None
    found = queries.proposals(event, state)
    return page(
        "agenda/calls/index.html",
        event,
        "call",
        opened=call,
        open=call is not None and rules.is_open(call.opens_at, call.closes_at, now()),
        criteria=queries.criteria(event),
        proposals=[(row, score, reviews, hidden(call, row)) for row, score, reviews in found],
        states={s.value: label for s, label in PROPOSAL_LABELS.items()},
        state=state.value if state else "",
        form=DecideForm(),
    )


@blueprint.route(f"{BASE}/settings", methods=["GET", "POST"])
@organizer
def settings(slug: str) -> ResponseReturnValue:
    """When partners may propose, and what they are told."""
    event = events.event_by_slug(viewer(), slug)
    call = queries.call_of(event)
    form = CallForm(data=call_values(call, event.time_zone) if call else None).in_zone(event.time_zone)

    def act() -> str:
        version = version_in(form)
        service.set_call(event, form.details(), version=version, by=current_user, at=now())
        return url_for(".index", slug=slug)

    def show_again(stale: bool) -> str:
        conflict = []
        if stale:
            saved = queries.call_of(event)
            if saved is not None:
                form.version.data = str(saved.version)
                conflict = [(form.text.label.text, form.text.data or "", saved.text)]
        back = url_for(".index", slug=slug)
        return page("agenda/calls/settings.html", event, "call", form=form, has_errors=form.refused, back=back, conflict=conflict)

    return carry_out(form, act, show_again)


@blueprint.route(f"{BASE}/criteria", methods=["GET", "POST"])
@organizer
def criteria(slug: str) -> ResponseReturnValue:
    """What reviewers score."""
    event = events.event_by_slug(viewer(), slug)
    form = CriterionForm()

    def act() -> str:
        service.add_criterion(event, form["name"].data, form.weight.data or 1, by=current_user, at=now())
        return url_for(".criteria", slug=slug)

    def show_again(_stale: bool) -> str:
        return page(
            "agenda/calls/criteria.html",
            event,
            "call",
            form=form,
            criteria=queries.criteria(event),
            has_errors=form.refused,
            back=url_for(".index", slug=slug),
        )

    return carry_out(form, act, show_again, said=lambda: _("Added."))


@blueprint.post(f"{BASE}/criteria/<id:criterion_id>/delete")
@organizer
def delete_criterion(slug: str, criterion_id: int) -> ResponseReturnValue:
    """Takes a criterion away."""
    event = events.event_by_slug(viewer(), slug)
    criterion = next((one for one in queries.criteria(event) if one.id == criterion_id), None)
    if criterion is None:
        raise NotFoundError(criterion_id)
    return carry_out_at_once(
        ActionForm(),
        lambda: service.remove_criterion(event, criterion, by=current_user, at=now()),
        url_for(".criteria", slug=slug),
    )


@blueprint.route(f"{BASE}/proposals/<code:proposal_code>", methods=["GET", "POST"])
@organizer
def proposal(slug: str, proposal_code: str) -> ResponseReturnValue:
    """One proposal, its reviews, and one's own."""
    event = events.event_by_slug(viewer(), slug)
    found = queries.proposal(event, proposal_code)
    asked = queries.criteria(event)
    reviews = queries.reviews_of(found)
    mine = next((one for one in reviews if one.user_id == current_user.id), None)
    data: dict[str, Any] = {"remark": mine.remark if mine else ""}
    data |= {f"score_{key}": str(value) for key, value in (mine.scores if mine else {}).items()}
    form = review_form(asked, data)

    def act() -> str:
        service.review(found, form.scores(), form.remark.data or "", by=current_user, at=now())
        return url_for(".index", slug=slug)

    def show_again(_stale: bool) -> str:
        return _proposal_page(event, found.code, form)

    return carry_out(form, act, show_again, said=lambda: _("Your review is kept."))


def _proposal_page(event: Event, code: str, form: Any) -> str:
    found = queries.proposal(event, code)
    secret = hidden(queries.call_of(event), found)
    reviews = queries.reviews_of(found)
    asked = queries.criteria(event)
    weights = {one.id: one.weight for one in asked}
    return page(
        "agenda/calls/proposal.html",
        event,
        "call",
        proposal=found,
        speakers=[] if secret else queries.speakers_of(found),
        secret=secret,
        reviews=[(one, rules.score(weights, [one.scores])) for one in reviews],
        score=rules.score(weights, [one.scores for one in reviews]),
        states={s.value: label for s, label in PROPOSAL_LABELS.items()},
        type=next((t.name for t in content.types(event) if t.id == found.type_id), ""),
        track=next((t.name for t in content.tracks(event) if t.id == found.track_id), ""),
        session=_code_of_session(found),
        criteria=asked,
        form=form,
        has_errors=form.refused,
        back=url_for(".index", slug=event.slug),
    )


def _code_of_session(proposal: SessionProposal) -> str:
    session = db.session.get(AgendaSession, proposal.session_id) if proposal.session_id else None
    return session.code if session else ""


@blueprint.post(f"{BASE}/decide")
@organizer
def decide(slug: str) -> ResponseReturnValue:
    """Decides on the ticked proposals."""
    event = events.event_by_slug(viewer(), slug)
    form = DecideForm()
    codes = request.form.getlist("codes")[:500]
    back = url_for(".index", slug=slug)
    if not form.validate() or not codes:
        flash(_("Tick at least one proposal, and choose a decision."), "danger")
        return redirect(back)
    said = ""
    with saving(form) as saved:
        state = ProposalState(form.decision.data)
        done, refused = service.decide(event, codes, state, form.note.data or "", by=current_user, at=now())
        said = ngettext("%(num)s proposal decided.", "%(num)s proposals decided.", len(done))
        if refused:
            said += " " + ngettext("%(num)s was decided already.", "%(num)s were decided already.", len(refused))
        saved.location = back
    if saved.error is not None:
        flash(saved.error.message, "danger")
    elif said:
        flash(said, "success")
    return redirect(back)
