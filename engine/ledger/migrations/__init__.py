"""How a ledger's tables come into being and change: alembic scripts, each frozen once released.

`schema` says what the tables are now; a test holds that the scripts lead there.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def upgrade(connection: Connection, to: str = "head", scripts: Path = Path(__file__).parent) -> None:
    """Brings a database to a version, inside the connection's transaction."""
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
