"""schema.org descriptions of courses, for search engines."""

from collections.abc import Sequence
from typing import Any

from eventapp.core.links import absolute
from eventapp.core.times import to_local
from eventapp.events.jsonld import location
from eventapp.events.models import EventFormat
from eventapp.training.catalogue.dates import CourseDate
from eventapp.training.models import COURSE_LEVEL_LABELS, CourseVersion

MODES = {EventFormat.IN_PERSON: "onsite", EventFormat.VIRTUAL: "online", EventFormat.HYBRID: "blended"}


def description(
    version: CourseVersion, dates: Sequence[CourseDate], prerequisites: Sequence[str], provider: str
) -> dict[str, Any]:
    """A course as schema.org has it, with an instance for each date."""
    page = absolute("courses.show", course_code=version.course.code)
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Course",
        "name": version.title,
        "courseCode": version.course.code,
        "description": version.summary or version.title,
        "url": page,
        "educationalLevel": str(COURSE_LEVEL_LABELS[version.level]),
        "availableLanguage": list(version.languages),
        "timeRequired": f"PT{version.minutes}M",
        "provider": {"@type": "Organization", "name": provider, "url": absolute("overview.home")},
        "offers": {"@type": "Offer", "price": "0", "priceCurrency": "EUR", "category": "Free"},
    }
    if version.product_tags:
        found["about"] = list(version.product_tags)
    if prerequisites:
        found["coursePrerequisites"] = list(prerequisites)
    if dates:
        found["hasCourseInstance"] = [_instance(date, page, version.minutes) for date in dates]
    return found


def _instance(date: CourseDate, page: str, minutes: int) -> dict[str, Any]:
    zone = date.run.event.time_zone
    return {
        "@type": "CourseInstance",
        "courseMode": MODES[date.format],
        "inLanguage": date.run.language,
        "startDate": to_local(date.starts_at, zone).isoformat(),
        "endDate": to_local(date.ends_at, zone).isoformat(),
        "courseWorkload": f"PT{minutes}M",
        "location": location(date.run.event, page, date.format),
    }
