"""The application with a span around each request; without tracing there is nothing of it."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from contactmomenten import health
from contactmomenten.app import Application
from contactmomenten.http.body import Receive
from contactmomenten.http.request import Scope, Send
from contactmomenten.http.request_log import shown
from contactmomenten.tracing import Tracing

_TRACE: Final = frozenset({b"traceparent", b"tracestate"})


class Traced:
    """Passes requests to an application, each in a span of its own."""

    def __init__(self, application: Application, tracing: Tracing) -> None:
        """Trace the requests to `application`."""
        self._application = application
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        path: str = scope["path"]
        template = self._application.template(path)
        # Who looks at our health asks every few seconds.
        if template is None and health.ALL in f"{path}/":
            await self._application(scope, receive, send)
            return
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            if name in _TRACE:
                text = value.decode("latin-1")
                known = name.decode()
                headers[known] = f"{headers[known]},{text}" if known in headers else text
        method = shown(scope["method"])
        with self._tracing.request(method, template, scope["scheme"], headers) as span:

            async def tell(message: MutableMapping[str, Any]) -> None:
                if message["type"] == "http.response.start":
                    span.ended(message["status"])
                await send(message)

            await self._application(scope, receive, tell)


Answer = Callable[[Scope, Receive, Send], Awaitable[None]]


def traced(application: Application, tracing: Tracing | None) -> Answer:
    """Return what answers requests: `application`, in spans if there is tracing."""
    return application if tracing is None else Traced(application, tracing)
