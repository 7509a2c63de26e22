"""The list of first steps, for those who say what newcomers do first."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, partner_reader
from eventapp.community.models import FACT_LABELS
from eventapp.community.onboarding import queries, service
from eventapp.community.onboarding.forms import ItemForm, item_values
from eventapp.community.pages import page
from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.web.audiences import may_open
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in

blueprint = Blueprint("onboarding_admin", __name__)


@blueprint.get("/admin/community/first-steps/")
@partner_reader
def index() -> str:
    """All items in their order."""
    return page(
        "community/onboarding/admin/index.html",
        "items",
        items=queries.items(all_of_them=True),
        facts=FACT_LABELS,
        may_change=may_open("onboarding_admin.new"),
    )


@blueprint.route("/admin/community/first-steps/new", methods=["GET", "POST"])
@organizer
def new() -> ResponseReturnValue:
    """Asks something more of newcomers."""
    form = ItemForm()
    del form.active

    def act() -> str:
        service.add_item(form.details(), by=current_user, at=now())
        return url_for(".index")

    def show(_stale: bool) -> str:
        return page("community/onboarding/admin/item.html", "items", form=form, item=None, conflict=[], has_errors=form.refused)

    return carry_out(form, act, show)


@blueprint.route("/admin/community/first-steps/<id:first_step>", methods=["GET", "POST"])
@organizer
def edit(first_step: int) -> ResponseReturnValue:
    """Changes an item, or asks it no more."""
    found = queries.item(first_step)
    form = ItemForm(data=item_values(found))

    def act() -> str:
        service.change_item(found, form.details(), version=version_in(form), by=current_user, at=now())
        return url_for(".index")

    def show(stale: bool) -> str:
        again = queries.item(first_step)
        conflict = []
        if stale:
            typed = [(form[n].label.text, form[n].data or "", getattr(again, n)) for n in ("title", "help")]
            conflict = [row for row in typed if row[1] != row[2]]
            form.version.data = str(again.version)
        return page(
            "community/onboarding/admin/item.html", "items", form=form, item=again, conflict=conflict, has_errors=form.refused
        )

    return carry_out(form, act, show)


@blueprint.post("/admin/community/first-steps/<id:first_step>/<any(up, down):item_way>")
@organizer
def move(first_step: int, item_way: str) -> ResponseReturnValue:
    """Puts an item one place up or down."""
    found = queries.item(first_step)
    return carry_out_at_once(
        ActionForm(), lambda: service.move_item(found, item_way == "up", by=current_user, at=now()), url_for(".index")
    )
