"""The academy of the demo's vendor: its courses in versions, its credentials and the ways to them."""

from datetime import datetime, timedelta

from eventapp.accounts.models import User
from eventapp.overview.demo.course_texts import COURSES, CREDENTIALS, CourseText
from eventapp.training.catalogue import courses, credentials, materials
from eventapp.training.catalogue.courses import VersionDetails
from eventapp.training.catalogue.credentials import CredentialDetails
from eventapp.training.catalogue.rules import Needs, Thing
from eventapp.training.models import Course, CourseVersion, Credential, Needed, ShownFrom

# This course has been taught in another form before, and the next version of that one is being written.
RENEWED, IN_WORK = "COR-101", "SAL-210"


def fill(*, by: User, at: datetime) -> dict[str, CourseVersion]:
    """Writes the catalogue as the pages would do it, a year before `at`. Returns the current versions by code."""
    began = at - timedelta(days=400)
    made = {text.code: courses.create(text.code, _details(text), by=by, at=began) for text in COURSES}
    held = {text.code: _credential(text.code, by=by, at=began) for text in CREDENTIALS}
    for text in COURSES:
        version = made[text.code]
        if text.needs:
            details = _details(text, _needs(text, made, held))
            courses.change(version, details, version=version.version, by=by, at=began)
        for title, url, public in text.material:
            materials.add(version, title, shown_from=ShownFrom.ENROLLED, is_public=public, url=url, file=None, by=by, at=began)
        courses.publish(version, version=version.version, by=by, at=began + timedelta(days=3))
    for credential in held.values():
        _way(credential, {code: version.course for code, version in made.items()}, by=by, at=began)
    renewed = courses.new_version(made[RENEWED], by=by, at=at - timedelta(days=120))
    courses.publish(renewed, version=renewed.version, by=by, at=at - timedelta(days=110))
    made[RENEWED] = renewed
    courses.new_version(made[IN_WORK], by=by, at=at - timedelta(days=6))
    return made


def _details(text: CourseText, needs: Needs = courses.NOTHING) -> VersionDetails:
    return VersionDetails(
        title=text.title,
        minutes=text.minutes,
        summary=text.summary,
        description=text.description,
        level=text.level,
        languages=text.languages,
        product_tags=text.products,
        modes=text.modes,
        audience_types=text.types,
        audience_functions=text.functions,
        pass_mark=text.pass_mark,
        attempts=text.attempts,
        time_limit=text.time_limit,
        exercise=text.exercise,
        validity_months=text.validity_months,
        needs=needs,
    )


def _needs(text: CourseText, made: dict[str, CourseVersion], held: dict[str, Credential]) -> Needs:
    things = {Thing(False, made[code].course_id) if code in made else Thing(True, held[code].id) for code in text.needs}
    return Needs(text.needed if len(things) > 1 else Needed.ALL, frozenset(things))


def _credential(code: str, *, by: User, at: datetime) -> Credential:
    text = next(one for one in CREDENTIALS if one.code == code)
    details = CredentialDetails(text.code, text.name, text.description, text.kind, text.points)
    return credentials.save_credential(None, details, by=by, at=at)


def _way(credential: Credential, there: dict[str, Course], *, by: User, at: datetime) -> None:
    text = next(one for one in CREDENTIALS if one.code == credential.code)
    way = credentials.save_curriculum(credential, None, "Standard", 0, by=by, at=at)
    for code in (*text.required, *text.elective):
        credentials.add_course(credential, way, there[code], code in text.required, by=by, at=at)
    credentials.save_curriculum(credential, way, way.name, text.electives, version=way.version, by=by, at=at)
