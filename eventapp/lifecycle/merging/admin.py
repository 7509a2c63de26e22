"""Organizer pages for merging: choose, see every consequence in numbers, merge, undo."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer
from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.email import EmailError, normal_address
from eventapp.core.errors import RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _, _l
from eventapp.core.saving import saving
from eventapp.lifecycle.merging import companies, people, queries
from eventapp.lifecycle.merging.forms import MergeForm
from eventapp.lifecycle.models import Merge, MergeKind
from eventapp.lifecycle.trial import carrying_out
from eventapp.partners import queries as partners
from eventapp.partners.audiences import viewer
from eventapp.partners.models import Person

blueprint = Blueprint("merging_admin", __name__)

COUNT_LABELS = {
    "people": _l("People who come along"),
    "people_in_both": _l("People who belong to both, once from now on"),
    "registrations": _l("Registrations that move"),
    "events": _l("Events whose company places are put together"),
    "over_quota": _l("Places above the quota, which stand until somebody cancels"),
    "promoted": _l("People who move up from the waiting list and are told"),
    "cancelled": _l("Registrations that are cancelled, since both are registered"),
    "domains": _l("Mail domains"),
    "identifiers": _l("Register numbers"),
    "names": _l("Names that stay findable as other names"),
    "relations": _l("Connections to other companies"),
    "memberships": _l("Memberships that move"),
    "addresses": _l("Mail addresses"),
    "consents": _l("Consents"),
    "logins": _l("Logins that are disabled, since both have one"),
}


@blueprint.get("/admin/merges/")
@organizer
def index() -> str:
    """What was merged, and can be undone for 30 days."""
    return render_template("lifecycle/merging/index.html", merges=queries.merges(viewer()), now=now(), labels=COUNT_LABELS)


@blueprint.route("/admin/companies/<id:organisation_id>/merge", methods=["GET", "POST"])
@organizer
def company(organisation_id: int) -> ResponseReturnValue:
    """Merges this company with another one."""
    this = partners.organisation(viewer(), organisation_id)
    return _merging(
        this,
        lambda text: partners.company_named(text, "other"),
        companies.merge,
        lambda kept: url_for("partners_admin.show", organisation_id=kept.id),
        "lifecycle/merging/company.html",
        lambda one: [
            (_("Programme ID"), one.programme_id or "–"),
            (_("Country"), one.country_code),
            (_("Mail domains"), ", ".join(partners.domains_of(one.id)) or "–"),
        ],
        lambda: queries.similar_companies(this),
    )


@blueprint.route("/admin/people/<id:person_id>/merge", methods=["GET", "POST"])
@organizer
def person(person_id: int) -> ResponseReturnValue:
    """Merges this person with another one."""

    def other(text: str) -> Person:
        try:
            found = partners.person_by_address(normal_address(text))
        except EmailError:
            found = None
        if found is None:
            raise RuleError(_("Nobody has this address. Copy it from the person's page."), "other", 422)
        return found

    this = queries.person(viewer(), person_id)
    return _merging(
        this,
        other,
        people.merge,
        lambda _kept: url_for(".index"),
        "lifecycle/merging/person.html",
        lambda one: [
            (_("Addresses"), ", ".join(queries.addresses_of(one.id)) or "–"),
            (_("Companies"), ", ".join(queries.companies_of(one.id)) or "–"),
            (_("Login"), _("yes") if one.user_id else _("no")),
        ],
        lambda: queries.similar_people(this),
    )


def _merging(
    this: Any,
    find: Callable[[str], Any],
    merge: Callable[..., Merge],
    page_of: Callable[[Any], str],
    template: str,
    facts: Callable[[Any], list[tuple[str, str]]],
    similar: Callable[[], Any],
) -> ResponseReturnValue:
    """Page one: the other one and which stays. Page two: what will happen, from the very code that does it."""
    form = MergeForm(data={"other": request.args.get("other", "")})
    status, made, other, other_id = 200, None, None, None
    if form.validate_on_submit():
        this_id = this.id
        doing = form.step.data == "merge"
        with carrying_out(form, doing) as saved:
            other = find(form.other.data or "")
            other_id = other.id
            kept, dropped = (this, other) if form.keep.data == "this" else (other, this)
            made = merge(kept, dropped, by=current_user, at=now())
            saved.location = page_of(kept)
        if doing and saved.ok:
            flash(_("Merged. It can be undone for 30 days, under Merges."), "success")
            return redirect(saved.location)
        status = 200 if saved.ok else saved.status
        made = made if saved.ok else None
        db.session.expire_all()
        this = db.session.get_one(type(this), this_id)
        other = db.session.get(type(this), other_id) if other_id is not None else None
    elif request.method == "POST":
        status = 422
    form.step.data = "merge" if made is not None else "check"
    page = render_template(
        template,
        form=form,
        this=this,
        other=other,
        made=made,
        numbers=_numbers(made),
        facts=facts,
        similar=similar() if made is None else [],
        has_errors=form.refused,
    )
    return page, status


def _numbers(made: Merge | None) -> list[tuple[str, int]]:
    counts = made.counts if made is not None else {}
    return [(str(label), counts[key]) for key, label in COUNT_LABELS.items() if counts.get(key)]


@blueprint.post("/admin/merges/<id:merge_id>/undo")
@organizer
def undo(merge_id: int) -> ResponseReturnValue:
    """Makes two of one again."""
    made = queries.merge(viewer(), merge_id)
    form = ActionForm()
    with saving(form) as saved:
        act = companies.undo if made.kind is MergeKind.COMPANY else people.undo
        act(made, by=current_user, at=now())
        saved.location = url_for(".index")
    if saved.ok:
        flash(_("Undone. %(name)s is there again.", name=made.dropped_name), "success")
    elif saved.error is not None:
        flash(saved.error.message, "danger")
    return redirect(url_for(".index"))
