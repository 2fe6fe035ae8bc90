"""Settings from the environment, checked at start, with every problem told at once."""

import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from budget.money import BadAmount, Face, parse_amount
from budget.retention import MAKE_ONE, MOST_DAYS, BadKey, Keys, Retention, keys_of
from store.engines import parse

SLACK_API_URL = "https://slack.com/api/"
NEVER = (1 << 63) - 1  # more micro-dollars than any ask may cost


class Settings(BaseSettings):
    """What the environment says. Field aliases are the variables' names; secrets never show in a repr."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True, populate_by_name=False)

    slack_bot_token: SecretStr | None = Field(None, alias="SLACK_BOT_TOKEN")
    slack_app_token: SecretStr | None = Field(None, alias="SLACK_APP_TOKEN")
    slack_signing_secret: SecretStr | None = Field(None, alias="SLACK_SIGNING_SECRET")
    slack_api_url: str = Field(SLACK_API_URL, alias="SLACK_API_URL")
    database_url: SecretStr = Field(SecretStr("sqlite:///stipend.db"), alias="DATABASE_URL")
    openai_api_key: SecretStr | None = Field(None, alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(None, alias="OPENAI_BASE_URL")
    model: str | None = Field(None, alias="STIPEND_MODEL")
    models: Path | None = Field(None, alias="STIPEND_MODELS")
    admins: Annotated[frozenset[str], NoDecode] = Field(frozenset(), alias="STIPEND_ADMINS")
    timezone: str = Field("UTC", alias="STIPEND_TIMEZONE")
    token_usd_per_million: Decimal = Field(
        Decimal(1), alias="STIPEND_TOKEN_USD_PER_MILLION", gt=0, le=1000, max_digits=12, decimal_places=6
    )
    starter_grant: str = Field("0", alias="STIPEND_STARTER_GRANT")
    confirm_above: str = Field("1M", alias="STIPEND_CONFIRM_ABOVE")
    min_output_tokens: int = Field(256, alias="STIPEND_MIN_OUTPUT_TOKENS", ge=1, le=100_000)
    max_output_tokens: int = Field(4_096, alias="STIPEND_MAX_OUTPUT_TOKENS", ge=1, le=1_000_000)
    thread_tokens: int = Field(16_000, alias="STIPEND_THREAD_TOKENS", ge=0, le=1_000_000)
    wait_for_holds_s: float = Field(5.0, alias="STIPEND_WAIT_FOR_HOLDS_S", ge=0, le=60)
    retention_key: SecretStr | None = Field(None, alias="STIPEND_RETENTION_KEY")
    retention_days: int = Field(0, alias="STIPEND_RETENTION_DAYS", ge=0, le=MOST_DAYS)  # behind the key it needs
    asks_at_once: int = Field(200, alias="STIPEND_ASKS_AT_ONCE", ge=1, le=10_000)
    lease_s: float = Field(60.0, alias="STIPEND_LEASE_S", ge=2, le=3600)
    drain_s: float = Field(20.0, alias="STIPEND_DRAIN_S", ge=0, le=600)
    http_port: int | None = Field(None, alias="STIPEND_HTTP_PORT", ge=1, le=65_535)
    http_host: str = Field("127.0.0.1", alias="STIPEND_HTTP_HOST", pattern=r"^[0-9A-Za-z.:-]+$")
    http_proxies: int = Field(0, alias="STIPEND_HTTP_PROXIES", ge=0, le=9)
    log_format: Literal["console", "json"] = Field("console", alias="STIPEND_LOG_FORMAT")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", alias="STIPEND_LOG_LEVEL")

    @field_validator("admins", mode="before")
    @classmethod
    def _split(cls, typed: object) -> object:
        if not isinstance(typed, str):
            return typed
        names = [name.strip() for name in typed.replace(";", ",").split(",") if name.strip()]
        return frozenset(name.lower() if "@" in name else name for name in names)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError("this is no time zone; write one like Europe/Berlin")
        return name

    @field_validator("slack_api_url")
    @classmethod
    def _with_slash(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")) or not urlsplit(url).hostname:
            raise ValueError("write an address that begins with https://")
        return url if url.endswith("/") else url + "/"

    @field_validator("slack_bot_token", "slack_app_token")
    @classmethod
    def _right_kind(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        start = "xoxb-" if info.field_name == "slack_bot_token" else "xapp-"
        if secret and not secret.get_secret_value().startswith(start):
            raise ValueError(f"this token begins with {start}; the value set here does not")
        return secret

    @field_validator("slack_signing_secret")
    @classmethod
    def _no_token(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret and not secret.get_secret_value().isalnum():
            raise ValueError("this has letters and digits alone; copy it from your app's page, Basic Information")
        return secret

    @field_validator("database_url")
    @classmethod
    def _usable_database(cls, url: SecretStr) -> SecretStr:
        parse(url.get_secret_value())
        return url

    @field_validator("retention_key")
    @classmethod
    def _real_keys(cls, secret: SecretStr | None) -> SecretStr | None:
        found = keys_of(secret.get_secret_value()) if secret else None
        if isinstance(found, BadKey):
            raise ValueError(found.sentence)
        return secret

    @field_validator("retention_days")
    @classmethod
    def _with_a_key(cls, days: int, info: ValidationInfo) -> int:
        if days and info.data.get("retention_key", "a bad one, which is told already") is None:
            raise ValueError(f"nothing is kept unencrypted, and STIPEND_RETENTION_KEY is not set; {MAKE_ONE}")
        return days

    @field_validator("max_output_tokens")
    @classmethod
    def _minimum_below_maximum(cls, most: int, info: ValidationInfo) -> int:
        if most < info.data.get("min_output_tokens", 0):
            raise ValueError("this must not be below STIPEND_MIN_OUTPUT_TOKENS")
        return most

    @field_validator("starter_grant", "confirm_above")
    @classmethod
    def _amount(cls, typed: str, info: ValidationInfo) -> str:
        if info.field_name == "confirm_above" and typed.strip().casefold() == "off":
            return typed
        amount = _micros(typed, Face(info.data.get("token_usd_per_million", Decimal(1))))
        if isinstance(amount, BadAmount):
            raise ValueError(amount.sentence)
        return typed

    @property
    def face(self) -> Face:
        """What a token is worth."""
        return Face(self.token_usd_per_million)

    @property
    def retention(self) -> Retention:
        """Whether and how long texts are kept, with the keys."""
        found = keys_of(self.retention_key.get_secret_value()) if self.retention_key else None
        return Retention(self.retention_days, found if isinstance(found, Keys) else None)

    @property
    def zone(self) -> ZoneInfo:
        """The workspace's zone."""
        return ZoneInfo(self.timezone)

    def starter_grant_micros(self) -> int:
        """The starter grant in micro-dollars; 0: none."""
        return self._checked_micros(self.starter_grant)

    def confirm_above_micros(self) -> int:
        """An ask whose bound is above this is asked for first; NEVER when that is switched off."""
        return NEVER if self.confirm_above.strip().casefold() == "off" else self._checked_micros(self.confirm_above)

    def _checked_micros(self, typed: str) -> int:
        amount = _micros(typed, self.face)
        if isinstance(amount, BadAmount):
            raise AssertionError("the validator has read it before")
        return amount


