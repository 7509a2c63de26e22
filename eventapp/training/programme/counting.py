"""For which of their companies people count who belong to several and hold a credential: the list, and the choice."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import ColumnElement, exists, func, select
from werkzeug.datastructures import MultiDict

from eventapp.accounts.audiences import organizer, partner_reader
from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.tables import Column, Listing, Table
from eventapp.core.text import fold
from eventapp.partners.models import Membership, Organisation, Person
from eventapp.training.models import Certificate
from eventapp.training.programme import facts, service
from eventapp.training.programme.rules import counting
from eventapp.training.subnav import training_tabs

blueprint = Blueprint("programme_counting", __name__)


@blueprint.get("/admin/training/programme/people")
@partner_reader
def index() -> str:
    """People who hold a credential and belong to several companies, with the one that they count for."""
    today = now().date()
    listing = page(url_for(".index"), request.args, today)
    ids = [row.id for row in listing.rows]
    return render_template(
        "training/programme/admin/people.html",
        listing=listing,
        companies=companies_of(ids, today),
        counts_for=counting(facts.places_of(ids, today)),
        form=ActionForm(),
        subnav=training_tabs("programme"),
    )


@blueprint.post("/admin/training/programme/people/<id:person_id>")
@organizer
def choose(person_id: int) -> ResponseReturnValue:
    """Says for which of their companies somebody counts."""
    today, asked = now().date(), request.form.get("company", "")
    person = db.session.get(Person, person_id)
    theirs = dict(companies_of([person_id], today)[person_id])
    if person is None or not theirs:
        raise NotFoundError(person_id)
    company_id = next((one for one in theirs if str(one) == asked), None)
    with saving(ActionForm()) as saved:
        if company_id is None:
            raise RuleError(_("Choose one of the companies that the person belongs to."))
        service.count_for(person, db.session.get_one(Organisation, company_id), by=current_user, at=now())
        saved.location = url_for(".index")
    if saved.error is not None:
        flash(saved.error.message, "danger")
    elif company_id is not None:
        flash(_("%(name)s counts for %(company)s.", name=person.full_name, company=theirs[company_id]), "success")
    return redirect(url_for(".index"))


def page(path: str, args: MultiDict[str, str], today: date) -> Listing:
    """A page of the list."""
    several = (
        select(Membership.person_id)
        .where(facts.belongs_on(today))
        .group_by(Membership.person_id)
        .having(func.count(Membership.organisation_id.distinct()) > 1)
    )
    holds = exists().where(Certificate.person_id == Person.id, Certificate.credential_id.is_not(None))
    query = select(Person.id, Person.given_name, Person.family_name).where(Person.id.in_(several), holds)
    table = Table(
        path=path,
        columns=[Column("name", _("Name"), Person.sort_key), Column("company", _("Counts for"))],
        key=Person.id,
        default="name",
        search=_named,
        search_label=_("Name of a person"),
    )

    def totals(found: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
        people = query.where(*found).subquery()
        return [(db.session.scalar(select(func.count()).select_from(people)) or 0, _("people"))]

    return table.page(query, args, totals)


def _named(text: str) -> ColumnElement[bool] | None:
    return Person.sort_key.contains(fold(text), autoescape=True) if fold(text) else None


def companies_of(person_ids: Sequence[int], today: date) -> dict[int, list[tuple[int, str]]]:
    """By person the companies that they belong to on that day, by name."""
    query = (
        select(Membership.person_id, Organisation.id, Organisation.name)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id.in_(person_ids), facts.belongs_on(today))
        .order_by(Organisation.sort_key, Organisation.id)
    )
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for person_id, company_id, name in db.session.execute(query):
        found[person_id].append((company_id, name))
    return found
