"""The rules of ARCHITECTURE.md about the code itself."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "eventapp"
FEATURES = sorted(p.name for p in PACKAGE.iterdir() if (p / "__init__.py").exists() and p.name not in ("core", "migrations"))
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if "migrations/versions" not in p.as_posix())

# Inside a feature a module may import from its own level down, never up.
LEVELS = {
    "models": 0,
    "rules": 1,
    "permissions": 1,
    "queries": 2,
    "mails": 2,
    "service": 3,
    "forms": 4,
    "exports": 4,
    "admin": 5,
    "views": 5,
    # Accounts: what is true of texts alone, the glue to cookies and counted tries, and pages by use case.
    "devices": 1,
    "totp": 1,
    "passkey_site": 4,
    "session_cookie": 4,
    "throttling": 4,
    "addresses": 5,
    "mail_links": 5,
    "own_sessions": 5,
    "passkey_pages": 5,
    "second_factor": 5,
    "sign_up": 5,
    "signing_in": 5,
    "staff_policy": 5,
}
# What another feature may not import: pages and what belongs to them.
PAGES = {"views", "admin", "link", "own", "acts", "choices", "commands", "mails", "exports"}
PAGES |= {"addresses", "mail_links", "own_sessions", "passkey_pages", "second_factor", "sign_up", "signing_in", "staff_policy"}
NO_WEB = {"models", "rules", "queries", "service"}
WEB = {"flask", "wtforms", "flask_wtf", "flask_login", "werkzeug"}


def imports(path: Path) -> list[tuple[str, int, ast.AST]]:
    """Modules that a file imports, by full name, with the line."""
    found: list[tuple[str, int, ast.AST]] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno, node) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.module, node.lineno, node))
            found += [(f"{node.module}.{alias.name}", node.lineno, node) for alias in node.names]
    return found


def part_of(path: Path) -> tuple[str, str]:
    """Feature and role of a file: registrations/service.py is ("registrations", "service")."""
    inside = path.relative_to(PACKAGE).with_suffix("").parts
    return (inside[0], inside[1] if len(inside) > 1 else "") if inside[0] in FEATURES else ("", "")


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_features_import_in_their_order() -> None:
    run = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": "/tmp"},
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-2000:]


def test_inside_a_feature_nothing_looks_up() -> None:
    wrong = []
    for path in MODULES:
        feature, role = part_of(path)
        if role not in LEVELS:
            continue
        for name, line, _node in imports(path):
            parts = name.split(".")
            if parts[:2] == ["eventapp", feature] and len(parts) > 2 and LEVELS.get(parts[2], -1) > LEVELS[role]:
                wrong.append(f"{relative(path)}:{line} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_pages_of_another_feature_are_not_imported() -> None:
    wrong = []
    for path in MODULES:
        feature, _role = part_of(path)
        if not feature:
            continue
        for name, line, _node in imports(path):
            parts = name.split(".")
            if (relative(path), parts[-2:]) == ("eventapp/overview/demo/loading.py", ["registrations", "mails"]):
                continue  # the demo's mails are those that the service would have written
            if parts[0] != "eventapp" or len(parts) < 3 or parts[1] not in FEATURES or parts[1] == feature:
                continue
            # A package has its pages inside, whatever it is called itself.
            inside = parts[3:4] if (ROOT / "eventapp" / parts[1] / parts[2]).is_dir() else parts[2:3]
            if PAGES & set(inside):
                wrong.append(f"{relative(path)}:{line} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_rules_services_and_queries_know_no_web() -> None:
    wrong = []
    for path in MODULES:
        _feature, role = part_of(path)
        if role not in NO_WEB:
            continue
        wrong += [f"{relative(path)}:{line} imports {n}" for n, line, _ in imports(path) if n.split(".")[0] in WEB]
    assert not wrong, "\n".join(wrong)


def test_imports_in_functions_say_why() -> None:
    wrong = []
    for path in MODULES:
        lines = path.read_text().splitlines()
        for function in ast.walk(ast.parse(path.read_text())):
            if not isinstance(function, ast.FunctionDef):
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom) and "#" not in lines[node.lineno - 1] + lines[node.lineno - 2]:
                    wrong.append(f"{relative(path)}:{node.lineno}")
    assert not wrong, "an import in a function without its reason: " + ", ".join(sorted(set(wrong)))


def calls(nodes: list[ast.stmt]) -> set[str]:
    """The names of all functions that are called in these statements."""
    found = [node.func for one in nodes for node in ast.walk(one) if isinstance(node, ast.Call)]
    return {one.id if isinstance(one, ast.Name) else getattr(one, "attr", "") for one in found}


def test_whoever_reads_before_writing_ends_what_only_reads() -> None:
    """Else SQLite has to make a transaction that reads into one that writes, which fails whenever somebody else has written."""
    wrong = []
    for path in MODULES:
        for function in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)):
            if "transaction" not in calls(function.body):
                continue
            blocks = [node for node in ast.walk(function) if isinstance(node, ast.With)]
            for block in blocks:
                reads = "reading" in calls([ast.Expr(item.context_expr) for item in block.items])
                ends = "rollback" in calls(block.body) or any(isinstance(node, ast.Return) for node in ast.walk(block))
                if reads and not ends:
                    wrong.append(f"{path.relative_to(ROOT)}:{block.lineno}")
    assert wrong == []


def test_only_the_database_module_commits() -> None:
    found = [relative(p) for p in MODULES if ".commit(" in p.read_text() and relative(p) != "eventapp/core/db.py"]
    assert not found


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_files_stay_small(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400, "split it by use case"


def test_public_functions_say_what_they_mean() -> None:
    missing = []
    for path in MODULES:
        tree = ast.parse(path.read_text())
        assert ast.get_docstring(tree), f"{relative(path)} does not say what it is"
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node):
                missing.append(f"{relative(path)}:{node.lineno} {node.name}")
    assert not missing, "\n".join(missing)


def test_templates_hold_nothing_inline() -> None:
    """The policy forbids inline style and script; mails are no pages and keep one style block."""
    inline = re.compile(
        r"""\sstyle=["']|\son[a-z]+=["']|<style|<script(?![^>]*(\ssrc=|type="application/ld\+json"))""", re.IGNORECASE
    )
    templates = [p for p in (ROOT / "templates").rglob("*.html") if "templates/mail/" not in p.as_posix()]
    assert len(templates) > 30
    found = [relative(p) for p in templates if inline.search(p.read_text())]
    assert not found


