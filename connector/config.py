"""config.toml, the environment and .env become one frozen Settings, read once at start.

Every mistake is told at once, each with its key, what was found and what is accepted. What
an adapter may be told is the adapter's own; here it is only carried.
"""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import time, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from connector.errors import ConfigError
from connector.mistakes import told
from connector.rules import Rules

ENVIRONMENT_PREFIX = "CLUSTERHUB_"
_DURATION = re.compile(r"^\s*(\d+)\s*(s|m|h|d)\s*$")
_HOURS = re.compile(r"^\s*([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-3]):([0-5]\d)\s*$")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _duration(value: object) -> object:
    found = _DURATION.match(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("write a number and s, m, h or d, for example 15m")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _zone(value: object) -> object:
    try:
        return ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("write a zone of the tz database, for example Pacific/Auckland") from None


def _network(value: object) -> object:
    try:
        return str(ip_network(str(value)))
    except ValueError:
        raise ValueError("write an address or a range, for example 10.20.0.0/16") from None


def _quiet(value: object) -> object:
    if value in ("", None):
        return None
    found = _HOURS.match(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("write two times of the day, for example 21:00-07:00")
    return time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))


QuietHours = Annotated[tuple[time, time] | None, BeforeValidator(_quiet)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
NetworkRange = Annotated[str, BeforeValidator(_network)]
_KEY = re.compile(r"^[a-z0-9][a-z0-9-]{0,59}$")
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
Key = Annotated[str, Field(pattern=_KEY.pattern)]
MAX_NAME = 200
Name = Annotated[str, Field(max_length=MAX_NAME)]
"""As long as the database keeps names."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class HubSection(_Section):
    """[hub]"""

    data_dir: Path = Field(
        Path("data"),
        description="Folder of the database and the key; relative to the configuration file.",
    )
    database_url: str = Field(
        "",
        description=(
            "Empty: SQLite in data_dir. Or postgresql://user@host/name. "
            "env:NAME reads it from the environment."
        ),
    )
    timezone: Zone = Field(
        ZoneInfo("Pacific/Auckland"),
        description="Zone of the pages, of nights, and of places that name none.",
    )


class ServeSection(_Section):
    """[serve]"""

    port: int = Field(8080, ge=0, le=65535, description="Port of the pages on 127.0.0.1.")
    hosts: tuple[str, ...] = Field(
        (), description="Further host names under which the pages are reached, without port."
    )
    # Python makes one page at a time, and slow readers hold no thread: the server takes their
    # questions and sends the answers by a loop of its own. Each thread keeps a connection,
    # with its part of the database at hand.
    threads: int = Field(8, ge=1, le=256, description="How many pages are made at once.")


class SyncSection(_Section):
    """[sync]"""

    threads: int = Field(4, ge=1, le=64, description="How many places are read at once.")
    slice_time: Duration = Field(
        timedelta(seconds=60), description="After so long a place lets the others run."
    )
    slice_requests: int = Field(
        200, ge=1, description="After so many requests a place lets the others run."
    )
    flood_brake: int = Field(
        50, ge=1, description="More new posts at once from one stream wait for your OK."
    )


class AnnounceSection(_Section):
    """[announce]"""

    late_limit: Duration = Field(
        timedelta(hours=12), description="What is later than this is not sent by itself."
    )
    quiet_hours: QuietHours = Field(
        None, description="Nothing is sent between these times, for example 21:00-07:00."
    )
    flood_brake: int = Field(
        20, ge=1, description="More announcements a day to one destination wait for your OK."
    )
    daily_mails: int = Field(
        3, ge=1, description="One person gets at most so many mails within 24 hours."
    )
    public_address: str = Field(
        "",
        description=(
            "Address at which people reach the hub, such as https://hub.example.school.nz; "
            "mails then hold a link that stops them."
        ),
    )


class NetworkSection(_Section):
    """[network]"""

    allow: tuple[NetworkRange, ...] = Field(
        (), description="Private addresses or ranges that places may have, such as 10.20.0.0/16."
    )
    proxy: str | None = Field(
        None, description="Web proxy for all requests. env:NAME reads it from the environment."
    )
    ca_bundle: Path | None = Field(
        None, description="File with your own certificate authority, in PEM form."
    )
    max_body_megabytes: int = Field(
        20, ge=1, le=1000, description="Larger answers are refused, counted unpacked."
    )
    total_time: Duration = Field(
        timedelta(seconds=60), description="One request may take so long in all."
    )
    connect_time: Duration = Field(
        timedelta(seconds=10), description="A connection must be made in so long."
    )
    read_time: Duration = Field(
        timedelta(seconds=20), description="Each part of an answer must come in so long."
    )
    max_redirects: int = Field(5, ge=0, le=20, description="More redirects are refused.")
    requests_per_host: int = Field(
        4,
        ge=1,
        le=16,
        description="So many requests at once to one host, at most; most kinds of places need 2.",
    )


class ClusterSection(_Section):
    """[clusters.<slug>]"""

    name: Name = Field(description="As people call the cluster.")
    schools: tuple[Name, ...] = Field((), description="Names of its schools.")


class SourceSection(_Section):
    """[[sources]]"""

    id: Key = Field(description="Permanent name of the place: small letters, digits, hyphens.")
    kind: str = Field(description="Kind of place, such as blogs.")
    address: str = Field(min_length=1, description="Any address of it: home page, feed or post.")
    title: Name = Field("", description="As a teacher recognises it; empty: the id.")
    cluster: Key | None = Field(None, description="Slug of its cluster; may be left out for one.")
    school: Name | None = Field(None, description="The school that it belongs to.")
    fastest: Duration | None = Field(
        None, description="Read at most so often, for example 15m; else the kind's own pace."
    )
    audience: Literal["public", "cluster", "facilitators"] = Field(
        "public", description="Who may see it at most: public, cluster or facilitators."
    )
    succeeds: Key | None = Field(
        None, description="Id of the place that this one continues, after a move."
    )
    settings: dict[str, Any] = Field(
        default_factory=dict, description="What its kind may be told; see the page of the kind."
    )
    rules: Rules = Field(default_factory=Rules, description="Which posts are kept, and as what.")


class DestinationSection(_Section):
    """[[destinations]]"""

    id: Key = Field(description="Permanent name: small letters, digits, hyphens.")
    kind: str = Field(description="Kind of destination: by_hand, discourse, mail or wordpress.")
    address: str = Field(min_length=1, description="Its address; see the page of the kind.")
    title: Name = Field("", description="As a teacher recognises it; empty: the id.")
    cluster: Key | None = Field(None, description="Slug of its cluster; may be left out for one.")
    audience: Literal["public", "cluster", "members", "facilitators"] = Field(
        "public",
        description="Who can see what stands there: public, cluster, members or facilitators.",
    )
    source: Key | None = Field(
        None, description="Id of the place that reads it, so that copies are known again."
    )
    account: str = Field(
        "",
        max_length=200,
        description="The same for destinations that share an account; empty: its address.",
    )
    settings: dict[str, Any] = Field(
        default_factory=dict, description="What its kind may be told; see the page of the kind."
    )


class Settings(_Section):
    """Everything that may be configured."""

    hub: HubSection = Field(default_factory=HubSection)
    serve: ServeSection = Field(default_factory=ServeSection)
    sync: SyncSection = Field(default_factory=SyncSection)
    announce: AnnounceSection = Field(default_factory=AnnounceSection)
    network: NetworkSection = Field(default_factory=NetworkSection)
    clusters: dict[Key, ClusterSection] = Field(default_factory=dict)
    sources: tuple[SourceSection, ...] = ()
    destinations: tuple[DestinationSection, ...] = ()

    folder: Path = Field(Path(), exclude=True)
    """Where the file lies; not a key of it."""
    environment: Mapping[str, str] = Field(default_factory=dict, exclude=True, repr=False)
    """The environment and .env, for ``env:NAME``; not a key of the file."""

    @property
    def data_dir(self) -> Path:
        """Absolute folder of database and key."""
        return (self.folder / self.hub.data_dir).resolve()

    @property
    def database_url(self) -> str:
        """Address of the database."""
        url = resolve_text(self.hub.database_url, self.environment, "hub.database_url")
        return url or f"sqlite:///{self.data_dir / 'hub.db'}"


def load(path: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of a file. Raises ConfigError that names every wrong key."""
    found = _read(path)
    surroundings = dict(os.environ if environment is None else environment)
    surroundings = read_env(path.parent / ".env") | surroundings
    for reserved in ("folder", "environment"):
        if reserved in found:
            raise ConfigError(f"{path}: {reserved} is not a known key.")
    variables = _take_environment(found, surroundings)
    return _checked(found, path, surroundings, variables)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(
            f"There is no {path}: 'clusterhub init' makes one, or name yours with --config."
        ) from None
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read ({error.strerror}): check its rights, or name another file "
            "with --config."
        ) from error
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not written in UTF-8: save the file as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not readable as TOML: {error}.") from None


