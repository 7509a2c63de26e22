"""The WSGI entry point: `gunicorn wsgi:app`. Static files are answered in front of the application."""

from eventapp import create_app
from eventapp.serving import with_static_files

app = with_static_files(create_app())
