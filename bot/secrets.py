"""Every secret that the environment holds, by value: whatever form it has, it can be kept out of what is shown."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

SHORTEST = 4  # letters: to mask every "a" would hide what is said, and no secret worth the name is shorter
NAMES = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD)$")  # variables that are one; models' keys have names of the list's
HEADERS = re.compile(r"^OTEL_EXPORTER_OTLP_(?:TRACES_)?HEADERS$")  # name=value,name=value
PASSWORD_OF_A_QUERY = re.compile(r"[?&]password=([^&#]*)")


def known(environ: Mapping[str, str]) -> list[str]:
    """The secrets, and passwords inside of addresses, as they are and as an address writes them; the longest first."""
    named = key_variables(environ.get("STIPEND_MODELS", ""))
    plain = [value.strip() for name, value in environ.items() if NAMES.search(name) or name in named]
    headers = [value for name, value in environ.items() if HEADERS.search(name)]
    plain += [pair.partition("=")[2].strip() for value in headers for pair in value.split(",")]
    plain += [password for value in environ.values() if "://" in value for password in passwords_of(value)]
    found = {form for secret in plain for form in (secret, unquote(secret), quote(secret, safe=""))}
    return sorted((each for each in found if len(each) >= SHORTEST), key=len, reverse=True)


def key_variables(list_of_models: str) -> set[str]:
    """The variables that a list of models names for its keys; none when it cannot be read, which others tell."""
    try:
        entries = tomllib.loads(Path(list_of_models).read_text(encoding="utf-8")).get("models", [])
        return {str(entry["key_variable"]) for entry in entries if "key_variable" in entry}
    except (OSError, ValueError, TypeError, AttributeError):
        return set()


def passwords_of(address: str) -> list[str]:
    """Those in an address: `scheme://user:PASSWORD@host`, `?password=PASSWORD`."""
    try:
        inside = urlsplit(address).password
    except ValueError:
        inside = None
    return [each for each in (inside, *PASSWORD_OF_A_QUERY.findall(address)) if each]
