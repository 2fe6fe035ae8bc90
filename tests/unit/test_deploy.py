"""The files for operators: read as their tools read them, and compared with the code that they are for."""

import configparser
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli import parser
from bot.log import mask
from bot.settings import Settings
from handlers.slack.answering.worker import CANCEL_GRACE_S

TOP = Path(__file__).parents[2]
DEPLOY = TOP / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
READ = [*FILES, TOP / "README.md", *sorted((TOP / "docs").glob("*.md"))]  # by people
HEALTH_CHECK = "/opt/stipend/healthcheck.py"
OURS = re.compile(r"\b(?:SLACK|STIPEND|OPENAI|DATABASE)_[A-Z_]+[A-Z]\b")
NOT_OURS = {"POSTGRES_PASSWORD", "PUBLIC_HOST"}  # of the database and the proxy beside the bot

ALIASES = {str(field.alias): field for field in Settings.model_fields.values()}
SECRETS = {name for name, field in ALIASES.items() if "SecretStr" in repr(field.annotation)} | {"POSTGRES_PASSWORD"}


def text_of(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def documents(pattern: str) -> list[dict[str, Any]]:
    return [tree for path in sorted(DEPLOY.glob(pattern)) for tree in yaml.safe_load_all(path.read_text()) if tree]


def of_kind(kind: str) -> dict[str, Any]:
    (found,) = [tree for tree in documents("kubernetes/*.yml") if tree["kind"] == kind]
    return found


def instructions() -> list[tuple[str, str]]:
    """The Containerfile's, of both stages."""
    lines = [line for line in text_of("Containerfile").splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ").splitlines()
    return [(line.split()[0], line.partition(" ")[2].strip()) for line in joined if line.strip()]


def last_stage() -> list[tuple[str, str]]:
    found = instructions()
    return found[max(at for at, (name, _) in enumerate(found) if name == "FROM") :]


def environment_file() -> dict[str, str]:
    lines = [line for line in text_of("env.example").splitlines() if line and not line.startswith("#")]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def unit() -> configparser.ConfigParser:
    found = configparser.ConfigParser(strict=False, interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]  # the documented way to keep capitals
    found.read_string(text_of("stipend.service"))
    return found


def bot_service() -> dict[str, Any]:
    found: dict[str, Any] = documents("compose.yml")[0]["services"]["bot"]
    return found


def pod() -> dict[str, Any]:
    found: dict[str, Any] = of_kind("Deployment")["spec"]["template"]["spec"]
    return found


# Settings: the files and the code name the same.


def test_the_example_of_an_environment_names_every_setting_and_no_other() -> None:
    assert set(environment_file()) == set(ALIASES) | NOT_OURS


@pytest.mark.parametrize(
    "path",
    READ,
    ids=lambda path: str(path.relative_to(TOP)),
)
def test_variables_that_files_speak_of_exist(path: Path) -> None:
    assert set(OURS.findall(path.read_text(encoding="utf-8"))) <= set(ALIASES)


def test_the_example_of_an_environment_loads_with_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment_file().items():
        monkeypatch.setenv(name, value)
    loaded = Settings()
    plain = Settings.model_construct().model_dump(exclude={"log_format"})
    assert loaded.log_format == "json"
    assert loaded.model_dump(exclude={"log_format"}) == plain


def test_settings_in_kubernetes_are_texts_that_load(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in of_kind("ConfigMap")["data"].items():
        monkeypatch.setenv(name, value)  # refuses what is no text, as Kubernetes does
    assert Settings().log_format == "json"


# Secrets: in no file.


@pytest.mark.parametrize(
    "path",
    READ,
    ids=lambda path: str(path.relative_to(TOP)),
)
def test_no_file_has_a_secret(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    examples = ("user:password@", "xoxb-…", "xapp-…", "sk-…", "--ask-model")
    for example in examples:
        text = text.replace(example, "")
    assert mask(text) == text


def test_secrets_come_from_elsewhere() -> None:
    assert {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "DATABASE_URL", "OPENAI_API_KEY"} <= SECRETS
    assert {environment_file()[name] for name in SECRETS} == {""}
    assert not SECRETS & set(of_kind("ConfigMap")["data"])
    assert "Secret" not in {tree["kind"] for tree in documents("kubernetes/*.yml")}
    (bot,) = pod()["containers"]
    assert {"secretRef": {"name": "stipend"}} in bot["envFrom"]
    services = documents("compose.yml")[0]["services"]
    given = [value for each in services.values() for name, value in each["environment"].items() if name in SECRETS]
    assert len(given) == 2
    assert all("${POSTGRES_PASSWORD:?" in value for value in given)


# Least rights: no root, nothing written.


def test_the_container_file_has_no_root_no_loose_package_and_no_volume() -> None:
    stage = dict(last_stage())
    user, _, group = stage["USER"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert "VOLUME" not in stage
    installs = [text for name, text in instructions() if name == "RUN" and "pip" in text]
    from_outside = [part for text in installs for part in text.split("&&") if " install " in part and "-r " in part]
    assert len(from_outside) == 2
    assert all("--require-hashes" in part for part in from_outside)
    others = [
        part for text in installs for part in text.split("&&") if " install " in part and part not in from_outside
    ]
    assert all("--no-index" in part for part in others)


def test_the_image_runs_a_python_that_the_project_supports() -> None:
    tags = [text.split()[0].rpartition(":")[2] for name, text in instructions() if name == "FROM"]
    assert len(set(tags)) == 1
    assert re.fullmatch(r"3\.1[1-9]-slim-[a-z]+", tags[0])


def test_what_the_container_file_copies_is_there_and_reaches_the_builder() -> None:
    ignore = (TOP / ".containerignore").read_text(encoding="utf-8")
    assert ignore == text_of("Containerfile.dockerignore")  # Docker reads the one, Podman the other
    let_through = {line[1:] for line in ignore.splitlines() if line.startswith("!")}
    copies = [text for name, text in instructions() if name == "COPY" and not text.startswith("--from")]
    sources = {source for text in copies for source in text.split()[:-1]}
    assert sources <= let_through
    assert all((TOP / source).exists() for source in sources)
    packages = re.search(r"^packages = (\[.*\])$", (TOP / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert packages is not None
    assert set(yaml.safe_load(packages[1])) <= sources


def test_compose_gives_the_bot_nothing() -> None:
    bot, whole = bot_service(), documents("compose.yml")[0]
    assert bot["read_only"] is True
    assert bot["cap_drop"] == ["ALL"]
    assert bot["security_opt"] == ["no-new-privileges:true"]
    assert bot["user"] == dict(last_stage())["USER"]
    assert not {"volumes", "tmpfs", "ports", "privileged"} & set(bot)
    assert bot["restart"] == "unless-stopped"
    assert bot["depends_on"]["database"]["condition"] == "service_healthy"
    database = whole["services"]["database"]
    assert "ports" not in database
    assert database["networks"] == ["books"]
    assert whole["networks"]["books"] == {"internal": True}
    (volume,) = database["volumes"]
    assert volume.partition(":")[0] in whole["volumes"]


def test_kubernetes_gives_the_bot_nothing() -> None:
    (bot,) = pod()["containers"]
    inside, outside = bot["securityContext"], pod()["securityContext"]
    assert inside["readOnlyRootFilesystem"] is True
    assert inside["allowPrivilegeEscalation"] is False
    assert inside["capabilities"] == {"drop": ["ALL"]}
    assert outside["runAsNonRoot"] is True
    assert f"{outside['runAsUser']}:{outside['runAsGroup']}" == dict(last_stage())["USER"]
    assert outside["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod()["automountServiceAccountToken"] is False
    assert "volumes" not in pod()
    assert of_kind("Namespace")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert of_kind("NetworkPolicy")["spec"]["ingress"] == []
    assert {"cpu", "memory"} <= set(bot["resources"]["requests"])
    assert "memory" in bot["resources"]["limits"]


def test_kubernetes_keeps_a_replica_up() -> None:
    spec = of_kind("Deployment")["spec"]
    labels = spec["template"]["metadata"]["labels"]
    assert spec["replicas"] == 2
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert of_kind("PodDisruptionBudget")["spec"]["minAvailable"] == 1
    assert spec["selector"]["matchLabels"] == labels
    assert of_kind("PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == labels
    assert of_kind("NetworkPolicy")["spec"]["podSelector"]["matchLabels"] == labels


def test_systemd_gives_the_bot_one_folder() -> None:
    service = unit()["Service"]
    assert service["DynamicUser"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["StateDirectory"] == "stipend"
    assert service["WorkingDirectory"] == "%S/stipend"
    assert service["CapabilityBoundingSet"] == ""
    assert service["NoNewPrivileges"] == "yes"
    assert "ReadWritePaths" not in service
    assert service["Restart"] == "on-failure"
    assert unit()["Unit"]["StartLimitIntervalSec"] == "0"


# Starting, stopping, looking.


def test_whoever_stops_the_bot_waits_for_its_drain_and_last_words() -> None:
    needed_s = float(environment_file()["STIPEND_DRAIN_S"]) + CANCEL_GRACE_S
    assert float(of_kind("ConfigMap")["data"]["STIPEND_DRAIN_S"]) == float(environment_file()["STIPEND_DRAIN_S"])
    assert pod()["terminationGracePeriodSeconds"] > needed_s
    assert int(bot_service()["stop_grace_period"].removesuffix("s")) > needed_s
    assert int(unit()["Service"]["TimeoutStopSec"]) > needed_s


def test_every_way_starts_the_bot() -> None:
    stage = dict(last_stage())
    image = yaml.safe_load(stage["ENTRYPOINT"]) + yaml.safe_load(stage["CMD"])
    (bot,) = pod()["containers"]
    service = shlex.split(unit()["Service"]["ExecStart"])
    assert image == ["stipend", "run"]
    assert bot["args"] == image[1:]
    assert [Path(service[0]).name, *service[1:]] == image
    assert parser().parse_args(image[1:]).run.__name__ == "run"


def test_every_health_check_is_the_one_that_the_image_has() -> None:
    assert f"COPY deploy/healthcheck.py {HEALTH_CHECK}" in text_of("Containerfile")
    (bot,) = pod()["containers"]
    image = yaml.safe_load(dict(last_stage())["HEALTHCHECK"].partition("CMD ")[2])
    assert bot_service()["healthcheck"]["test"] == ["CMD", *image]
    assert bot["startupProbe"]["exec"]["command"] == image
    assert bot["readinessProbe"]["exec"]["command"] == image
    assert bot["livenessProbe"]["exec"]["command"] == [*image, "--alive"]
