"""Putting the pages together: one app from what ``cli`` hands in."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask import Flask, g
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException

from connector.errors import HubError
from connector.model import Clock
from connector.store.database import Store
from connector.web import error_pages, safety, session
from connector.web.display import add_filters
from connector.web.gate import require_audiences
from connector.web.one_time_key import OneTimeKey
from connector.web.parts import AskForRun, HearHook, Parts, TakeWord, put_parts, the_parts
from connector.web.routes import ROUTES
from connector.web.static_files import load_files, version_of

MAX_FORM_BYTES = 256 * 1024


def create_app(
    *,
    store: Store,
    secret_key: bytes,
    facilitator_token: str | None,
    hosts: frozenset[str],
    zone: ZoneInfo,
    ask_for_run: AskForRun | None = None,
    hear_hook: HearHook | None = None,
    take_word: TakeWord | None = None,
    stop_token: Callable[[int, str], str] | None = None,
    now: Clock,
) -> Flask:
    """Return the app that shows this store.

    Args:
        store: an open database of this version.
        secret_key: signs the cookies; at least 16 bytes, the same after a restart.
        facilitator_token: opens ``/enter/<token>`` once; None: nobody comes in.
        hosts: names this hub is called by besides localhost; without port.
        zone: in which times are shown.
        ask_for_run: what "read now" calls; None: no such button.
        hear_hook: what a call of a place is handed to; None: none is taken.
        take_word: what a facilitator's word on a delivery is handed to; None: no such form.
        stop_token: what proves that a letter was sent to an address of a cluster.
        now: the clock.

    Raises:
        TypeError: a route does not declare its audience.
    """
    app = Flask(__name__, static_folder=None)
    _configure(app, secret_key)
    files = load_files()
    put_parts(
        app.extensions,
        Parts(
            store=store,
            key=OneTimeKey(facilitator_token),
            hosts=frozenset(name.lower() for name in hosts),
            zone=zone,
            ask_for_run=ask_for_run,
            hear_hook=hear_hook,
            take_word=take_word,
            stop_token=stop_token,
            now=now,
            files=files,
            files_version=version_of(files),
        ),
    )
    add_filters(app, zone)
    _join(app)
    require_audiences(app)
    return app


def _configure(app: Flask, secret_key: bytes) -> None:
    app.secret_key = secret_key
    app.config.update(
        # Browsers share cookies between the ports of one host: the name is ours alone.
        SESSION_COOKIE_NAME="clusterhub_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=session.SESSION_LASTS,
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,
    )
    app.jinja_options = app.jinja_options | {"trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.undefined = StrictUndefined


def _join(app: Flask) -> None:
    for rule, endpoint, method, view in ROUTES:
        app.add_url_rule(rule, endpoint, view, methods=[method])
    app.before_request(safety.refuse_unknown_host)
    app.before_request(safety.refuse_foreign_form)
    app.after_request(safety.add_headers)
    app.register_error_handler(HTTPException, error_pages.show_http_error)
    app.register_error_handler(HubError, error_pages.show_hub_error)
    app.context_processor(_for_templates)


def _for_templates() -> dict[str, object]:
    parts = the_parts()
    now = parts.now()
    return {
        "cluster": g.get("cluster"),
        "csrf_token": session.csrf_token,
        "is_facilitator": session.is_facilitator(now),
        "now": now,
        "files_version": parts.files_version,
    }
