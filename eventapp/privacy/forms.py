"""Forms about privacy: needs, reasons, how long data is kept."""

from typing import Any

from wtforms import BooleanField, IntegerField, RadioField, SelectMultipleField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, NumberRange, StopValidation

from eventapp.core.forms import Form, LineField, OptionalInput, TextField, required
from eventapp.core.i18n import _, _l
from eventapp.privacy.rules import ALLERGENS, DIETS, KEPT
from eventapp.privacy.service import Answers


def _agreed(_form: Any, field: Any) -> None:
    if not field.data:
        raise StopValidation(_("Tick this so that we may keep your answers, or leave the page without saving."))


def _fits_diet(form: Any, field: Any) -> None:
    chosen = set(form.diet.data or ())
    if "other" in chosen and not field.data:
        raise StopValidation(_("Say in a few words what else you eat."))
    if field.data and "other" not in chosen:
        raise StopValidation(_("Tick “Something else” above, or empty this."))


def _one_or_the_other(_form: Any, field: Any) -> None:
    if "none" in (field.data or ()) and len(field.data) > 1:
        raise StopValidation(_("“I eat everything” does not go with another choice."))


class NeedsForm(Form):
    """What somebody needs at the table and at the door."""

    diet = SelectMultipleField(
        _l("What do you eat?"), [OptionalInput(), _one_or_the_other], choices=[SelectChoice(*pair) for pair in DIETS.items()]
    )
    diet_other = LineField(_l("What else?"), [_fits_diet], length=80)
    allergens = SelectMultipleField(
        _l("Which of these must you avoid?"), [OptionalInput()], choices=[SelectChoice(*pair) for pair in ALLERGENS.items()]
    )
    severe_allergy = BooleanField(_l("My allergy is severe: a trace is dangerous."))
    access = TextField(_l("What do you need to get around, hear, see or follow?"), length=1000, render_kw={"rows": 3})
    agreed = BooleanField(_l("I agree"), [_agreed])

    def answers(self) -> Answers:
        """What was filled in."""
        return Answers(
            self.diet.data or [],
            self.diet_other.data or "",
            self.allergens.data or [],
            bool(self.severe_allergy.data),
            self.access.data or "",
        )


class ObjectionForm(Form):
    """Objecting to being registered by others."""

    note = LineField(_l("Anything you want to tell the organizers?"), length=500)


class ReasonForm(Form):
    """Why somebody looks at what is confidential."""

    reason = LineField(_l("Why do you need it?"), [required(_l("Say why: it stands in the log."))], length=200)


class DataForm(ReasonForm):
    """Why somebody takes out all data of a person, and in which form."""

    shape = RadioField(
        _l("As"),
        [InputRequired(_l("Choose one."))],
        choices=[SelectChoice("page", _l("Readable page")), SelectChoice("json", _l("JSON file"))],
        default="page",
    )


class KeptForm(Form):
    """How many days each kind of data is kept."""


for _kept in KEPT:
    setattr(
        KeptForm,
        _kept.kind,
        IntegerField(
            _kept.label,
            [
                InputRequired(_l("Enter a number of days.")),
                NumberRange(
                    _kept.least,
                    _kept.most,
                    _l("Enter a number from %(least)s to %(most)s.", least=_kept.least, most=_kept.most),
                ),
            ],
            render_kw={"min": _kept.least, "max": _kept.most, "inputmode": "numeric"},
        ),
    )