def read_env(path: Path) -> dict[str, str]:
    """Return what a .env file says; nothing where there is none. Raises ConfigError."""
    try:
        return {name: value for name, value in dotenv_values(path).items() if value}
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not written in UTF-8: save the file as UTF-8.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}): check its rights.") from error


_SECTIONS: dict[str, type[BaseModel]] = {
    "hub": HubSection,
    "serve": ServeSection,
    "sync": SyncSection,
    "announce": AnnounceSection,
    "network": NetworkSection,
}
_Keys = tuple[str | int, ...]
_SINGLE = {"sources": "place", "destinations": "destination"}


def _take_environment(found: dict[str, Any], surroundings: Mapping[str, str]) -> dict[_Keys, str]:
    """Let CLUSTERHUB_<SECTION>_<KEY> replace a single value of the file.

    Return which variable replaced which key.
    """
    taken: dict[_Keys, str] = {}
    for section, model in _SECTIONS.items():
        for key in model.model_fields:
            name = f"{ENVIRONMENT_PREFIX}{section}_{key}".upper()
            values = found.setdefault(section, {}) if name in surroundings else None
            if isinstance(values, dict):
                value = surroundings[name]
                values[key] = value.split(",") if key in ("allow", "hosts") else value
                taken[(section, key)] = name
    return taken


