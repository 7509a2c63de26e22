"""The vocabulary that everybody chooses interests from."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, partner_reader
from eventapp.community.directory import queries, service
from eventapp.community.directory.forms import InterestForm, interest_values
from eventapp.community.pages import page
from eventapp.core.clock import now
from eventapp.core.web.audiences import may_open
from eventapp.core.web.carrying import carry_out

blueprint = Blueprint("community_interests", __name__)


@blueprint.get("/admin/community/interests/")
@partner_reader
def index() -> str:
    """All words, with how many have chosen each."""
    return page(
        "community/directory/admin/interests.html",
        "interests",
        rows=queries.all_interests(),
        may_change=may_open("community_interests.new"),
    )


@blueprint.route("/admin/community/interests/new", methods=["GET", "POST"])
@organizer
def new() -> ResponseReturnValue:
    """Adds a word."""
    form = InterestForm()
    del form.active

    def act() -> str:
        service.add_interest(form.name.data or "", by=current_user, at=now())
        return url_for(".index")

    def show(_stale: bool) -> str:
        return page("community/directory/admin/interest.html", "interests", form=form, interest=None, has_errors=form.refused)

    return carry_out(form, act, show)


@blueprint.route("/admin/community/interests/<id:interest_id>", methods=["GET", "POST"])
@organizer
def edit(interest_id: int) -> ResponseReturnValue:
    """Renames a word, or offers it no more."""
    found = queries.interest(interest_id)
    form = InterestForm(data=interest_values(found))

    def act() -> str:
        service.change_interest(found, form.name.data or "", active=bool(form.active.data), by=current_user, at=now())
        return url_for(".index")

    def show(_stale: bool) -> str:
        again = queries.interest(interest_id)
        return page("community/directory/admin/interest.html", "interests", form=form, interest=again, has_errors=form.refused)

    return carry_out(form, act, show)
