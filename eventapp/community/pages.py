"""What the pages of the community share: their tabs."""

from typing import Any

from flask import render_template, url_for

from eventapp.core.i18n import _l
from eventapp.core.web.audiences import may_open

TABS = (
    ("directory", _l("Directory"), "community.index"),
    ("meetings", _l("Meetings"), "meetings.index"),
    ("me", _l("My entry"), "community_own.me"),
    ("company", _l("Our company's entry"), "community_own.company"),
    ("onboarding", _l("First steps"), "onboarding.index"),
    ("buddies", _l("Buddies"), "buddies.index"),
    ("newcomers", _l("Newcomers"), "newcomers_admin.index"),
    ("items", _l("First steps"), "onboarding_admin.index"),
    ("interests", _l("Interests"), "community_interests.index"),
)


def page(template: str, active: str, **values: Any) -> str:
    """A page of the community with the tabs that the visitor may open."""
    tabs = [(str(label), url_for(endpoint), key == active) for key, label, endpoint in TABS if may_open(endpoint)]
    return render_template(template, subnav=tabs if len(tabs) > 1 else [], **values)
