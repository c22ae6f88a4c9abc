"""A process of its own that reads a Moodle into a database: it is there to be killed.

Called with the address of the database and of the Moodle; prints how each run ended.
"""

import ipaddress
import sys
from datetime import UTC, datetime

from sqlalchemy import select

from adapters.moodle.adapter import ADAPTER
from connector.http import Network, NetworkPolicy
from connector.store import tables as t
from connector.store.database import open_database
from sync_jobs.jobs import Jobs
from sync_jobs.pull import run_source
from tests.engine import AUCKLAND, PRIVACY


def main(database: str) -> None:
    policy = NetworkPolicy(allow=(ipaddress.ip_network("127.0.0.0/8"),), user_agent="test")
    network = Network(policy)
    store = open_database(database)
    jobs = Jobs(
        store=store,
        adapters={"moodle": ADAPTER},
        open_session=lambda per_host: network.session(requests_per_host=per_host),
        privacy=PRIVACY,
        zone=AUCKLAND,
        clock=lambda: datetime.now(UTC),
        slice_requests=20,
    )
    with store.read() as conn:
        (source_id,) = conn.execute(select(t.source.c.id)).scalars()
    state = "partial"
    while state == "partial":
        state = run_source(jobs, source_id).state
        print(state, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
