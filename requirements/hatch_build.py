"""Reads the project's dependencies from run.in and traces.in, so that they stand in one place."""

from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface


class RunRequirements(MetadataHookInterface):
    """Fills `dependencies` with the unpinned names in requirements/run.in, and the extra `traces` with traces.in's."""

    def update(self, metadata: dict[str, object]) -> None:
        metadata["dependencies"] = self._names("run.in")
        metadata["optional-dependencies"] = {"traces": self._names("traces.in")}

    def _names(self, file: str) -> list[str]:
        lines = (Path(self.root) / "requirements" / file).read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line and not line.startswith(("#", "-"))]
