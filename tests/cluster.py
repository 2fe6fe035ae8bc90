"""A PostgreSQL server of our own, for one run of tests or benchmarks."""

import os
import shutil
import subprocess
import tempfile
from itertools import count
from pathlib import Path

import psycopg

from store import schema

INSTALL = "PostgreSQL's server programs are missing; install them (Debian: apt-get install postgresql)"


def programs() -> Path | None:
    """The folder of the newest PostgreSQL server programs on this machine."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if here := shutil.which("initdb"):
        found.append(Path(here).resolve().parent)
    return max(found, key=lambda folder: (len(folder.parent.name), folder.parent.name), default=None)


class Cluster:
    """A throwaway server on a socket in its own folder; `safe` keeps fsync on, as benchmarks must."""

    def __init__(self, folder: Path, *, safe: bool = False) -> None:
        self.folder, self._numbers = folder, count()
        self._settings = ["max_connections=60", "listen_addresses=''", f"unix_socket_directories='{folder}'"]
        if not safe:
            self._settings += ["fsync=off", "full_page_writes=off"]
        self._user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        if self._user:
            shutil.chown(folder, "postgres", "postgres")

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs to its end."""
        bin_folder = programs()
        assert bin_folder is not None, INSTALL
        command = [str(bin_folder / program), *arguments]
        done = subprocess.run(  # type: ignore[call-overload]  # the three settings go together
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=self.folder, check=False, **self._user
        )
        assert done.returncode == 0, done.stdout.decode()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = " ".join(f"-c {setting}" for setting in self._settings)
        log, data = str(self.folder / "log"), str(self.folder / "data")
        self.run("pg_ctl", "start", "--wait", "--silent", "-D", data, "-l", log, "-o", options)

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: `fast` breaks connections, `immediate` is a crash."""
        self.run("pg_ctl", "stop", "--wait", "--silent", "-D", str(self.folder / "data"), "-m", mode)

    def create(self) -> None:
        """Make the server, start it, and make the template that every database is a copy of."""
        self.run("initdb", "-D", str(self.folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()
        self.admin("CREATE DATABASE template_stipend")
        schema.upgrade(self.url("template_stipend"))

    def admin(self, sql: str) -> None:
        """Run a statement on the server as such."""
        with psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True) as conn:
            conn.execute(sql)

    def url(self, name: str) -> str:
        """The address of a database."""
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def database(self, template: str = "template_stipend") -> str:
        """A new database, upgraded unless another template is named; its address."""
        name = f"test_{next(self._numbers)}"
        self.admin(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database, and whoever is connected to it."""
        self.admin(f"DROP DATABASE {name_of(url)} WITH (FORCE)")


def name_of(url: str) -> str:
    """The name in an address that `Cluster.url` made."""
    return url.split("@/", 1)[1].split("?", 1)[0]


def new_cluster(*, safe: bool = False) -> Cluster:
    """A running server in a new folder under the system's temporary one (short: a socket's path is limited)."""
    folder = Path(tempfile.mkdtemp(prefix="stipend-pg-"))
    cluster = Cluster(folder, safe=safe)
    cluster.create()
    return cluster


def remove(cluster: Cluster) -> None:
    """Stop a server and delete its folder."""
    cluster.stop("immediate")
    shutil.rmtree(cluster.folder, ignore_errors=True)
