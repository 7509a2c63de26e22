"""Forms about group sets."""

from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import BooleanField, HiddenField, IntegerField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from eventapp.core.forms import Form, LineField, OptionalInput, required
from eventapp.core.i18n import _l
from eventapp.events.models import MODE_LABELS, AdmissionKind, Event, Mode
from eventapp.events.moments import LocalMoment, MomentsForm, which_field
from eventapp.groups.models import KIND_LABELS, Group, GroupKind, GroupSet
from eventapp.groups.service.material import MOST_PIECES
from eventapp.groups.service.sets import MOST_GROUPS, MOST_PEOPLE, GroupDetails, SetDetails
from eventapp.registrations.desk.models import Tag

EITHER = "either"


def whole_number(label: Any, least: int, most: int, **kwargs: Any) -> IntegerField:
    """A whole number within bounds."""
    message = _l("Enter a whole number from %(min)s to %(max)s.")
    attributes = {"min": least, "max": most, "inputmode": "numeric"}
    return IntegerField(
        label, [InputRequired(_l("Enter a number.")), NumberRange(least, most, message)], render_kw=attributes, **kwargs
    )


class _Ticks(SelectMultipleField):
    """Several of a list, as check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class SetForm(MomentsForm):
    """What a set is for, where and when, and who takes part."""

    moment_names = ("starts_at",)

    version = HiddenField(default="0")
    name = LineField(_l("Name"), [required(_l("Say what the groups are for, like Drumming or Gala dinner."))], length=120)
    kind = RadioField(
        _l("What are the groups?"),
        [InputRequired(_l("Choose what they are."))],
        choices=[SelectChoice(kind.value, label) for kind, label in KIND_LABELS.items()],
        default=GroupKind.TABLE.value,
    )
    place = LineField(_l("Where"), length=200, description=_l("People read this beside their group."))
    starts_at = LocalMoment(_l("Begins"))
    starts_at_fold = which_field()
    time_text = LineField(
        _l("When, in words"), length=120, description=_l("Instead of a moment or beside it, like “after dinner”.")
    )
    size = whole_number(_l("People in each"), 1, MOST_PEOPLE, default=30)
    mode = RadioField(_l("Who takes part"), [OptionalInput()], default=Mode.IN_PERSON.value)
    kinds = _Ticks(_l("Only who comes as"), [OptionalInput()], coerce=int, description=_l("None ticked: everybody."))
    tags = _Ticks(
        _l("Only who carries one of the tags"), [OptionalInput()], coerce=int, description=_l("None ticked: everybody.")
    )
    session = SelectField(
        _l("Only who has a place in the session"), [OptionalInput()], coerce=int, description=_l("None chosen: everybody.")
    )

    def for_event(self, event: Event, kinds: Sequence[AdmissionKind], tags: Sequence[Tag], sessions: Iterable[Any]) -> "SetForm":
        """Offers what the event has; sessions are those that people sign up to."""
        self.in_zone(event.time_zone)
        self.mode.choices = [
            *(SelectChoice(m.value, MODE_LABELS[m]) for m in event.modes),
            SelectChoice(EITHER, _l("Everybody confirmed")),
        ]
        if len(event.modes) == 1:
            del self.mode
            self.only_mode = event.modes[0]
        self.kinds.choices = [SelectChoice(kind.id, kind.name) for kind in kinds]
        self.session.choices = [SelectChoice(0, _l("None")), *(SelectChoice(row.id, row.title) for row in sessions)]
        self.tags.choices = [SelectChoice(tag.id, tag.word) for tag in tags]
        return self

    only_mode: Mode | None = None

    @property
    def details(self) -> SetDetails:
        """What was filled in."""
        mode = self.only_mode if self.mode is None else None if self.mode.data == EITHER else Mode(self.mode.data)
        return SetDetails(
            name=self.name.data,
            kind=GroupKind(self.kind.data),
            place=self.place.data or "",
            starts_at=self.moments["starts_at"],
            time_text=self.time_text.data or "",
            size=self.size.data,
            mode=mode,
            kinds=tuple(self.kinds.data or ()),
            tags=tuple(self.tags.data or ()),
            session_id=self.session.data or None,
        )


class NewSetForm(SetForm):
    """A new set, with its groups."""

    groups = whole_number(_l("How many groups"), 1, MOST_GROUPS, default=10)


def values_of(found: GroupSet) -> dict[str, Any]:
    """What the form shows of a set, but for its moment."""
    return {
        "version": str(found.version),
        "name": found.name,
        "kind": found.kind.value,
        "place": found.place,
        "time_text": found.time_text,
        "size": found.size,
        "mode": found.mode.value if found.mode else EITHER,
        "kinds": found.kinds,
        "tags": found.tags,
        "session": found.session_id or 0,
    }


class MoreGroupsForm(Form):
    """Further groups behind the last one."""

    groups = whole_number(_l("Further groups"), 1, MOST_GROUPS, default=1)


class GroupForm(Form):
    """One group."""

    version = HiddenField(default="0")
    name = LineField(_l("Name"), length=80, description=_l("Beside its number, if it has one of its own."))
    capacity = whole_number(_l("Places"), 1, MOST_PEOPLE)
    near_door = BooleanField(_l("Near the door"), description=_l("For people with access needs, if the set asks for that."))
    coach = LineField(_l("Coach or facilitator"), length=150)
    notes = LineField(_l("Notes"), length=500, description=_l("For organizers and on the coach's list."))

    @property
    def details(self) -> GroupDetails:
        """What was filled in."""
        return GroupDetails(
            self.name.data or "", self.capacity.data, bool(self.near_door.data), self.coach.data or "", self.notes.data or ""
        )


def values_of_group(one: Group) -> dict[str, Any]:
    """What the form shows of a group."""
    return {
        "version": str(one.version),
        "name": one.name,
        "capacity": one.pool.capacity,
        "near_door": one.near_door,
        "coach": one.coach,
        "notes": one.notes,
    }


class RulesForm(Form):
    """Which general rules a set is filled by."""

    mixes = BooleanField(_l("Mix companies"), description=_l("Colleagues sit in different groups wherever that is possible."))
    near_door = BooleanField(
        _l("Access needs near the door"),
        description=_l("Who told us of access needs sits in a group near the door. Nobody sees who that is, or why."),
    )


class CompaniesForm(Form):
    """Two companies that are to be kept apart."""

    first = LineField(_l("A company"), [required(_l("Enter a programme ID or the exact name."))], length=200)
    second = LineField(_l("and another one"), [required(_l("Enter a programme ID or the exact name."))], length=200)


class MaterialForm(Form):
    """A material and its stock."""

    name = LineField(_l("Material"), [required(_l("Name the material."))], length=80)
    stock = whole_number(_l("In stock"), 0, MOST_PIECES)


class NewMaterialForm(MaterialForm):
    """A new material, of which every group gets so many."""

    each = whole_number(_l("For each group"), 0, MOST_PEOPLE, default=0)


class MoveForm(Form):
    """What to do with the ticked people."""

    act = StringField(validators=[InputRequired()])
    group = StringField(_l("Group"))
