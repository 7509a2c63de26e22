"""The WSGI entry point: `gunicorn wsgi:app`. Static files are answered in front of the application, and requests take turns."""

import sys

from eventapp import create_app
from eventapp.serving import with_front
from eventapp.settings import SettingsError

NO_BOOT = 3  # gunicorn then stops instead of starting the worker again and again

try:
    app = with_front(create_app())
except SettingsError as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(NO_BOOT)
