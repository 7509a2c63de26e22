"""Forms of templates."""

from collections.abc import Sequence

from wtforms import BooleanField, HiddenField, SelectField
from wtforms.fields import SelectChoice

from eventapp.core.forms import Form, LineField, TextField, required
from eventapp.core.i18n import _, _l
from eventapp.plans.content.lines import choice_field, whom
from eventapp.plans.founding.blanks import SectionDetails
from eventapp.plans.models import KIND_LABELS, SECTION_KIND_LABELS, PlanTemplate


class TemplateForm(Form):
    """What a template is called and for."""

    version = HiddenField(default="0")
    name = LineField(_l("Name"), [required(_l("Give it a name."))], length=120)
    description = TextField(_l("Description"), length=500, render_kw={"rows": 3})


class NewTemplateForm(TemplateForm):
    """A new one."""

    kind = choice_field(_l("Kind"), KIND_LABELS)
    like = SelectField(_l("With the sections of"), coerce=whom)

    def offer(self, templates: Sequence[PlanTemplate]) -> None:
        """The templates that there are."""
        self.like.choices = [SelectChoice("", _("None")), *(SelectChoice(str(one.id), one.name) for one in templates)]


class SectionForm(Form):
    """A section of a template."""

    version = HiddenField(default="0")
    title = LineField(_l("Title"), [required(_l("Give it a title."))], length=120)
    key = LineField(
        _l("Key"),
        [required(_l("Give it a key."))],
        length=40,
        description=_l("Names it in addresses and in what is signed, like “objectives”."),
    )
    kind = choice_field(_l("Holds"), SECTION_KIND_LABELS)
    help = LineField(_l("What belongs there"), length=500)
    required = BooleanField(_l("Has to be agreed by both sides before the plan is signed"))
    starts_with = TextField(
        _l("Initiatives to begin with"),
        length=1000,
        description=_l("One on each line. In alliances these are the workstreams."),
        render_kw={"rows": 4},
    )

    def details(self) -> SectionDetails:
        """What was typed."""
        begins = "\n".join(line.strip()[:150] for line in (self.starts_with.data or "").splitlines() if line.strip())
        said = (self.key.data or "", self.kind.data, self.title.data or "", self.help.data or "", bool(self.required.data))
        return SectionDetails(*said, begins)
