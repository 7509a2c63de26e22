"""People of the demo for whom no date of a course fits: in some sub-regions so many that a run is worth it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from eventapp.overview.demo.companies import DONAU, Company
from eventapp.overview.demo.countries import places_of_region
from eventapp.overview.demo.writing import bulk
from eventapp.partners.models import OrganisationStatus
from eventapp.training.models import CourseInterest, CourseVersion

# Course, sub-region, how many people.
WANTED = (
    ("VLT-201", "dach", 11),
    ("VLT-201", "iberia", 4),
    ("VLT-201", "nordics", 3),
    ("RLY-201", "uki", 9),
    ("RLY-201", "benelux", 2),
    ("FLT-201", "meat", 6),
    ("FLT-201", "africa", 5),
    ("PRE-301", "france", 3),
)
NOTES = ("Two afternoons in March would fit", "In German, please", "Only on video", "After the end of the quarter")


def fill(companies: Sequence[Company], taught: Mapping[str, CourseVersion], random: Random, at: datetime) -> None:
    """Writes the wishes down, each of somebody else."""
    rows, used = [], set()
    for code, region, people in WANTED:
        codes = {place.code for place in places_of_region(region)}
        there = [c for c in companies if c.place.code in codes and c.people and c.status is OrganisationStatus.ACTIVE]
        # The company of the demo's login is among them, so that a visitor sees the page of an admin at work.
        there.sort(key=lambda company: company.domain != DONAU)
        chosen = there[:1] + random.sample(there[1:], min(len(there) - 1, people - 1))
        for n, company in enumerate(chosen):
            person = next((one for one in reversed(company.people) if one.id not in used), None)
            if person is None:
                continue
            used.add(person.id)
            rows.append(
                {
                    "course_id": taught[code].course_id,
                    "person_id": person.id,
                    "organisation_id": company.id,
                    "note": NOTES[n % len(NOTES)] if n % 3 == 0 else "",
                    "noted_at": at - timedelta(days=3 + 5 * n),
                    "noted_by": person.address,
                    "told_at": None,
                }
            )
    bulk(CourseInterest, rows)
