"""What people, teams and projects are called, by their ids."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Column, Connection, select

from store.tables import person, project, team


def people(conn: Connection, ids: Collection[str]) -> Mapping[str, str]:
    """Names of people."""
    return _names(conn, person.c.id, person.c.name, ids)


def teams(conn: Connection, ids: Collection[str]) -> Mapping[str, str]:
    """Names of teams."""
    return _names(conn, team.c.id, team.c.name, ids)


def projects(conn: Connection, ids: Collection[str]) -> Mapping[str, str]:
    """Names of projects."""
    return _names(conn, project.c.id, project.c.name, ids)


def _names(conn: Connection, key: Column[Any], name: Column[Any], ids: Collection[str]) -> Mapping[str, str]:
    if not ids:
        return {}
    return {row[0]: row[1] for row in conn.execute(select(key, name).where(key.in_(sorted(ids))))}
