"""Forms of reviews."""

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import HiddenField, IntegerField, SelectField, SelectMultipleField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from eventapp.core.forms import Day, Form, LineField, OptionalInput, TextField, required
from eventapp.core.i18n import _, _l
from eventapp.core.times import zones
from eventapp.events.moments import LocalMoment, MomentsForm, which_field
from eventapp.plans.models import PLAN_FUNCTION_LABELS, PlanMember, Side
from eventapp.plans.reviews.holding import Held
from eventapp.plans.reviews.planning import Details
from eventapp.plans.reviews.rules import LONGEST, SHORTEST, USUAL

LONGEST_MINUTES = 8000


class People(SelectMultipleField):
    """Several people of a side, ticked."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("", [OptionalInput()], coerce=int, **kwargs)


def offer_people(form: Form, name: str, people: Iterable[PlanMember], labels: Mapping[Side, str]) -> None:
    """Puts the people of each side into its field (`name_a`, `name_b`), with what they do."""
    there = list(people)
    for side in Side:
        field: Any = form[f"{name}_{side}"]
        field.label.text = labels[side]
        field.choices = [
            SelectChoice(one.id, f"{one.name} ({PLAN_FUNCTION_LABELS[one.function]})") for one in there if one.side is side
        ]


def ticked(form: Form, name: str) -> frozenset[int]:
    """Who is ticked on both sides."""
    return frozenset(id_ for side in Side for id_ in form[f"{name}_{side}"].data or ())


class ReviewForm(MomentsForm):
    """When and where a review is held, and who is expected."""

    version = HiddenField(default="0")
    quarter = SelectField(_l("Quarter"), coerce=int)
    planned_at = LocalMoment(_l("Begins"), [InputRequired(_l("Choose a date and a time."))])
    planned_at_fold = which_field()
    time_zone = SelectField(
        _l("Time zone"), [required()], choices=[SelectChoice(name, name.replace("_", " ")) for name in zones()]
    )
    minutes_long = IntegerField(
        _l("Minutes"),
        [InputRequired(_l("Enter a number.")), NumberRange(SHORTEST, LONGEST, _l("A number from %(min)d to %(max)d."))],
        default=USUAL,
        description=_l("60 to 90 are usual."),
        render_kw={"inputmode": "numeric", "min": SHORTEST, "max": LONGEST},
    )
    place = LineField(_l("Place"), length=200, description=_l("A room, or a link. Only the two teams see it."))
    attendees_a = People()
    attendees_b = People()

    moment_names = ("planned_at",)

    def zone(self) -> str:
        """The zone that is chosen in this very form; empty while it is none."""
        return "" if self.time_zone.errors or self.time_zone.data not in zones() else self.time_zone.data

    def offer(self, quarters: Iterable[tuple[int, str]], team: Iterable[PlanMember], names: Mapping[Side, str]) -> None:
        """The quarters that have no review yet, and both teams."""
        self.quarter.choices = [SelectChoice(number, text) for number, text in quarters]
        offer_people(self, "attendees", team, {one: _("Expected of %(side)s", side=name) for one, name in names.items()})

    def details(self) -> Details:
        """The checked input."""
        moment = self.moments["planned_at"]
        assert moment is not None
        where = self.place.data or ""
        return Details(moment, self.time_zone.data, self.minutes_long.data or USUAL, where, ticked(self, "attendees"))


class HeldForm(Form):
    """What came of a review."""

    version = HiddenField()
    held_on = Day(_l("Held on"), [InputRequired(_l("Choose a day."))])
    present_a = People()
    present_b = People()
    minutes = TextField(
        _l("Minutes"),
        [required(_l("Write down what was said."))],
        length=LONGEST_MINUTES,
        description=_l("Markdown: **bold**, lists, links. Most of it looks ahead."),
        render_kw={"rows": 14},
    )
    next_on = Day(_l("Next review"), description=_l("Its day, if you have agreed on one."))

    def offer(self, people: Iterable[PlanMember], names: Mapping[Side, str]) -> None:
        """Everybody who may have been there."""
        offer_people(self, "present", people, {one: _("There of %(side)s", side=name) for one, name in names.items()})

    def held(self) -> Held:
        """The checked input."""
        return Held(self.held_on.data, ticked(self, "present"), self.minutes.data or "", self.next_on.data)


class AcceptForm(Form):
    """A button that says which state of the review was read."""

    version = HiddenField()
