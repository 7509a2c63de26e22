"""Forms of the directory."""

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, HiddenField, SelectMultipleField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from eventapp.community.directory.service import ListingDetails
from eventapp.community.models import Interest, Listing
from eventapp.core.forms import Form, LineField, OptionalInput, TextField, required
from eventapp.core.i18n import _l


def ticks(label: Any, description: Any = "") -> SelectMultipleField:
    """Several of a list, as boxes to tick."""
    boxes = {"option_widget": CheckboxInput(), "widget": ListWidget(prefix_label=False)}
    return SelectMultipleField(label, [OptionalInput()], description=description, **boxes)


class _ListingForm(Form):
    """What companies and people say alike."""

    version = HiddenField(default="0")
    headline = LineField(_l("In one line"), length=150)
    about = TextField(_l("What you do"), length=1000, render_kw={"rows": 4})
    looking_for = TextField(_l("What you look for"), length=500, render_kw={"rows": 3})
    offering = TextField(_l("What you offer"), length=500, render_kw={"rows": 3})
    interests = ticks(_l("Interests"), _l("Up to ten. Others find you by them."))
    languages = ticks(_l("Languages"))

    def offer(self, interests: Sequence[tuple[int, str]], languages: Sequence[tuple[str, str]]) -> None:
        """Offers interests and languages to choose from."""
        self.interests.choices = [(str(id_), name) for id_, name in interests]
        self.languages.choices = list(languages)

    def details(self) -> ListingDetails:
        """The checked input."""
        countries = self["countries"].data if "countries" in self else []
        return ListingDetails(
            headline=self.headline.data or "",
            about=self.about.data or "",
            looking_for=self.looking_for.data or "",
            offering=self.offering.data or "",
            languages=tuple(self.languages.data or ()),
            interests=tuple(int(one) for one in self.interests.data or ()),
            countries=tuple(countries or ()),
        )


class CompanyListingForm(_ListingForm):
    """The entry of a company."""

    countries = ticks(_l("Further countries you work in"))
    shown = BooleanField(
        _l("Show our company in the directory"),
        description=_l("Everybody of partner companies and of the vendor who is logged in reads it. No address is shown."),
    )


class PersonListingForm(_ListingForm):
    """The entry of a person."""

    agree = BooleanField(_l("I agree"), [InputRequired(_l("Without your consent you are not shown."))])


def listing_values(listing: Listing | None, interests: Sequence[int], countries: Sequence[str]) -> dict[str, Any]:
    """An entry as the form shows it."""
    if listing is None:
        return {}
    values = {name: getattr(listing, name) for name in ("headline", "about", "looking_for", "offering", "languages")}
    chosen = {"interests": [str(one) for one in interests], "countries": list(countries)}
    return {**values, **chosen, "version": str(listing.version), "shown": listing.listed_at is not None}


class InterestForm(Form):
    """A word of the vocabulary."""

    name = LineField(_l("Interest"), [required(_l("Write a word or two."))], length=80)
    active = BooleanField(_l("Offered to choose from"), default=True)


def interest_values(interest: Interest) -> dict[str, Any]:
    """A word as the form shows it."""
    return {"name": interest.name, "active": interest.active}
