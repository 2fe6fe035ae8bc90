"""The variants of HTTP mode, put together as compose and kustomize do: one way in, for one path, and nothing lost."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import Settings
from handlers.slack.wire.http import PATH

DEPLOY = Path(__file__).parents[2] / "deploy"
OVERLAY = DEPLOY / "kubernetes-http"

Tree = dict[str, Any]


def documents(path: Path) -> list[Tree]:
    return [tree for tree in yaml.safe_load_all(path.read_text(encoding="utf-8")) if tree]


def patched(tree: Tree, operations: list[Tree]) -> Tree:
    """JSON patches (RFC 6902), as far as the files use them; what is replaced or removed has to be there."""
    made = copy.deepcopy(tree)
    for operation in operations:
        *way, last = [part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")[1:]]
        place: Any = made
        for part in way:
            place = place[int(part) if isinstance(place, list) else part]
        if operation["op"] == "remove":
            del place[last]
        else:
            assert (last in place) == (operation["op"] == "replace")
            place[last] = operation["value"]
    return made


def overlay() -> Tree:
    (found,) = documents(OVERLAY / "kustomization.yml")
    return found


def applied() -> dict[str, Tree]:
    """What `kubectl apply -k deploy/kubernetes-http` makes, by kind."""
    (base,) = documents(DEPLOY / "kubernetes" / "kustomization.yml")
    trees = [tree for name in base["resources"] for tree in documents(DEPLOY / "kubernetes" / name)]
    trees += [tree for name in overlay()["resources"] if name != "../kubernetes" for tree in documents(OVERLAY / name)]
    made = {tree["kind"]: tree for tree in trees}
    for patch in overlay()["patches"]:
        kind = patch["target"]["kind"]
        assert made[kind]["metadata"]["name"] == patch["target"]["name"]
        made[kind] = patched(made[kind], yaml.safe_load(patch["patch"]))
    return made


def test_every_file_for_kubernetes_is_applied() -> None:
    (base,) = documents(DEPLOY / "kubernetes" / "kustomization.yml")
    assert set(base["resources"]) == {path.name for path in (DEPLOY / "kubernetes").glob("[0-9]*.yml")}
    assert set(overlay()["resources"]) == {"../kubernetes", *(path.name for path in OVERLAY.glob("[0-9]*.yml"))}


def test_kubernetes_sends_slacks_path_to_the_port_that_the_bot_listens_on(monkeypatch: pytest.MonkeyPatch) -> None:
    made = applied()
    for name, value in made["ConfigMap"]["data"].items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    (bot,) = made["Deployment"]["spec"]["template"]["spec"]["containers"]
    (port,) = bot["ports"]
    assert (settings.http_host, settings.http_proxies) == ("0.0.0.0", 1)
    assert settings.http_port == port["containerPort"]
    (way_in,) = made["Service"]["spec"]["ports"]
    assert way_in["targetPort"] == port["name"]
    assert made["Service"]["spec"]["selector"] == made["Deployment"]["spec"]["selector"]["matchLabels"]
    (rule,) = made["Ingress"]["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    assert (path["path"], path["pathType"]) == (PATH, "Exact")
    assert path["backend"]["service"] == {"name": "stipend", "port": {"name": way_in["name"]}}
    assert [rule["host"]] == made["Ingress"]["spec"]["tls"][0]["hosts"]


def test_kubernetes_asks_the_pages_and_lets_in_whoever_needs_the_port() -> None:
    made = applied()
    (bot,) = made["Deployment"]["spec"]["template"]["spec"]["containers"]
    asked = {name: bot[name]["httpGet"]["path"] for name in ("startupProbe", "readinessProbe", "livenessProbe")}
    assert asked == {"startupProbe": "/readyz", "readinessProbe": "/readyz", "livenessProbe": "/healthz"}
    assert not any("exec" in bot[name] for name in asked)
    (ingress,) = made["NetworkPolicy"]["spec"]["ingress"]
    assert [each["port"] for each in ingress["ports"]] == [bot["ports"][0]["containerPort"]]
    assert all(set(each) == {"namespaceSelector"} for each in ingress["from"])
    assert made["NetworkPolicy"]["spec"]["egress"]


def test_nothing_else_of_the_pods_is_changed() -> None:
    """Least rights, limits, grace and replicas are those of the base."""
    made, (base, _) = applied()["Deployment"], documents(DEPLOY / "kubernetes" / "3-bot.yml")
    for tree in (made, base):
        (bot,) = tree["spec"]["template"]["spec"]["containers"]
        for name in ("ports", "startupProbe", "readinessProbe", "livenessProbe"):
            bot.pop(name, None)
    assert made == base


def composed() -> Tree:
    """The services of both compose files: mappings are merged, lists are added."""
    whole, more = (documents(DEPLOY / name)[0] for name in ("compose.yml", "compose.http.yml"))
    for name, service in more["services"].items():
        there = whole["services"].setdefault(name, {})
        for key, value in service.items():
            if isinstance(value, dict):
                there[key] = there.get(key, {}) | value
            elif key == "networks":
                there[key] = there.get(key, []) + value
            else:
                there[key] = value
    whole["networks"] |= more["networks"]
    whole["volumes"] |= more["volumes"]
    return whole


def test_compose_gives_the_bot_no_port_and_the_proxy_one_path(monkeypatch: pytest.MonkeyPatch) -> None:
    made = composed()
    bot, proxy = made["services"]["bot"], made["services"]["proxy"]
    for name, value in bot["environment"].items():
        if name.startswith(("STIPEND_", "SLACK_")):
            monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.slack_app_token is None
    assert (settings.http_host, settings.http_proxies) == ("0.0.0.0", 1)
    assert "ports" not in bot
    assert made["networks"]["front"] == {"internal": True}
    assert "front" in bot["networks"]
    assert "front" in proxy["networks"]
    assert "books" not in proxy["networks"]
    caddy = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    assert re.findall(r"handle (\S+) \{", caddy) == [PATH]
    assert f"port {settings.http_port}" in caddy
    assert "name bot" in caddy
    assert "respond 404" in caddy
    assert f"${'{PUBLIC_HOST'}:?" in json.dumps(proxy["environment"])


def test_the_proxy_has_little_to_lose() -> None:
    proxy = composed()["services"]["proxy"]
    assert proxy["read_only"] is True
    assert (proxy["cap_drop"], proxy["cap_add"]) == (["ALL"], ["NET_BIND_SERVICE"])
    assert proxy["security_opt"] == ["no-new-privileges:true"]
    assert "env_file" not in proxy
    assert set(proxy["environment"]) == {"PUBLIC_HOST"}
    assert [volume.split(":")[0] for volume in proxy["volumes"]] == ["./Caddyfile", "certificates"]
