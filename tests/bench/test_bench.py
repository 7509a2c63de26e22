"""The benchmark itself: what it makes up is counted right, what it measures adds up, in sizes that prove nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from bench import data
from bench.child import hidden_fields
from bench.databases import Database, Sqlite
from bench.figures import Figure, machine, table, write
from bench.opening import hidden, wrong
from eventapp import create_app
from eventapp.core.db import Base, db
from eventapp.places.queries import miscounts
from eventapp.registrations.tallies import miscounted

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Database:
    made = Sqlite(tmp_path_factory.mktemp("bench")).new("filled")
    data.generate(made, companies=50, people=120, registrations=100)
    return made


def test_what_it_makes_up_is_counted_right(filled: Database) -> None:
    app: Flask = create_app(filled.settings())
    with app.app_context():
        assert miscounts() == []
        assert miscounted() == []
    assert filled.one("SELECT count(*) FROM registration") == 100
    assert filled.one("SELECT count(*) FROM person") == 120
    assert filled.one("SELECT count(*) FROM registration WHERE status = 'waiting'") > 0
    assert filled.one(f"SELECT count(*) FROM person WHERE family_name = '{data.RARE_NAME}'") >= data.RARE_COUNT


def test_the_application_can_read_all_that_it_makes_up(filled: Database) -> None:
    """It is written by the bare driver, so the types of the application have not seen it."""
    with create_app(filled.settings()).app_context():
        read = {name: len(db.session.execute(select(table)).all()) for name, table in Base.metadata.tables.items()}
    assert read["user_session"] == 51
    assert read["registration"] == 100


def test_the_pages_that_are_measured_signed_in_can_be_measured(filled: Database) -> None:
    """The made-up sessions are valid for the organizer's list and for a company's pages."""
    paths = [(data.ORGANIZER, f"/admin/events/{data.SLUG}/registrations/"), (data.COMPANY_ADMIN, "/company/registrations/")]
    for user, path in paths:
        command = [sys.executable, "-m", "bench.child", "pages", user, path]
        environ = {**os.environ, **filled.environ()}
        done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=200, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        assert json.loads(done.stdout.splitlines()[-1])[path] > 0


def test_a_figure_is_judged_by_its_ratio_or_else_by_itself() -> None:
    assert Figure("a", "sqlite", 7, "1/s", 10, at_least=0.7).ok is True
    assert Figure("a", "sqlite", 6, "1/s", 10, at_least=0.7).ok is False
    assert Figure("a", "sqlite", 6, "", at_most=6).ok is True
    assert Figure("a", "sqlite", 130, "MB", at_most=120).ok is False
    assert Figure("a", "sqlite", 130, "MB").ok is None


def test_the_results_name_no_machine(tmp_path: Path) -> None:
    figure = Figure("page", "sqlite", 7, "1/s", 10, at_least=0.9)
    assert "MISS" in table([figure])
    write(tmp_path / "results.json", [figure], ["SQLite 3"], {"people": 1})
    kept = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert kept["figures"][0]["ratio"] == 0.7
    assert kept["figures"][0]["ok"] is False
    assert set(machine([])) == {"cores", "memory_gb", "processor", "system", "python", "databases"}


def test_hidden_fields_are_those_of_the_form() -> None:
    html = '<input type="hidden" name="csrf_token" value="a"><input type="hidden" name="mode" value="in_person">'
    assert hidden_fields(html) == {"csrf_token": "a", "mode": "in_person"}


def test_the_fields_that_a_page_sends_on_are_read_from_its_main_part_only() -> None:
    html = '<input type="hidden" name="a" value="1"><main><input name="b" value="&lt;2" type="hidden"><input name="c" value="3">'
    assert hidden(html) == [("b", "<2")]


def test_what_went_wrong_at_the_opening_is_told(filled: Database) -> None:
    """The negative control: nobody has registered there."""
    assert len(wrong(filled, groups=4, group=3, places=10)) == 8


def test_it_runs_over_http(tmp_path: Path) -> None:
    """Whole registrations on a real server beside their floor, companies at the opening, and the table at the end."""
    command = [sys.executable, "-m", "bench", "--quick", "--database", "sqlite", "-o", str(tmp_path / "figures.json")]
    done = subprocess.run(
        [*command, "--only", "registration", "--only", "opening"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    figures = {f["name"]: f for f in json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))["figures"]}
    assert figures["whole registration"]["ratio"] > 0
    assert 5 < figures["whole registration, statements"]["value"] < 60
    assert figures["120 people of 40 companies, every answer right"]["value"] == 1
    assert "whole registration" in done.stdout


def test_people_are_placed_without_pairs_of_one_company(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    command = [sys.executable, "-m", "bench", "--quick", "--database", "sqlite", "-o", str(figures), "--only", "groups"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = {f["name"]: f for f in json.loads(figures.read_text(encoding="utf-8"))["figures"]}
    assert found["20 people into 4 circles, pairs of one company above the fewest"]["value"] == 0


def test_the_agenda_is_measured(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    command = [sys.executable, "-m", "bench", "--quick", "--database", "sqlite", "-o", str(figures), "--only", "agenda"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = {f["name"]: f for f in json.loads(figures.read_text(encoding="utf-8"))["figures"]}
    assert found["public agenda, 70 sessions, HTML"]["value"] < 100_000
    assert found["public agenda, 600 sessions, queries when rendered"]["value"] <= 6
