"""The rules of ARCHITECTURE.md about the running application: audiences, names, migrations."""

from typing import Any

import pytest
from alembic.script import ScriptDirectory
from flask import Blueprint, Flask
from sqlalchemy import create_engine, inspect, text

from eventapp.core.db import Base, db
from eventapp.core.migrations import check
from eventapp.core.web.audiences import LIBRARY_AUDIENCES, Audience, audience_of, require_audiences
from eventapp.overview.migrations import head
from tests.support.databases import OWNER, Backend, PostgresBackend, as_owner, with_database


def test_every_route_names_its_audience(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        assert audience_of(app, rule.endpoint) in Audience.registry, rule


def test_a_route_without_an_audience_stops_the_start() -> None:
    bare = Flask("bare")
    blueprint = Blueprint("forgotten", __name__)
    blueprint.add_url_rule("/forgotten", "page", lambda: "")
    bare.register_blueprint(blueprint)
    LIBRARY_AUDIENCES["static"] = "public"
    with pytest.raises(RuntimeError, match=r"forgotten\.page"):
        require_audiences(bare)


def test_endpoints_are_named_after_their_functions(app: Flask) -> None:
    """registrations.new is the function `new`; only views that libraries bring have other names."""
    for endpoint, view in app.view_functions.items():
        if endpoint in LIBRARY_AUDIENCES or not view.__module__.startswith("eventapp."):
            continue
        assert view.__name__ == endpoint.rpartition(".")[2], endpoint


def schema(url: str) -> dict[str, Any]:
    """Tables, columns, keys, indexes and checks of a database, in comparable form."""
    engine = create_engine(url)
    inspector = inspect(engine)
    found: dict[str, Any] = {}
    for table in inspector.get_table_names():
        if table == "alembic_version":
            continue
        found[table] = {
            "columns": {c["name"]: (str(c["type"]), c["nullable"]) for c in inspector.get_columns(table)},
            "primary": sorted(inspector.get_pk_constraint(table)["constrained_columns"]),
            "foreign": sorted(
                (fk["name"] or "", *fk["constrained_columns"], fk["referred_table"], str(fk["options"].get("ondelete")))
                for fk in inspector.get_foreign_keys(table)
            ),
            "unique": sorted((u["name"] or "", *u["column_names"]) for u in inspector.get_unique_constraints(table)),
            "checks": sorted((c["name"] or "", "".join(c["sqltext"].split())) for c in inspector.get_check_constraints(table)),
            "indexes": sorted(
                (
                    i["name"] or "",
                    i["unique"],
                    *[c or "" for c in i["column_names"]],
                    str(sorted(map(str, i.get("dialect_options", {}).values()))),
                )
                for i in inspector.get_indexes(table)
            ),
        }
    engine.dispose()
    return found


def test_migrations_make_what_the_models_say(app: Flask, backend: Backend, tmp_path: Any) -> None:
    """CHECKs and partial indexes included, which Alembic's own comparison does not see."""
    if isinstance(backend, PostgresBackend):
        name = f"{backend.database}_models"
        backend.admin(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name} OWNER {OWNER}")
        url = as_owner(with_database(backend.admin_url, name))
    else:
        url = f"sqlite:///{tmp_path / 'models.sqlite'}"
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    engine.dispose()
    try:
        migrated, modelled = schema(backend.url), schema(url)
        assert migrated.keys() == modelled.keys()
        for table, expected in modelled.items():
            assert migrated[table] == expected, table
        assert any(found["checks"] for found in migrated.values())
    finally:
        if isinstance(backend, PostgresBackend):
            backend.admin(f"DROP DATABASE {name}")


def test_nothing_is_left_to_migrate(app: Flask) -> None:
    check()


def test_the_newest_revision_is_told_by_the_names_of_the_files(app: Flask) -> None:
    """So that a server need not load Alembic to know whether its database is up to date."""
    directory = app.config["MIGRATIONS"]
    assert head(directory) == ScriptDirectory(directory).get_current_head()


def test_the_database_refuses_what_a_check_forbids(app: Flask) -> None:
    """The constraints are really there: the negative control of the comparison above."""
    with pytest.raises(Exception, match="taken"):
        db.session.execute(text("INSERT INTO pool (capacity, taken, overbooked, waiting) VALUES (1, 2, 0, 0)"))
    db.session.rollback()
