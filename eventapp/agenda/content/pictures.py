"""Pictures of speakers: what was uploaded, drawn anew."""

import secrets
from datetime import datetime

from werkzeug.datastructures import FileStorage

from eventapp.agenda.models import AgendaPicture
from eventapp.core.errors import RuleError
from eventapp.core.pictures import PictureError, reencode

# The longer side of a portrait, in points: sharp at twice the 240 px that a speaker's page shows.
LONGEST = 480


def draw(event_id: int, field: str, upload: FileStorage | None, *, at: datetime) -> AgendaPicture | None:
    """The picture that a field has brought, not yet kept; none if nothing was chosen. Raises RuleError for what is none."""
    if upload is None or not upload.filename:
        return None
    try:
        drawn = reencode(upload.stream.read(), longest=LONGEST)
    except PictureError as error:
        raise RuleError(str(error), field, 422) from error
    return AgendaPicture(
        event_id=event_id,
        key=secrets.token_urlsafe(18),
        mime=drawn.mime,
        width=drawn.width,
        height=drawn.height,
        content=drawn.data,
        created_at=at,
    )
