"""What the extension does where the app has a ``QuartSchema``."""

from __future__ import annotations

from typing import Any

from ..runtime.runtime import Runtime


def follow_modules(runtime: Runtime) -> None:
    """Let the app's OpenAPI document show modules, if it has one; call it when it is set up."""
    extension = runtime.app.extensions.get("QUART_SCHEMA")
    if extension is not None:
        _follow(runtime, extension)


def _follow(runtime: Runtime, extension: Any) -> None:
    from quart_schema import hide
    from quart_schema import OpenAPIProvider

    from .provider import Following
    from .provider import following
    from .serving import Documents

    provider = extension.openapi_provider
    if isinstance(provider, Following):
        return
    extension.openapi_provider = following(provider, extension, runtime)
    # A class of the app may look at the request, so its document is made anew for each one.
    documents = Documents(runtime, extension, keep=type(provider) is OpenAPIProvider)
    endpoint = _endpoint(runtime, extension)
    if endpoint is not None:

        @runtime.app.endpoint(endpoint)
        @hide
        async def openapi() -> Any:
            return await documents.answer()


def _endpoint(runtime: Runtime, extension: Any) -> str | None:
    """Return the endpoint of the document, unless the app answers there in a way of its own."""
    from quart_schema import QuartSchema

    if type(extension).openapi is not QuartSchema.openapi:
        return None
    views = runtime.host.own["view_functions"]
    return next((name for name, view in views.items() if view == extension.openapi), None)
