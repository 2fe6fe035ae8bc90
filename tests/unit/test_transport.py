"""Which proxy a model is reached through."""

import pytest

from budget.calling.transport import environment_proxy


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("https://api.example/v1", "http://user:pass@proxy.internal:3128"),
        ("http://127.0.0.1:8000/v1", None),
        ("http://gpu.internal/v1", None),
        ("http://plain.example/v1", "http://all.internal:1"),
    ],
)
def test_the_environment_names_the_proxy(monkeypatch: pytest.MonkeyPatch, url: str, proxy: str | None) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://user:pass@proxy.internal:3128")
    monkeypatch.setenv("ALL_PROXY", "http://all.internal:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,.internal")
    assert environment_proxy(url) == proxy


def test_no_proxy_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    assert environment_proxy("https://api.example/v1") is None
