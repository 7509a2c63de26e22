"""What partners see of a call: the call itself, and their own company's proposals."""

from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.agenda.calls import queries, rules, service
from eventapp.agenda.calls.forms import ProposalForm, proposal_values
from eventapp.agenda.calls.models import PROPOSAL_LABELS, SessionProposal
from eventapp.agenda.content import queries as content
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.audiences import public
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.partners import queries as partners
from eventapp.partners.audiences import company_admin, viewer

blueprint = Blueprint("calls", __name__)
BASE = "/events/<slug:slug>/call"


@blueprint.get(BASE)
@public
def show(slug: str) -> str:
    """The call, and for a company's admins what they have proposed."""
    event = events.event_by_slug(viewer(), slug)
    call = queries.call_of(event)
    if call is None:
        raise NotFoundError(slug)
    return render_template(
        "agenda/calls/show.html",
        event=event,
        asked=call,
        at=now(),
        open=rules.is_open(call.opens_at, call.closes_at, now()),
        proposals=queries.own(viewer(), event),
        may_propose=bool(viewer().company_ids),
        states={s.value: label for s, label in PROPOSAL_LABELS.items()},
    )


def _form(event: Event, data: dict[str, Any] | None = None) -> ProposalForm:
    return ProposalForm(data=data).offer(content.types(event), content.tracks(event))


@blueprint.route(f"{BASE}/new", methods=["GET", "POST"])
@company_admin
def new(slug: str) -> ResponseReturnValue:
    """Proposes a session."""
    event = events.event_by_slug(viewer(), slug)
    (company,) = partners.organisations_of(viewer())
    if queries.call_of(event) is None:
        raise NotFoundError(slug)
    form = _form(event)

    def act() -> str:
        service.propose(event, company, form.details(), by=current_user, at=now())
        return url_for(".show", slug=slug)

    said = _("Proposed. You can change it until the call closes.")
    return carry_out(form, act, lambda _stale: _page(event, form, None), said=lambda: said)


@blueprint.route(f"{BASE}/<code:proposal_code>", methods=["GET", "POST"])
@company_admin
def edit(slug: str, proposal_code: str) -> ResponseReturnValue:
    """Changes a proposal of one's own company."""
    event = events.event_by_slug(viewer(), slug)
    found = queries.own_proposal(viewer(), event, proposal_code)
    form = _form(event, proposal_values(found, queries.speakers_of(found)))

    def act() -> str:
        version = version_in(form)
        service.change(found, form.details(), version=version, by=current_user, at=now())
        return url_for(".show", slug=slug)

    def show_again(stale: bool) -> str:
        saved = queries.own_proposal(viewer(), event, proposal_code)
        conflict = []
        if stale:
            form.version.data = str(saved.version)
            rows = [(form[n].label.text, form[n].data or "", getattr(saved, n)) for n in ("title", "abstract", "notes")]
            conflict = [row for row in rows if row[1] != row[2]]
        return _page(event, form, saved, conflict)

    return carry_out(form, act, show_again)


def _page(
    event: Event, form: ProposalForm, proposal: SessionProposal | None, conflict: list[tuple[str, str, str]] | None = None
) -> str:
    return render_template(
        "agenda/calls/form.html",
        event=event,
        form=form,
        proposal=proposal,
        has_errors=form.refused,
        conflict=conflict or [],
        back=url_for(".show", slug=event.slug),
    )


@blueprint.post(f"{BASE}/<code:proposal_code>/withdraw")
@company_admin
def withdraw(slug: str, proposal_code: str) -> ResponseReturnValue:
    """Takes a proposal back."""
    event = events.event_by_slug(viewer(), slug)
    found = queries.own_proposal(viewer(), event, proposal_code)
    return carry_out_at_once(
        ActionForm(),
        lambda: service.withdraw(found, by=current_user, at=now()),
        url_for(".show", slug=slug),
        _("Withdrawn."),
    )
