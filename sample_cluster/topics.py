"""All topics in one table, and which voice speaks of which.

The sentences stand in ``classroom_topics`` and ``life_topics``.
"""

from sample_cluster.classroom_topics import CLASSROOM
from sample_cluster.life_topics import LIFE
from sample_cluster.topic import Topic

TOPICS: dict[str, Topic] = {**CLASSROOM, **LIFE}

VOICE_TOPICS: dict[str, tuple[str, ...]] = {
    "school": tuple(topic for topic in TOPICS if topic != "practice"),
    "class": tuple(topic for topic in TOPICS if topic not in ("practice", "whanau")),
    "teacher": ("practice", "practice", "writing", "maths", "reading", "inquiry", "tereo"),
    "facilitator": ("practice", "inquiry", "maths", "devices", "transitions", "matariki"),
    "student": ("writing", "camp", "sport", "science", "garden", "art", "matariki", "kapahaka"),
}
