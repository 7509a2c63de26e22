"""The form as one kind of participant sees it. Nothing that is typed there is kept."""

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from wtforms import SelectField
from wtforms.fields import SelectChoice

from eventapp.core.clock import now
from eventapp.core.forms import Form
from eventapp.core.i18n import _, _l
from eventapp.events import queries as events
from eventapp.events.admission import queries as admission
from eventapp.events.models import Event
from eventapp.partners.models import PartnerType
from eventapp.questions import queries
from eventapp.questions.fields import Answers, Offer
from eventapp.questions.pages import Place, facts_of, stages_of
from eventapp.questions.rules.asked import Facts
from eventapp.questions.rules.paths import World


class AsForm(Form):
    """As whom the form is looked at."""

    type = SelectField(_l("Type of the company"))
    tier = SelectField(_l("Tier of the company"))
    mode = SelectField(_l("Way to take part"))
    kind = SelectField(_l("Comes as"))


def world_of(event: Event) -> World:
    """Who could fill in the form: every type, every tier and none, each way to take part."""
    return World(
        types=tuple(t.value for t in PartnerType),
        tiers=(*(tier.key for tier in events.tiers()), ""),
        modes=tuple(mode.value for mode in event.modes),
        kinds=tuple(str(kind.id) for kind in admission.kinds_of(event.id)) or ("",) if event.restricted else ("",),
    )


def preview_page(place: Place, args: MultiDict[str, str], typed: MultiDict[str, Any] | None) -> ResponseReturnValue:
    """The preview: `args` say as whom, `typed` are answers that are tried out."""
    event = place.event
    assert event is not None, "the library has no preview"
    chooser = AsForm(formdata=None)
    chosen: dict[str, str] = {}
    for name, _label, values in facts_of(event):
        choices = [SelectChoice(value, text) for value, text in values]
        if name == "tier":
            choices.append(SelectChoice("", _("No tier")))
        known = [choice.value for choice in choices]
        asked = args.get(name, "")
        chosen[name] = asked if asked in known else (known or [""])[0]
        chooser[name].choices, chooser[name].data = choices, chosen[name]
    facts = Facts(types=frozenset({chosen["type"]}), tier=chosen["tier"], mode=chosen["mode"], kind=chosen.get("kind", ""))
    offer = Offer(queries.country_names(), {}, queries.option_pools(event.id))
    sections = queries.form_of(event.id)
    answers = Answers(sections, facts, now=now(), formdata=typed, offer=offer)
    checked = typed is not None and "try" in typed and answers.validate()
    return render_template(
        "questions/admin/preview.html",
        chooser=chooser,
        answers=answers,
        stages=stages_of(sections),
        good=checked,
        **place.context(),
    )
