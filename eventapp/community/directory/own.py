"""One's own entry, and that of one's company."""

from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.community.directory import queries, service
from eventapp.community.directory.forms import CompanyListingForm, PersonListingForm, listing_values
from eventapp.community.languages import language_names
from eventapp.community.models import Listing
from eventapp.community.pages import page
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.audiences import may_open
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.partners import queries as partners
from eventapp.partners.audiences import company_admin, company_member, viewer
from eventapp.partners.company import queries as companies
from eventapp.privacy import texts
from eventapp.privacy.models import ConsentKind

blueprint = Blueprint("community_own", __name__)
NAMES = ("headline", "about", "looking_for", "offering")


def _differences(form: Any, saved: Listing | None) -> list[tuple[str, str, str]]:
    """What somebody else saved meanwhile, beside what was typed: label, yours, theirs."""
    rows = [(str(form[n].label.text), form[n].data or "", getattr(saved, n, "")) for n in NAMES]
    return [row for row in rows if row[1] != row[2]]


def _person_id() -> int:
    """The person behind the viewer. Raises NotFoundError where nobody knows who that is."""
    seat = viewer().seat
    if seat is None or seat.person_id is None:
        raise NotFoundError
    return seat.person_id


@blueprint.route("/community/me", methods=["GET", "POST"])
@company_member
def me() -> ResponseReturnValue:
    """Puts oneself into the directory, or changes what stands there."""
    agrees = queries.agrees(_person_id())
    there = queries.own(viewer())
    interests, _countries = queries.chosen(there)
    form = PersonListingForm(data={**listing_values(there, interests, ()), "agree": False})
    form.offer(queries.interests(also=interests), list(language_names().items()))
    if agrees:
        # Agreed to this very text before: nobody is asked twice.
        del form.agree

    def act() -> str:
        service.list_person(viewer(), form.details(), version=version_in(form, -1), at=now())
        return url_for(".me")

    def show(stale: bool) -> str:
        again = queries.own(viewer())
        conflict = _differences(form, again) if stale else []
        if stale:
            form.version.data = str(again.version if again is not None else 0)
        seat = viewer().seat
        return page(
            "community/directory/me.html",
            "me",
            form=form,
            there=again,
            here=again is not None and seat is not None and again.organisation_id == seat.company_id,
            consent=texts.current(ConsentKind.COMMUNITY),
            conflict=conflict,
            has_errors=form.refused,
        )

    return carry_out(form, act, show, said=lambda: _("You stand in the directory."))


@blueprint.post("/community/me/withdraw")
@company_member
def withdraw() -> ResponseReturnValue:
    """Takes oneself out of the directory."""
    person_id = _person_id()
    said = _("You do not stand in the directory any more, and what you wrote is deleted.")
    return carry_out_at_once(
        ActionForm(), lambda: service.unlist_person(person_id, by=current_user, at=now()), url_for(".me"), said
    )


@blueprint.route("/community/company", methods=["GET", "POST"])
@company_admin
def company() -> ResponseReturnValue:
    """Prepares the entry of the own company, and shows it or not."""
    own = companies.company(viewer())
    there = queries.own_company(viewer())
    interests, codes = queries.chosen(there)
    form = CompanyListingForm(data={**listing_values(there, interests, codes)} or {"about": own.about})
    form.offer(queries.interests(also=interests), list(language_names().items()))
    form.countries.choices = [one for one in partners.countries() if one[0] != own.country_code]

    def act() -> str:
        details, shown = form.details(), bool(form.shown.data)
        service.list_company(own, details, shown=shown, version=version_in(form, -1), by=current_user, at=now())
        return url_for(".company")

    def show(stale: bool) -> str:
        again = queries.own_company(viewer())
        conflict = _differences(form, again) if stale else []
        if stale:
            form.version.data = str(again.version if again is not None else 0)
        return page(
            "community/directory/company.html",
            "company",
            form=form,
            there=again,
            company_name=companies.company(viewer()).name,
            conflict=conflict,
            has_errors=form.refused,
            may_open_entry=again is not None and again.listed_at is not None and may_open("community.show"),
        )

    return carry_out(form, act, show)
