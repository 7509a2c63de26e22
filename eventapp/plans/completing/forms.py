"""The form of a lesson."""

from wtforms import RadioField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from eventapp.core.forms import Form, TextField, required
from eventapp.core.i18n import _l
from eventapp.plans.models import LESSON_KIND_LABELS, LessonKind


class LessonForm(Form):
    """What somebody learnt."""

    kind = RadioField(
        _l("Kind"),
        [InputRequired(_l("Choose one."))],
        coerce=LessonKind,
        choices=lambda: [SelectChoice(one.value, str(text)) for one, text in LESSON_KIND_LABELS.items()],
    )
    text = TextField(_l("What you learnt"), [required(_l("Say what you learnt."))], length=1000, render_kw={"rows": 4})
