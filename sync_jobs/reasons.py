"""Why a delivery waits: one word for the program, one sentence for people."""

AUTH, CONFLICT, BY_HAND, FLOOD, AUDIENCE, PLAN, NOT_SEEN, TAKEN_BACK = (
    "auth", "conflict", "by_hand", "flood", "audience", "plan", "not_seen", "taken_back",
)  # fmt: skip
"""Causes: why a delivery waits for a person."""

CUT_OFF = "The hub was stopped while it was sending, so nobody knows whether this arrived."
NOT_FOUND = "It was looked for and is not there, so it is sent again."
CANNOT_LOOK = (
    " The hub cannot look there: look yourself, then say with 'clusterhub settle' whether it is "
    "there."
)
NEVER_FOUND = (
    "It was sent several times, each answer was lost, and it is never found there. Look there: if you see "
    "it, say so ('clusterhub settle --there'); if not, 'clusterhub retry' sends it once more."
)
NOT_AGREED = (
    "It is neither waiting there nor shown: perhaps a moderator said no. Look there: if you see "
    "it, say so ('clusterhub settle --there'); 'clusterhub retry' looks again, then sends it "
    "once more."
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
TAKE_BACK_IN_DOUBT = (
    "It was to be taken back while nobody knew whether it is there, so it is not sent again. "
    "Look there: if it is there, say so ('clusterhub settle --there') and retract it once more; "
    "if not, say that ('clusterhub settle --absent')."
)
BEING_SENT = "It is being sent at this moment: retract it once more in a few minutes."
NO_RECEIPT = "The hub does not know where the copy is: take it back at its place."
NOT_CONFIGURED = "This destination is not in the configuration any more."
FORMER_WORDS = (
    "What waits here has the words from before the correction: mend the destination, then "
    "correct the announcement once more."
)
