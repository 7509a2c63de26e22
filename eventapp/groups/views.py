"""A company's page: where its own people sit."""

from flask import Blueprint, render_template

from eventapp.groups import queries
from eventapp.groups.rules.words import group_label, when_text
from eventapp.partners.audiences import company_reader, viewer
from eventapp.partners.company.subnav import company_name, company_tabs

blueprint = Blueprint("company_groups", __name__)


@blueprint.get("/company/groups/")
@company_reader
def index() -> str:
    """The announced places of the company's people, by event and activity. Of others in their groups nothing is said."""
    sets: dict[int, tuple[str, str, str, str, str, list[tuple[str, str]]]] = {}
    for found, group, title, slug, zone, _id, name in queries.places_of_company(viewer()):
        line = sets.setdefault(found.id, (title, slug, found.name, found.place, when_text(found, zone), []))
        line[-1].append((name, group_label(found.kind, group.number, group.name)))
    return render_template(
        "groups/company.html", sets=list(sets.values()), subnav=company_tabs("registrations"), subnav_title=company_name()
    )
