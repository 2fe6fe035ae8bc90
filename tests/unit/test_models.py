"""The list of models: what is read from it, and that every mistake is told at once."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from budget.offer.models import Model, Models, load_models
from budget.offer.pricing import PriceBook, Usage

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
BOOK = PriceBook()
KEY = "sk-very-secret"
ROOT = Path(__file__).parents[2]


def load(
    toml: str | Path | None = None, tmp_path: Path | None = None, *, default: str | None = None, key: str | None = KEY,
    url: str | None = None, environ: dict[str, str] | None = None,
) -> Models | list[str]:  # fmt: skip
    path = toml if isinstance(toml, Path) else None
    if isinstance(toml, str):
        assert tmp_path is not None
        path = tmp_path / "models.toml"
        path.write_text(toml)
    return load_models(
        toml_path=path, default_model=default, openai_api_key=key, openai_base_url=url, environ=environ or {},
        book=BOOK, at=NOON,
    )  # fmt: skip


def good(models: Models | list[str]) -> Models:
    assert isinstance(models, Models), models
    return models


def bad(models: Models | list[str]) -> str:
    assert isinstance(models, list)
    assert all(sentence.endswith(".") for sentence in models)
    assert KEY not in str(models)
    return "\n".join(models)


TWO = """
default = "Local"
[[models]]
name = "fast"
model = "gpt-5-nano"
[[models]]
name = "local"
model = "qwen3"
base_url = "http://127.0.0.1:8080/v1/"
price = { input = 0.05, output = "0.20", cached_input = 0.005 }
context_tokens = 8192
max_output_tokens = 2000
first_token_s = 12.5
extra = { temperature = 0.2 }
"""


def test_one_model_from_the_environment() -> None:
    models = good(load())
    model = models.default_model()
    assert (model.name, model.base_url, model.cap_parameter) == ("gpt-5-mini", None, "max_completion_tokens")
    assert model.extra == {"service_tier": "default"}
    assert model.context_tokens == 400_000
    assert good(load(default="o3")).default == "o3"


def test_one_model_of_a_server_of_ones_own() -> None:
    model = good(load(default="openai/gpt-5-mini", url="http://proxy.example/v1", key=None)).default_model()
    assert (model.base_url, model.cap_parameter, model.extra) == ("http://proxy.example/v1", "max_tokens", {})


def test_a_list(tmp_path: Path) -> None:
    models = good(load(TWO, tmp_path))
    fast, local = models.all
    assert (models.default, models.default_model()) == ("local", local)
    assert (fast.api_name, fast.provider, fast.secret) == ("gpt-5-nano", "openai", KEY)
    assert (local.base_url, local.secret, local.cap_parameter) == ("http://127.0.0.1:8080/v1", "none", "max_tokens")
    assert local.price.cost_micros(Usage(1_000_000, 1_000_000, 500_000)) == 25_000 + 2_500 + 200_000
    assert local.price.book.startswith("models.toml ")
    assert (local.context_tokens, local.max_output_tokens, local.timeouts.first_token_s) == (8192, 2000, 12.5)
    assert local.extra == {"temperature": 0.2}


def test_the_environment_chooses_the_default(tmp_path: Path) -> None:
    assert good(load(TWO, tmp_path, default="FAST")).default == "fast"
    assert "STIPEND_MODEL is slow" in bad(load(TWO, tmp_path, default="slow"))


def test_names_are_found_however_they_are_cased(tmp_path: Path) -> None:
    models = good(load(TWO, tmp_path))
    assert models.get(" FaSt ") is models.all[0]
    assert models.get("nope") is None


def test_cheaper_models_come_cheapest_first(tmp_path: Path) -> None:
    models = good(load(TWO + '[[models]]\nname = "gpt-5-mini"\n[[models]]\nname = "gpt-5"\n', tmp_path))
    dearest = models.get("gpt-5")
    assert isinstance(dearest, Model)
    assert [model.name for model in models.cheaper_than(dearest)] == ["local", "fast", "gpt-5-mini"]
    local = models.get("local")
    assert isinstance(local, Model)
    assert models.cheaper_than(local) == []


def test_no_secret_in_any_text(tmp_path: Path) -> None:
    models = good(load(TWO, tmp_path))
    assert KEY not in repr(models) + str(models)


def test_openais_key_is_not_sent_to_somebody_elses_server(tmp_path: Path) -> None:
    toml = '[[models]]\nname = "gpt-5"\nbase_url = "https://elsewhere.example/v1"\n'
    assert good(load(toml, tmp_path)).all[0].secret == "none"
    named = good(load(toml + 'key_variable = "ELSEWHERE"\n', tmp_path, environ={"ELSEWHERE": "s"}))
    assert named.all[0].secret == "s"


def test_a_price_of_the_book_follows_time_and_an_own_one_does_not(tmp_path: Path) -> None:
    toml = '[[models]]\nname = "deepseek-chat"\nprovider = "deepseek"\nbase_url = "https://api.deepseek.com"\n'
    model = good(load(toml, tmp_path)).all[0]
    assert len({model.price_at(datetime(2025, 6, 1, hour, tzinfo=UTC)) for hour in range(24)}) > 1
    own = good(load(TWO, tmp_path)).default_model()
    assert own.price_at(NOON) == own.price


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    text = bad(
        load(
            """
