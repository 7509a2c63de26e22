"""The blueprint of everybody's own login; its pages stand in one module for each use case."""

from flask import Blueprint

blueprint = Blueprint("accounts", __name__)
