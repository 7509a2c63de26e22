"""Forms of the waiting list."""

from typing import Any

from wtforms import BooleanField, HiddenField, IntegerField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import NumberRange

from eventapp.core.forms import Form, LineField, required
from eventapp.core.i18n import _l
from eventapp.events.models import Event
from eventapp.places.models import Order, Pool
from eventapp.registrations.waiting.settings import Settings

MOST_HOURS = 24 * 60

ORDER_LABELS = {
    Order.FIRST_COME: _l("First come, first served"),
    Order.ROUND_ROBIN: _l("Companies in turn: who has the fewest places is next"),
    Order.BY_RANK: _l("By tier: the highest tier first"),
}


def _hours(label: Any, least: int, description: Any) -> IntegerField:
    message = _l("Enter a whole number of hours from %(min)s to %(max)s.")
    return IntegerField(
        label,
        [required(), NumberRange(least, MOST_HOURS, message)],
        description=description,
        render_kw={"min": least, "max": MOST_HOURS, "inputmode": "numeric"},
    )


class SettingsForm(Form):
    """How the waiting lists of an event go. Each list has a field of its own, made by `for_pools`."""

    version = HiddenField(default="0")
    offer_hours = _hours(_l("An offer lasts (hours)"), 1, _l("For whoever lacks required answers when a place is free."))
    offer_within_hours = _hours(
        _l("Hours before the start from which everybody is asked"),
        0,
        _l("Before, whoever has given all answers is confirmed at once."),
    )
    short_offer_hours = _hours(_l("An offer then lasts (hours)"), 1, _l("Never longer than until the start."))
    groups_together = BooleanField(_l("Companies may say that their people only come all together"))

    @classmethod
    def for_pools(cls, event: Event, pools: list[tuple[Pool, str]]) -> "SettingsForm":
        """The form of an event, with a choice of order for each pool."""
        choices = [SelectChoice(order.value, label) for order, label in ORDER_LABELS.items()]
        orders = {f"order_{pool.id}": SelectField(name, choices=choices) for pool, name in pools}
        made = type("EventSettingsForm", (cls,), orders)(
            data={
                "version": str(event.version),
                "offer_hours": event.offer_hours,
                "offer_within_hours": event.offer_within_hours,
                "short_offer_hours": event.short_offer_hours,
                "groups_together": event.groups_together,
                **{f"order_{pool.id}": pool.order.value for pool, _name in pools},
            }
        )
        assert isinstance(made, SettingsForm)
        return made

    def orders(self) -> list[Any]:
        """The fields of the orders."""
        return [field for field in self if field.name.startswith("order_")]

    def settings(self) -> Settings:
        """What was filled in."""
        return Settings(
            {int(field.name.removeprefix("order_")): Order(field.data) for field in self.orders()},
            self.offer_hours.data,
            self.short_offer_hours.data,
            self.offer_within_hours.data,
            bool(self.groups_together.data),
        )


class MoveUpForm(Form):
    """Gives somebody a place before all others."""

    reason = LineField(_l("Reason"), [required(_l("Say why; it stands in the log."))], length=300)
    above = BooleanField(_l("Also if there is no free place: one more than the capacity"))
