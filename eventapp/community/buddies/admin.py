"""Newcomers as the vendor sees them: how far they are, who has no buddy yet, and who would suit them."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import partner_manager, partner_reader
from eventapp.community.buddies import listing, queries, service
from eventapp.community.buddies.forms import EndForm
from eventapp.community.languages import language_names
from eventapp.community.models import ProposedBy
from eventapp.community.onboarding import queries as onboarding
from eventapp.community.pages import page
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.carrying import carry_out, carry_out_at_once
from eventapp.partners import queries as partners
from eventapp.partners.audiences import viewer
from eventapp.partners.cohorts import Cohort, cohort_of
from eventapp.partners.territory.queries import company_to_change, may_change

blueprint = Blueprint("newcomers_admin", __name__)


@blueprint.get("/admin/community/newcomers/")
@partner_reader
def index() -> str:
    """All newcomers, the latest first."""
    found = listing.page(viewer(), url_for(".index"), request.args, now())
    return page(
        "community/buddies/admin/index.html",
        "newcomers",
        listing=found,
        progress=onboarding.progress_of(viewer(), [row.id for row in found.rows]),
        volunteers=sum(max(0, one.free) for one in queries.volunteers(now().date())),
    )


@blueprint.get("/admin/community/newcomers/<id:organisation_id>")
@partner_reader
def show(organisation_id: int) -> str:
    """One newcomer: first steps, buddy, and who would suit."""
    company, at = partners.organisation(viewer(), organisation_id), now()
    pair = queries.open_pair_of(company.id)
    may_act = may_change(viewer(), company.id)
    newcomer = cohort_of(company.partner_since, at.date()) is Cohort.NEWCOMER
    return page(
        "community/buddies/admin/show.html",
        "newcomers",
        company=company,
        progress=onboarding.own_progress(viewer(), company.id),
        pair=pair,
        buddy=queries.names_of([pair.buddy_id])[pair.buddy_id] if pair is not None else "",
        suggestions=queries.suggestions(company, at.date()) if pair is None and newcomer else [],
        newcomer=newcomer,
        former=queries.ended_pairs_of(company.id),
        languages=language_names(),
        may_act=may_act,
    )


@blueprint.post("/admin/community/newcomers/<id:organisation_id>/buddy/<id:buddy_company_id>")
@partner_manager
def propose(organisation_id: int, buddy_company_id: int) -> ResponseReturnValue:
    """Brings a newcomer and a pioneer together; both confirm."""
    company, at = company_to_change(viewer(), organisation_id), now()
    buddy = queries.volunteer(buddy_company_id, at.date())
    back = url_for(".show", organisation_id=organisation_id)
    return carry_out_at_once(
        ActionForm(),
        lambda: service.propose(company, buddy, ProposedBy.VENDOR, by=current_user, at=at),
        back,
        _("Both are asked to confirm."),
    )


@blueprint.route("/admin/community/newcomers/<id:organisation_id>/end", methods=["GET", "POST"])
@partner_manager
def end(organisation_id: int) -> ResponseReturnValue:
    """Ends what was agreed, or takes the proposal back."""
    company = company_to_change(viewer(), organisation_id)
    pair = queries.open_pair_of(company.id)
    if pair is None:
        raise NotFoundError(organisation_id)
    form = EndForm()

    def act() -> str:
        service.end(pair, form.reason.data or "", side=None, by=current_user, at=now())
        return url_for(".show", organisation_id=organisation_id)

    def show_again(_stale: bool) -> str:
        return page(
            "community/buddies/admin/end.html",
            "newcomers",
            form=form,
            company=company_to_change(viewer(), organisation_id),
            has_errors=form.refused,
        )

    return carry_out(form, act, show_again, said=lambda: _("Ended. Both get a mail."))
