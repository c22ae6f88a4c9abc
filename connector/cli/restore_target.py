"""Where a backup goes: the configured hub, a folder, or a database by its address."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connector import hub_files
from connector.cli.chosen import Chosen
from connector.config import Settings, load, read_env, resolve_text
from connector.errors import ConfigError, StoreError
from connector.store import instance, restoring
from connector.store.database import Store, open_database

_AT_HOME = re.compile(r"^([ \t]*)((?:data_dir|database_url)[ \t]*=)", re.MULTILINE)


@dataclass
class Target:
    """The hub that is about to be restored."""

    config: Path
    address: str | None
    """Of a database that the configuration does not name."""
    environment: Mapping[str, str]
    _settings: Settings | None = None
    _store: Store | None = None
    _staged: Path | None = field(default=None, repr=False)
    _made: list[Path] = field(default_factory=list, repr=False)
    """Folders that were not there, the outermost first."""

    @property
    def is_database(self) -> bool:
        """Whether a database was named by its address."""
        return self.address is not None

    @property
    def settings(self) -> Settings:
        """What its configuration says."""
        assert self._settings is not None
        return self._settings

    @property
    def store(self) -> Store:
        """Its database."""
        assert self._store is not None
        return self._store

    def configure(self, text: str | None) -> None:
        """Read its configuration, or put ready the one of the backup. Raises ConfigError."""
        path = self.config
        if not path.exists():
            if text is None:
                raise ConfigError(
                    f"There is no {path}: put the hub's config.toml there first, or name the "
                    "backup's key file, which holds a copy, with --key. Nothing was changed."
                )
            path = self._stage_config(text)
        self._settings = load(path)
        self._make(self._settings.data_dir)
        self._store = open_database(self._address())
        self._refuse_unreachable()

    def _stage_config(self, text: str) -> Path:
        path = self.config.with_name(self.config.name + hub_files.STAGED)
        self._make(path.parent)
        try:
            hub_files.write_private(path, at_home(text))
        except OSError as error:
            raise ConfigError(
                f"{path} cannot be written ({error.strerror}): check the rights of its folder. "
                "Nothing was changed."
            ) from error
        self._staged = path
        return path

    def _make(self, folder: Path) -> None:
        """Make a folder, and remember which ones were not there. Raises ConfigError."""
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        self._made += reversed(missing)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"{folder} cannot be made ({error.strerror}): name another folder, or check the "
                "rights of the one above. Nothing was changed."
            ) from error

    def _refuse_unreachable(self) -> None:
        """Raise StoreError for a server that does not answer, or a folder that is not there."""
        if not self.store.is_sqlite:
            with self.store.read():
                return
        folder = Path(self.store.engine.url.database or "").absolute().parent
        if not folder.is_dir():
            raise StoreError(
                f"{folder} is missing: make the folder of the database first. Nothing was changed."
            )

    def _address(self) -> str:
        if self.address is None:
            return self.settings.database_url
        return resolve_text(self.address, self.environment, "--into")

    def config_text(self) -> str:
        """Return its configuration as it is written."""
        return (self._staged or self.config).read_text(encoding="utf-8-sig")

    def exists(self) -> bool:
        """Whether there is a database at all."""
        if not self.store.is_sqlite:
            return True
        return Path(self.store.engine.url.database or "").exists()

    def is_empty(self) -> bool:
        """Whether nothing would be lost with it; a damaged one is not empty."""
        if not self.exists():
            return True
        try:
            return restoring.is_empty(self.store)
        except StoreError:
            return False

    def former_epoch(self) -> int:
        """Return the highest epoch that a hub here has had."""
        noted = hub_files.read_whereabouts(self.settings.data_dir)
        epoch = 0 if noted is None else noted.epoch
        if self.exists():
            with suppress(StoreError):
                epoch = max(epoch, instance.epoch_of(self.store))
        return epoch

    def settle(self) -> None:
        """Let a configuration that was put ready count, and the folders that were made."""
        self._made.clear()
        if self._staged is not None:
            os.replace(self._staged, self.config)
            self._staged = None

    def close(self) -> None:
        """Give the database back; forget a configuration and folders that do not count."""
        if self._store is not None:
            self._store.close()
        if self._staged is not None:
            self._staged.unlink(missing_ok=True)
        with suppress(OSError):  # something came into one meanwhile
            for folder in reversed(self._made):
                folder.rmdir()


@contextmanager
def target_of(chosen: Chosen, into: str | None) -> Iterator[Target]:
    """Give the hub that ``--into`` names, not yet configured."""
    address = into if into is not None and ("://" in into or into.startswith("env:")) else None
    config = chosen.config
    if into is not None and address is None:
        config = Path(into) / "config.toml"
    environment = read_env(config.parent / ".env") | dict(os.environ)
    target = Target(config=config, address=address, environment=environment)
    try:
        yield target
    finally:
        target.close()


def at_home(text: str) -> str:
    """Return a configuration that keeps all of its hub in its own folder.

    An absolute ``data_dir`` or a ``database_url`` may lead to the hub that the backup was
    made of. Raises ConfigError where these lines are not found.
    """
    if _leads_home(tomllib.loads(text)):
        return text
    note = "# As the backup had it, left out by 'clusterhub restore':\n"
    changed = _AT_HOME.sub(lambda found: f"{note}# {found[2]}", text)
    try:
        if _leads_home(tomllib.loads(changed)):
            return changed
    except tomllib.TOMLDecodeError:
        pass
    raise ConfigError(
        "The backup's config.toml names a data_dir or database_url of another hub: write a "
        "config.toml into the folder first. Nothing was changed."
    )


def _leads_home(found: Mapping[str, Any]) -> bool:
    section = found.get("hub", {})
    folder = Path(section.get("data_dir", "data"))
    leaves = folder.is_absolute() or ".." in folder.parts
    return not leaves and not section.get("database_url", "")
