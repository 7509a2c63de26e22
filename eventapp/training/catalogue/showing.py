"""What a course says about itself, in words."""

from collections.abc import Sequence
from typing import Any

from eventapp.core.i18n import _
from eventapp.partners.models import FUNCTION_LABELS, TYPE_LABELS
from eventapp.training.models import CourseVersion


def words_of(labels: dict[Any, Any], values: Sequence[str]) -> list[str]:
    """The labels of values of an enum, those that a later version has written as they are."""
    by_value = {key.value: str(label) for key, label in labels.items()}
    return [by_value.get(value, value) for value in values]


def audience_of(version: CourseVersion) -> list[tuple[str, list[str]]]:
    """For whom a course is, in words: companies and people, each only if it names any."""
    found = [
        (_("Companies"), words_of(TYPE_LABELS, version.audience_types)),
        (_("People"), words_of(FUNCTION_LABELS, version.audience_functions)),
    ]
    return [(label, words) for label, words in found if words]
