"""Which values are secrets, and that they are masked whatever they look like; and how SQL is made."""

import ast
from pathlib import Path

import pytest

from bot.log import mask
from bot.secrets import known

TOP = Path(__file__).parents[2]
PRODUCT = sorted(path for name in ("bot", "handlers", "budget", "store") for path in (TOP / name).rglob("*.py"))
DRAFTS = TOP / "store" / "migrations"  # run once, from our own constants


@pytest.mark.parametrize(
    ("name", "value", "secrets"),
    [
        ("SLACK_SIGNING_SECRET", "8f742231b10e8888abcd99yyyzzz85a5", ["8f742231b10e8888abcd99yyyzzz85a5"]),
        ("MISTRAL_API_KEY", " plain words ", ["plain words", "plain%20words"]),
        ("DATABASE_URL", "postgresql://u:p%40ssw0rd@h/d", ["p%40ssw0rd", "p@ssw0rd"]),
        ("DATABASE_URL", "postgresql://u@h/d?password=hunter2", ["hunter2"]),
        ("HTTPS_PROXY", "http://me:letmein@proxy:3128", ["letmein"]),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=abcd1234,y=efgh5678", ["abcd1234", "efgh5678"]),
        ("OPENAI_API_KEY", "x", []),
        ("STIPEND_MODEL", "gpt-5-mini", []),
    ],
)
def test_what_is_a_secret(name: str, value: str, secrets: list[str]) -> None:
    found = known({name: value})
    assert set(secrets) <= set(found)
    assert bool(found) == bool(secrets)
    assert found == sorted(found, key=len, reverse=True)
    said = f"fault: {value.strip()} was refused"
    assert not any(secret in mask(said, found) for secret in secrets)


def test_the_variables_that_a_list_of_models_names_are_secrets(tmp_path: Path) -> None:
    listed = tmp_path / "models.toml"
    listed.write_text('[[models]]\nname = "a"\nkey_variable = "OUR_ACCESS"\n')
    environ = {"STIPEND_MODELS": str(listed), "OUR_ACCESS": "open sesame"}
    assert "open sesame" in known(environ)
    assert known(environ | {"STIPEND_MODELS": "/nowhere"}) == []
    listed.write_text("models = 3")
    assert known(environ) == []


BY_HAND = {"text", "exec_driver_sql"}  # SQLAlchemy's two ways to take SQL as it is written


def sql_of(tree: ast.AST) -> list[ast.expr]:
    """SQL by hand, and whatever is put together on the way to a database's `execute`."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    named = [
        (call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", ""), call) for call in calls
    ]
    by_hand = [call.args[0] for name, call in named if name in BY_HAND]
    return by_hand + [c.args[0] for n, c in named if n.startswith("execute") and isinstance(c.args[0], ast.JoinedStr)]


def names_in(written: ast.expr) -> set[str]:
    """The names that a piece of SQL is put together from."""
    return {node.id for node in ast.walk(written) if isinstance(node, ast.Name)}


LOOSE = {  # looked at by hand: none of it comes from outside
    "store/engines.py": {"limit", "pragma", "reading"},  # names of settings, and which of two constants
    "store/inspect.py": {"table", "c"},  # our own tables' names, and the conditions of our partial indexes
    "store/ledger/plain.py": {"sql"},  # statements of that module, with bound parameters
    "store/ledger/sql.py": {
        "conn",
        "dialect",
        "spelled",
        "sql",
    },  # the ledger's own statements, in the engine's spelling
    "store/rows.py": {"_from_json", "many", "table", "tuple"},  # from the tables' own names
    "store/verify.py": {"query"},  # the proofs, written out there
    "store/watch.py": {"self"},  # which of two constants, by the engine
}


def loose_sql() -> dict[str, set[str]]:
    """Where SQL by hand has a name in it that is no constant: the file, and the names."""
    found: dict[str, set[str]] = {}
    for path in (path for path in PRODUCT if DRAFTS not in path.parents):
        for written in sql_of(ast.parse(path.read_text(encoding="utf-8"))):
            if loose := {name for name in names_in(written) if not name.strip("_").isupper()}:
                found.setdefault(str(path.relative_to(TOP)), set()).update(loose)
    return found


def test_sql_has_bound_parameters_or_constants_of_ours_and_nothing_else() -> None:
    assert loose_sql() == LOOSE


def test_the_linter_looks_for_sql_that_is_put_together_and_is_silenced_where_it_is_explained() -> None:
    settings = (TOP / "pyproject.toml").read_text(encoding="utf-8")
    assert '"S", ' in settings.partition("select = [")[2].partition("]")[0]  # flake8-bandit, S608 among them
    for path in PRODUCT:
        for line in path.read_text(encoding="utf-8").splitlines():
            if "S608" in line:
                assert line.partition("S608")[2].strip().startswith("#"), f"{path}: without a reason"
