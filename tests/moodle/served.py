"""A small Moodle over real HTTP, on loopback, with a hook after each question."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.contract.fake_session import Request
from tests.moodle.small_moodle import SmallMoodle


class ServedMoodle:
    """Answers one question at a time, as its world is not made for threads."""

    def __init__(self, moodle: SmallMoodle) -> None:
        self.moodle = moodle
        self.before_answer: Callable[[], None] = lambda: None
        self.redirects_to = ""
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self._counting = threading.Lock()
        served = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with served.counted():
                    self.reply(body)

            def reply(self, body: bytes) -> None:
                if served.redirects_to:
                    self.send_response(303)
                    self.send_header("Location", f"{served.redirects_to}?{body.decode()}")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                with served._lock:
                    served.before_answer()
                    found = served.moodle.answer(Request(self.path, body=body))
                self.send_response_only(found.status)
                for name, value in found.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(found.body)))
                self.end_headers()
                self.wfile.write(found.body)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def counted(self) -> "_Counted":
        return _Counted(self)

    def __enter__(self) -> "ServedMoodle":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *args: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Counted:
    """Counts how many questions are under way."""

    def __init__(self, served: ServedMoodle) -> None:
        self._served = served

    def __enter__(self) -> None:
        with self._served._counting:
            self._served._at_once += 1
            self._served.most_at_once = max(self._served.most_at_once, self._served._at_once)

    def __exit__(self, *args: object) -> None:
        with self._served._counting:
            self._served._at_once -= 1