def test_templates_lie_in_the_folder_of_their_feature() -> None:
    """A page of registrations is a template in templates/registrations/."""
    wrong = []
    for path in MODULES:
        feature, _role = part_of(path)
        for template in re.findall(r'"([a-z_]+(?:/[a-z_]+)+\.html)"', path.read_text()):
            folder = template.split("/")[0]
            if not (ROOT / "templates" / template).is_file():
                wrong.append(f"{relative(path)}: {template} does not exist")
            elif feature and folder not in (feature, "security"):
                wrong.append(f"{relative(path)}: {template} is another feature's")
    assert not wrong, "\n".join(wrong)


def test_every_template_is_used() -> None:
    sources = "".join(p.read_text() for p in MODULES) + "".join(p.read_text() for p in (ROOT / "templates").rglob("*.*"))
    unused = []
    for path in (ROOT / "templates").rglob("*.html"):
        name = path.relative_to(ROOT / "templates").as_posix()
        rendered = name.startswith("mail/") and name.removeprefix("mail/").removesuffix(".html").rsplit("/", 1)[-1] in sources
        if name not in sources and not rendered:
            unused.append(name)
    assert not unused


def test_templates_fill_in_text_only() -> None:
    """`%(n)d` fails in a page: values arrive there as escaped text."""
    found = [relative(p) for p in (ROOT / "templates").rglob("*.*") if re.search(r"%\([a-z_]+\)d", p.read_text())]
    assert not found