NO_BOT = "SLACK_BOT_TOKEN is not set; copy it from your app's page, OAuth & Permissions."
NO_APP = (
    "SLACK_APP_TOKEN is not set; make one on your app's page with connections:write, "
    "or set SLACK_SIGNING_SECRET and STIPEND_HTTP_PORT to be called over HTTP."
)
NO_PORT = (
    "STIPEND_HTTP_PORT is not set; with SLACK_SIGNING_SECRET and no SLACK_APP_TOKEN Slack calls the bot, so say where "
    "it listens."
)


def _missing(environ: Mapping[str, str]) -> list[str]:
    """What `run` needs of Slack and does not have. With an app token it is Socket Mode, whatever else is set."""
    found = [] if environ.get("SLACK_BOT_TOKEN") else [NO_BOT]
    if environ.get("SLACK_APP_TOKEN"):
        return found
    if not environ.get("SLACK_SIGNING_SECRET"):
        return [*found, NO_APP]
    return found if environ.get("STIPEND_HTTP_PORT") else [*found, NO_PORT]


def _micros(typed: str, face: Face) -> int | BadAmount:
    return 0 if typed.strip() in ("0", "$0") else parse_amount(typed, face)


def load(*, needs_slack: bool) -> Settings | list[str]:
    """The settings, or every problem as a sentence that names its variable."""
    missing = _missing(os.environ) if needs_slack else []
    try:
        settings = Settings()
    except ValidationError as error:
        return [_sentence(detail) for detail in error.errors(include_input=False, include_url=False)] + missing
    return missing or settings


def _sentence(detail: ErrorDetails) -> str:
    name = str(detail["loc"][0]) if detail["loc"] else ""
    name = Settings.model_fields[name].alias or name if name in Settings.model_fields else name
    reason = detail["msg"].removeprefix("Value error, ").removesuffix(".")
    return f"{name}: {reason}." if name else f"{reason}."
