"""The configuration that lets a hub read the running stand-ins.

Only the rendering belongs here; what the settings mean is the hub's own business.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from sample_cluster.history import LAST_STEP, SCRIPT, Act
from sample_cluster.moodle.vln import VLN_NAME, vln_courses
from sample_cluster.people import CLUSTER_NAME, CLUSTER_SLUG, school_named
from sample_cluster.posts import Blog, BlogKind
from sample_cluster.servers import SampleServers
from sample_cluster.wordpress_writing import USER

_MOVES_AT = next(
    step
    for step in range(1, LAST_STEP + 1)
    if any(change.act is Act.MOVE_IN for change in SCRIPT[step - 1])
)

VLN_ID = "vln"
VLN_VARIABLE = "CLUSTERHUB_VLN"
"""Under which name the environment holds the key to the stand-in Moodle."""


def write_configuration(
    servers: SampleServers,
    file: Path,
    data_dir: Path | str,
    *,
    more: str = "",
    secrets: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Write the configuration, and beside it a ``.env`` where there is none yet.

    Args:
        more: further sections.
        secrets: what stands in the ``.env`` beside the Moodle's token.
    """
    file.write_text(config_toml(servers, data_dir) + more, encoding="utf-8")
    beside = file.parent / ".env"
    if not beside.exists():
        beside.touch(mode=0o600)
        told = {VLN_VARIABLE: "TOKEN", **secrets}
        lines = [f"{name}={value}\n" for name, value in told.items()]
        beside.write_text("".join(lines), encoding="utf-8")


def config_toml(servers: SampleServers, data_dir: Path | str) -> str:
    """Return a ``config.toml`` with one source for the Moodle and each blog there is now."""
    parts = [
        f'[hub]\ndata_dir = {_quoted(str(data_dir))}\ntimezone = "Pacific/Auckland"\n',
        '[network]\nallow = ["127.0.0.0/8"]\n',
        f"[clusters.{CLUSTER_SLUG}]\nname = {_quoted(CLUSTER_NAME)}\n",
    ]
    shown = [b for b in servers.world.blogs if not b.moves_from or servers.step >= _MOVES_AT]
    sources = [_source(servers, blog) for blog in shown]
    return "\n".join([*parts, *sources, _moodle_source(servers)])


def _moodle_source(servers: SampleServers) -> str:
    lines = [
        "[[sources]]",
        f"id = {_quoted(VLN_ID)}",
        'kind = "moodle"',
        f"title = {_quoted(VLN_NAME)}",
        f"address = {_quoted(servers.vln.address)}",
        "[sources.settings]",
        f"token = {_quoted(f'env:{VLN_VARIABLE}')}",
        f"courses = {vln_courses(servers.vln.site)}",
        f"adult_courses = {vln_courses(servers.vln.site)[:1]}",
    ]
    return "\n".join([*lines, ""])


def destinations_toml(servers: SampleServers, mail_address: str) -> str:
    """Return destinations of every kind, all of them stand-ins."""
    lead_course = vln_courses(servers.vln.site)[0]
    blog = next(one for one in servers.world.blogs if one.kind is BlogKind.WORDPRESS)
    return f"""
[[destinations]]
id = "school-blog"
kind = "wordpress"
title = {_quoted(blog.title)}
address = {_quoted(servers.addresses[blog.slug])}
audience = "public"
source = {_quoted(blog.slug)}
[destinations.settings]
user = "{USER}"
application_password = "env:SAMPLE_BLOG"

[[destinations]]
id = "letters"
kind = "mail"
title = "Letters to lead teachers"
address = {_quoted(mail_address)}
audience = "cluster"
[destinations.settings]
security = "none"
sender = "facilitator@kauri-cluster.example"
people = ["aroha@kauri.example", "ben@rimu.example", "moana@matuku.example"]

[[destinations]]
id = "vln-news"
kind = "moodle"
title = {_quoted(f"{VLN_NAME}: lead teachers")}
address = {_quoted(servers.vln.address)}
audience = "members"
source = "{VLN_ID}"
[destinations.settings]
token = "env:{VLN_VARIABLE}"
course = {lead_course}

[[destinations]]
id = "vln-calendar"
kind = "moodle_calendar"
title = {_quoted(f"{VLN_NAME}: calendar of the lead teachers")}
address = {_quoted(servers.vln.address)}
audience = "members"
source = "{VLN_ID}"
[destinations.settings]
token = "env:{VLN_VARIABLE}"
course = {lead_course}

[[destinations]]
id = "staffroom"
kind = "by_hand"
title = "Notice board in the staff room"
address = "https://staffroom.example.school.nz/"
audience = "cluster"
"""


def _source(servers: SampleServers, blog: Blog) -> str:
    lines = [
        "[[sources]]",
        f"id = {_quoted(blog.slug)}",
        'kind = "blogs"',
        f"title = {_quoted(blog.title)}",
    ]
    if blog.school:
        lines.append(f"school = {_quoted(school_named(blog.school).name)}")
    lines.append(f"address = {_quoted(servers.address(blog))}")
    if blog.moves_from:
        lines.append(f"succeeds = {_quoted(blog.moves_from)}")
    if blog.students:
        lines += ["[sources.rules]", "authors_are_students = true"]
    elif blog.voice == "teacher":
        lines += ["[sources.rules]", 'reflection_tags = ["reflection"]']
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    """Return a TOML basic string; JSON's escapes are a part of TOML's."""
    return json.dumps(text, ensure_ascii=False)
