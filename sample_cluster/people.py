"""The invented schools and teachers of the sample cluster.

Only who they are belongs here; what they write is in ``writing``, where they write it is in
``catalogue``. No school and no person here is real.
"""

from dataclasses import dataclass

CLUSTER_SLUG = "tarapunga"
CLUSTER_NAME = "Tarāpunga Cluster"


@dataclass(frozen=True, slots=True)
class School:
    """One school of the cluster."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Teacher:
    """One teacher; ``school`` is the slug of a school."""

    name: str
    school: str
    role: str = "teacher"


SCHOOLS = (
    School("rimuwai", "Rimuwai School"),
    School("matuku-flats", "Matuku Flats School"),
    School("kotukutuku", "Kōtukutuku Valley School"),
    School("waikotare", "Te Kura o Waikōtare"),
    School("halvorsen", "Halvorsen Road School"),
    School("lake-tui", "Lake Tūī School"),
    School("pukerata", "Pukeratā Intermediate"),
    School("northmarsh", "Northmarsh College"),
)

_STAFF = {
    "rimuwai": (
        "Hinemoa Paretai",
        "Alison Garrick",
        "Sione Taufalele",
        "Bridget Ó Marcaigh",
        "Wiremu Tahuparae",
    ),
    "matuku-flats": (
        "Priya Raghunath",
        "Colin Astwick",
        "Marama Te Whenuanui",
        "Lagi Faleono",
        "Jennifer Stubbings",
    ),
    "kotukutuku": (
        "Tāne Rāwhiti-Moss",
        "Susan Plimley",
        "Xiaoyan Deng",
        "Malia Fakatava",
        "Gareth Penhollow",
    ),
    "waikotare": (
        "Ngāhuia Kererū-Hall",
        "Te Ariki Pōhatu",
        "Moana Whakahoro",
        "Rāhera Tūāpiki",
        "Anaru Te Pōkiha",
    ),
    "halvorsen": (
        "Fiona Drummelzier",
        "Kiri Waerenga",
        "Tevita Loloheā",
        "Margaret Yeo-Thorne",
        "Arjun Deshmane",
    ),
    "lake-tui": (
        "Hannah Brackenbury",
        "Tiaki Horomona-Lee",
        "Joon-ho Paek",
        "Lesieli Vaʻinuku",
        "Ruth Cattermoul",
    ),
    "pukerata": (
        "Dion Matangireia",
        "Elspeth Farquhaire",
        "Losa Tuiasau",
        "Meera Chandorkar",
        "Peter Wainscott",
    ),
    "northmarsh": (
        "Aroha Tamatekapo",
        "Stewart Illingham",
        "Thuy Bui-Anders",
        "Folasa Matautu",
        "Kahurangi Dell",
    ),
}

TEACHERS = tuple(Teacher(name, school) for school, names in _STAFF.items() for name in names)
FACILITATOR = Teacher("Ngāhuia Kererū-Hall", "waikotare", "facilitator")

STUDENTS = (
    "Tama",
    "Isla R",
    "Leilani",
    "Kauri",
    "Aanya",
    "Jack P",
    "Mele",
    "Hōhepa",
    "Minjun",
    "Ruby T",
)
"""Who writes in the young writers' blog: first names, as such blogs have them."""

VISITORS = (
    "Nanny Hine",
    "Koro Mac",
    "A parent of Room 5",
    "Mele’s mum",
    "Mrs Okeroa from next door",
    "Whānau of Kauri",
)
"""Who comments besides teachers."""


def school_named(slug: str) -> School:
    """Return the school with this slug."""
    return next(school for school in SCHOOLS if school.slug == slug)


def teachers_of(school: str) -> tuple[str, ...]:
    """Return the names of a school's teachers."""
    return _STAFF[school]
