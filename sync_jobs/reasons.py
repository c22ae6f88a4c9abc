"""Why a delivery waits: one word for the program, one sentence for people."""

AUTH, CONFLICT, BY_HAND, FLOOD, AUDIENCE, PLAN, NOT_SEEN = (
    "auth", "conflict", "by_hand", "flood", "audience", "plan", "not_seen",
)  # fmt: skip
"""Causes: why a delivery waits for a person."""

CUT_OFF = "The hub was stopped while it was sending, so nobody knows whether this arrived."
NOT_FOUND = "It was looked for and is not there, so it is sent again."
CANNOT_LOOK = (
    " The hub cannot look there: look yourself, then say with 'clusterhub settle' whether it is "
    "there."
)
TWICE_NOT_FOUND = (
    "It was sent twice, each answer was lost, and it is not found there. Look there: if you see "
    "it, say so ('clusterhub settle --there'); if not, 'clusterhub retry' sends it once more."
)
NEVER_SENT = "Its time was missed by too much, so it was not sent. 'clusterhub retry' sends it."
LATE_AFTER_TRYING = (
    "Its time was missed by too much, and it was tried before. Look there; 'clusterhub retry' "
    "sends what is missing."
)
LATE_IN_DOUBT = (
    "Its time was missed by too much. It was sent once, the answer was lost, and it was not "
    "found there. Look there: if you see it, say so ('clusterhub settle --there'); if not, "
    "'clusterhub retry' sends it."
)
