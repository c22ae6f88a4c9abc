"""The words a teacher reads for what the code calls by other names."""

from typing import Final

from connector.model import Kind

KINDS: Final = {
    Kind.POST: "Post",
    Kind.COMMENT: "Comment",
    Kind.REFLECTION: "Reflection",
    Kind.ACTIVITY: "Activity",
    Kind.WORKSHOP: "Workshop",
    Kind.REGISTRATION: "Sign-up",
    Kind.EVENT: "Event",
    Kind.RESOURCE: "Resource",
    Kind.ANNOUNCEMENT: "Announcement",
}

CHOOSABLE_KINDS: Final = {
    Kind.POST: "Posts",
    Kind.REFLECTION: "Reflections",
    Kind.ANNOUNCEMENT: "Announcements",
    Kind.WORKSHOP: "Workshops",
    Kind.EVENT: "Events",
    Kind.RESOURCE: "Resources",
}
"""What a list may be narrowed to: activities and sign-ups are counted, not listed."""

AUDIENCES: Final = {
    "public": "Everyone, also outside the cluster",
    "cluster": "Everyone in the cluster",
    "school": "People of its school",
    "stream": "People who can see it at its place",
    "group": "A group at its place",
    "person": "One person",
    "facilitators": "Facilitators only",
}

HELD: Final = {
    "flood": "Many posts came at once, so this one is shown to facilitators only until "
    "you say yes.",
    "removal": "Its place no longer shows it, and much was removed there at once. It is shown "
    "to facilitators only until you say yes.",
}
HELD_OTHERWISE: Final = "It is shown to facilitators only until you say yes."

STATES: Final = {
    "well": "Well",
    "waiting": "Trying again",
    "attention": "Needs attention",
    "new": "Not read yet",
    "paused": "Paused",
}

STATES_OF_SEVERAL: Final = {
    "well": "well",
    "waiting": "trying again",
    "attention": "need attention",
    "new": "not read yet",
    "paused": "paused",
}
"""Behind a number above one."""

DELIVERIES: Final = {
    "scheduled": "Waits for its time",
    "queued": "Is sent soon",
    "sending": "Is being sent",
    "sent": "Sent",
    "awaiting_platform": "Waits for its place",
    "unknown": "Not known",
    "held": "Waits for your OK",
    "needs_attention": "Needs you",
    "failed": "Not taken",
    "expired": "Too late",
    "cancelled": "Cancelled",
    "retracted": "Taken back",
    "withdrawn": "Withdrawn by a message of its own",
}
DELIVERY_LOOKS: Final = {
    "scheduled": "new",
    "queued": "waiting",
    "sending": "waiting",
    "sent": "well",
    "awaiting_platform": "waiting",
    "unknown": "attention",
    "held": "attention",
    "needs_attention": "attention",
    "failed": "attention",
    "expired": "attention",
    "cancelled": "paused",
    "retracted": "paused",
    "withdrawn": "paused",
}
"""Which of the states of places a delivery's state looks like."""

WORST_FIRST: Final = ("attention", "waiting", "new", "well", "paused")

ERRORS: Final = {
    400: ("This cannot be answered", "Go back, load the page again, and try once more."),
    403: (
        "This page is for facilitators",
        "Open the link that the hub printed when it started, then come back to this page.",
    ),
    404: (
        "There is nothing here",
        "It was never here, it was removed at its place, or it is not shown to everyone.",
    ),
    405: ("This page cannot do that", "Go back and use the buttons on the page."),
    500: (
        "The hub made a mistake",
        "Nothing was changed. Try again; if it stays, tell your technician the time. "
        "The log says what happened.",
    ),
    503: (
        "The hub cannot look it up now",
        "Its database does not answer. Wait a minute, then load the page again.",
    ),
}
ERROR_OTHERWISE: Final = ("This did not work", "Go back, load the page again, and try once more.")