default = "nope"
color = 1
[[models]]
name = "gpt-5-mini"
key_variable = "MISSING_KEY"
[[models]]
name = "two words"
speed = 9
[[models]]
name = "GPT-5-mini"
base_url = "ftp://x"
provider = "blub"
[[models]]
name = "zero"
price = { input = 0, output = 1 }
[[models]]
name = "taken"
extra = { messages = [] }
[[models]]
name = "slow"
first_token_s = -1
[[models]]
model = "nameless"
""",
            tmp_path,
        )
    )
    for part in [
        "the key color is unknown", "set MISSING_KEY", "two words: name: use letters",
        "speed: this key is", "base_url must look like", "provider = blub is not in the price book",
        "No price is known", "zero: The prices of input and output must be above zero",
        "messages is set by the bot itself", "slow: first_token_s",
        "model no. 7: name: this key is missing", "given to more than one model",
        "default is nope",
    ]:  # fmt: skip
        assert part in text


@pytest.mark.parametrize(
    ("toml", "part"),
    [
        ("[[models]\n", "line 1"),
        ("", "there is no model in it"),
        ('models = "x"', "there is no model in it"),
        ("models = [1]", "model no. 1: entry"),
    ],
)
def test_a_list_that_is_none(tmp_path: Path, toml: str, part: str) -> None:
    assert part in bad(load(toml, tmp_path))


def test_a_list_that_cannot_be_read(tmp_path: Path) -> None:
    assert "No such file" in bad(load(tmp_path / "missing.toml"))
    (tmp_path / "latin.toml").write_bytes(b"# \xff\n")
    assert "not valid TOML" in bad(load(tmp_path / "latin.toml"))


def test_what_is_missing_in_the_environment() -> None:
    assert "set OPENAI_API_KEY" in bad(load(key=None))
    assert "STIPEND_MODEL must name" in bad(load(url="http://x/v1"))
    assert "No price is known" in bad(load(url="http://x/v1", default="llama3"))
    assert "base_url must look like" in bad(load(url="localhost:8080", default="gpt-5"))
    assert "use letters" in bad(load(default="gpt 5"))


def test_a_key_that_cannot_be_sent_is_told(tmp_path: Path) -> None:
    for key in ("sk-ä", "sk- x", "sk-x\n"):
        assert "OPENAI_API_KEY has characters" in bad(load(key=key))


@pytest.mark.parametrize("name", ["models.example.toml", "sandbox/model/demo.toml"])
def test_the_lists_that_come_along_are_good(name: str) -> None:
    models = good(load(ROOT / name, environ={"ANTHROPIC_API_KEY": "set"}))
    assert len(models.all) >= 2
    assert all(model.price.typical_micros() > Decimal(0) for model in models.all)


def test_a_list_says_what_an_image_counts_for_or_that_there_are_to_be_none(tmp_path: Path) -> None:
    listed = """
        models = [{ name = "gpt-5-mini" }, { name = "few", model = "gpt-5-mini", image_tokens = 900 },
                  { name = "none", model = "gpt-5-mini", image_tokens = 0 }]
    """
    tokens = {each.name: each.image_tokens for each in good(load(listed, tmp_path)).all}
    assert tokens == {"gpt-5-mini": 3_779, "few": 900, "none": None}
