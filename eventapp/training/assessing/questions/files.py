"""Questions as files: one line for each, with its options in columns and the letters of the right ones."""

from collections.abc import Iterator, Sequence
from typing import Any

from eventapp.core.errors import RuleError
from eventapp.core.exports import ExportColumn, original
from eventapp.core.i18n import _
from eventapp.core.text import clean, fold, one_line
from eventapp.partners.imports.readers import read
from eventapp.training.assessing.questions import service
from eventapp.training.assessing.questions.service import LONGEST_OPTION, LONGEST_TEXT, Asked
from eventapp.training.assessing.rules import KEYS
from eventapp.training.models import AssessmentQuestion, QuestionKind

HEADERS = ("question", "kind", "points", "right", *(f"option_{key}" for key in KEYS), "explanation")
COLUMNS = [ExportColumn(name, "number" if name == "points" else "text") for name in HEADERS]
MOST_BYTES = 900_000


def rows(pool: Sequence[AssessmentQuestion]) -> Iterator[Sequence[Any]]:
    """The lines of the file that `parse` reads back."""
    for one in pool:
        texts = {option["key"]: option["text"] for option in one.options}
        right = ", ".join(option["key"] for option in one.options if option["right"])
        yield (one.text, one.kind.value, one.points, right, *(texts.get(key, "") for key in KEYS), one.explanation)


def parse(content: bytes) -> list[Asked]:
    """The questions of a file. Raises RuleError with 422 naming the first line that cannot be taken: then none is."""
    if len(content) > MOST_BYTES:
        raise RuleError(_("The file is too large: at most %(n)s kB.", n=MOST_BYTES // 1000), "file", 422)
    source = read(content)
    places = {fold(header).replace(" ", "_"): n for n, header in enumerate(source.headers)}
    missing = [name for name in ("question", "right", "option_a", "option_b") if name not in places]
    if missing:
        raise RuleError(_("The file has no column %(names)s.", names=", ".join(missing)), "file", 422)
    found = []
    for record in source.records():
        cells = {name: original(record.cells[n]) for name, n in places.items() if n < len(record.cells)}
        try:
            asked = _asked(cells)
            service.check(asked)
        except (RuleError, ValueError) as error:
            raise RuleError(_("Line %(n)s: %(problem)s", n=record.line, problem=str(error)), "file", 422) from error
        found.append(asked)
    return found


def _asked(cells: dict[str, str]) -> Asked:
    text = clean(cells.get("question", "")).strip()
    if not text:
        raise ValueError(_("There is no question."))
    points = one_line(cells.get("points", "")) or "1"
    if not (points.isascii() and points.isdigit() and len(points) < 4 and 1 <= int(points) <= 100):
        raise ValueError(_("Points go from 1 to 100."))
    wanted = one_line(cells.get("right", "")).lower()
    letters = {letter for letter in wanted if letter not in ",; "}
    options = [(key, one_line(cells.get(f"option_{key}", ""))) for key in KEYS]
    given = [(key, option) for key, option in options if option]
    if not letters <= {key for key, _option in given}:
        raise ValueError(_("“right” names an option that is not there."))
    kind = one_line(cells.get("kind", "")).lower() or ("multiple" if len(letters) > 1 else "single")
    if kind not in set(QuestionKind):
        raise ValueError(_("“kind” is single or multiple."))
    explanation = clean(cells.get("explanation", "")).strip()
    if max(len(text), len(explanation)) > LONGEST_TEXT or any(len(option) > LONGEST_OPTION for _key, option in given):
        raise ValueError(_("A text is too long."))
    return Asked(text, QuestionKind(kind), tuple((option, key in letters) for key, option in given), int(points), explanation)
