"""A company and its buddy: offering, asking, confirming, ending."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.community.buddies import queries, service
from eventapp.community.buddies.forms import EndForm, OfferForm
from eventapp.community.languages import language_names
from eventapp.community.models import ProposedBy
from eventapp.community.pages import page
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.partners.audiences import company_admin, company_reader, viewer
from eventapp.partners.cohorts import COHORT_LABELS, Cohort, cohort_of
from eventapp.partners.company import queries as companies
from eventapp.partners.models import Organisation
from eventapp.partners.permissions import may_run_company

blueprint = Blueprint("buddies", __name__)


@blueprint.get("/community/buddies")
@company_reader
def index() -> str:
    """What the company has to do with buddies: by how long it has been a partner."""
    company, at = companies.company(viewer()), now()
    cohort = cohort_of(company.partner_since, at.date())
    pairs = queries.pairs_of(viewer(), at)
    searching = cohort is Cohort.NEWCOMER and not any(one.pair.newcomer_id == company.id for one in pairs)
    return page(
        "community/buddies/index.html",
        "buddies",
        cohort=cohort,
        cohorts=COHORT_LABELS,
        is_newcomer=cohort is Cohort.NEWCOMER,
        is_pioneer=cohort is Cohort.PIONEER,
        pairs=pairs,
        searching=searching,
        suggestions=queries.suggestions(company, at.date()) if searching else [],
        languages=language_names(),
        offer=queries.offer_of(company.id),
        may_act=may_run_company(viewer()),
    )


def _pioneer() -> Organisation:
    """The company acted for, if it may be a buddy. Raises NotFoundError for all others."""
    company = companies.company(viewer())
    if cohort_of(company.partner_since, now().date()) is not Cohort.PIONEER:
        raise NotFoundError(company.id)
    return company


@blueprint.route("/community/buddies/offer", methods=["GET", "POST"])
@company_admin
def offer() -> ResponseReturnValue:
    """Offers to look after newcomers."""
    company = _pioneer()
    there = queries.offer_of(company.id)
    data = {"note": there.note, "most": there.most, "version": str(there.version)} if there is not None else None
    form = OfferForm(data=data)

    def act() -> str:
        seat = viewer().seat
        contact_id, version = seat.person_id if seat is not None else None, version_in(form, -1)
        note, most = form.note.data or "", form.most.data or 1
        service.offer(company, note, most, contact_id=contact_id, version=version, by=current_user, at=now())
        return url_for(".index")

    def show(stale: bool) -> str:
        again = queries.offer_of(company.id)
        if stale:
            form.version.data = str(again.version if again is not None else 0)
        saved = [(form.note.label.text, form.note.data or "", again.note)] if stale and again is not None else []
        return page("community/buddies/offer.html", "buddies", form=form, there=again, conflict=saved, has_errors=form.refused)

    return carry_out(form, act, show, said=lambda: _("Thank you. Newcomers who look for a buddy find you."))


@blueprint.post("/community/buddies/offer/stop")
@company_admin
def stop() -> ResponseReturnValue:
    """Takes nobody more on."""
    company = companies.company(viewer())
    said = _("You take nobody more on.")
    return carry_out_at_once(
        ActionForm(), lambda: service.stop_offering(company, by=current_user, at=now()), url_for(".index"), said
    )


@blueprint.post("/community/buddies/ask/<id:buddy_company_id>")
@company_admin
def ask(buddy_company_id: int) -> ResponseReturnValue:
    """A newcomer asks a pioneer to be its buddy."""
    company, at, seat = companies.company(viewer()), now(), viewer().seat
    if cohort_of(company.partner_since, at.date()) is not Cohort.NEWCOMER:
        raise NotFoundError(buddy_company_id)
    buddy = queries.volunteer(buddy_company_id, at.date())
    contact_id = seat.person_id if seat is not None else None

    def act() -> None:
        service.propose(company, buddy, ProposedBy.NEWCOMER, contact_id=contact_id, by=current_user, at=at)

    return carry_out_at_once(ActionForm(), act, url_for(".index"), _("Asked. You get a mail when they have answered."))


@blueprint.post("/community/buddies/<id:pair_id>/confirm")
@company_admin
def confirm(pair_id: int) -> ResponseReturnValue:
    """Says yes, or takes over as the contact."""
    found, side = queries.pair(viewer(), pair_id)
    return carry_out_at_once(
        ActionForm(), lambda: service.confirm(found, side, viewer=viewer(), at=now()), url_for(".index"), _("Confirmed.")
    )


@blueprint.route("/community/buddies/<id:pair_id>/end", methods=["GET", "POST"])
@company_admin
def end(pair_id: int) -> ResponseReturnValue:
    """Says no, or that it is over."""
    found, side = queries.pair(viewer(), pair_id)
    form = EndForm()

    def act() -> str:
        service.end(found, form.reason.data or "", side=side, by=current_user, at=now())
        return url_for(".index")

    def show(_stale: bool) -> str:
        again, _side = queries.pair(viewer(), pair_id)
        return page("community/buddies/end.html", "buddies", form=form, pair=again, has_errors=form.refused)

    return carry_out(form, act, show, said=lambda: _("Ended. The other company gets a mail."))