def _checked(
    found: dict[str, Any],
    path: Path,
    surroundings: Mapping[str, str],
    variables: Mapping[_Keys, str],
) -> Settings:
    try:
        settings = Settings.model_validate(
            found | {"folder": path.parent, "environment": surroundings}
        )
    except ValidationError as error:
        mistakes = error.errors(include_url=False)
        wrong = [_mistake(one, found, variables) for one in mistakes]
    else:
        wrong = _contradictions(settings)
    if wrong:
        raise ConfigError(f"{path}:\n" + "\n".join(f"  {one}" for one in wrong))
    return settings


def _mistake(
    mistake: ErrorDetails, found: Mapping[str, Any], variables: Mapping[_Keys, str]
) -> str:
    where = mistake["loc"]
    if where in (("sources",), ("destinations",)):
        return f"{where[0]}: begin each {_SINGLE[str(where[0])]} with a line of its own, [[{where[0]}]]."
    label = variables.get(where[:2]) or _label(where, found)
    return told(label, mistake, _known_keys(where))


def _label(where: _Keys, found: Mapping[str, Any]) -> str:
    """Return a key as somebody finds it in the file: places by their id, lists as a whole."""
    if where[0] in ("sources", "destinations") and isinstance(where[1], int):
        begin = _place_label(str(where[0]), found[str(where[0])][where[1]], where[1])
        where = where[2:]
    else:
        begin = ""
    return begin + ".".join(one for one in where if isinstance(one, str) and one != "[key]")


def _place_label(section: str, place: object, index: int) -> str:
    known = place if isinstance(place, dict) else {}
    key, title = known.get("id"), known.get("title")
    if isinstance(key, str) and _KEY.match(key):
        return f"{section}.{key}."
    if isinstance(title, str) and title:
        return f"the {_SINGLE[section]} {title[:60]!r}: "
    ordinal = _ORDINALS[index] if index < len(_ORDINALS) else f"{index + 1}th"
    return f"the {ordinal} {_SINGLE[section]}: "


def _known_keys(where: _Keys) -> tuple[str, ...]:
    """Return the keys that may stand where one stands."""
    model: type[BaseModel] = Settings
    match where:
        case ("clusters", _, _):
            model = ClusterSection
        case ("sources", _, "rules", _):
            model = Rules
        case ("sources", _, _):
            model = SourceSection
        case ("destinations", _, _):
            model = DestinationSection
        case (str(section), _) if section in _SECTIONS:
            model = _SECTIONS[section]
    return tuple(name for name, field in model.model_fields.items() if not field.exclude)


def _contradictions(settings: Settings) -> list[str]:
    wrong = []
    for name, section in (("sources", settings.sources), ("destinations", settings.destinations)):
        ids = [one.id for one in section]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        wrong += [f"{name}: the id {one!r} stands twice." for one in twice]
        wrong += _without_cluster(settings, name, section)
    if (settings.sources or settings.destinations) and not settings.clusters:
        wrong.append('clusters: write at least one, for example [clusters.kauri] name = "Kauri".')
    for source in settings.sources:
        if source.succeeds == source.id:
            wrong.append(f"sources.{source.id}.succeeds names the place itself.")
    return wrong


def _without_cluster(
    settings: Settings, name: str, section: Sequence[SourceSection | DestinationSection]
) -> list[str]:
    """Return what is wrong with the clusters that places or destinations belong to."""
    wrong = []
    for one in section:
        if one.cluster is None and len(settings.clusters) > 1:
            wrong.append(f"{name}.{one.id}.cluster is missing: there are several clusters.")
        if one.cluster is not None and one.cluster not in settings.clusters:
            wrong.append(f"{name}.{one.id}.cluster is {one.cluster!r}: no such cluster.")
    return wrong


def resolve_text(value: str, environment: Mapping[str, str], key: str) -> str:
    """Return a value, or what the environment holds where it says ``env:NAME``."""
    if not value.startswith("env:"):
        return value
    name = value.removeprefix("env:")
    if name not in environment:
        raise ConfigError(
            f"{key} asks for {name}, which is neither in the environment nor in .env."
        )
    return environment[name]


def resolve_secrets(values: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """Return a source's settings with every ``env:NAME`` replaced; never stored."""
    return {
        key: resolve_text(value, environment, key) if isinstance(value, str) else value
        for key, value in values.items()
    }
