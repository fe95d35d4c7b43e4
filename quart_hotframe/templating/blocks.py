"""One block of a template, rendered as if the whole page had been."""

from __future__ import annotations

from typing import Any
from typing import cast

import quart
from jinja2 import Template
from markupsafe import Markup
from quart import current_app

from ..errors import BlockNotFound
from ..errors import nearest
from ..runtime.templates import escapes
from .preparing import prepare


async def render_block(template: str, block: str, /, **context: Any) -> str:
    """Render one block of a template, with the context processors that the whole page has.

    ::

        rows = await render_block("shop/index.html", "rows", products=products)

    Of what stands outside of the block, assignments, imports and macros at the top of the template
    and of those that it extends are run, and nothing is put out.

    :param block: also one that a template inherits.
    :param context: the variables of the template.
    :returns: :class:`~markupsafe.Markup` where the template escapes, as those for HTML do.
    :raises BlockNotFound: the template has no such block; the message names the nearest.
    """
    found = current_app.jinja_env.get_template(template)
    text = await quart.render_template(cast(Any, _Block.of(found, block)), **context)
    return Markup(text) if escapes(found) else text


class _Block(Template):
    """A block in the shape of a template, which Quart renders with context and signals."""

    block: str

    @classmethod
    def of(cls, template: Template, block: str) -> _Block:
        one = object.__new__(cls)
        vars(one).update(vars(template), block=block, template=template)
        return one

    async def render_async(self, *args: Any, **kwargs: Any) -> str:
        """Render the block in a context as the whole template has it."""
        context = self.new_context(dict(*args, **kwargs))
        try:
            await prepare(vars(self)["template"], context)
            render: Any = self._innermost(context.blocks)
            return self.environment.concat([part async for part in render(context)])
        except Exception:
            return cast(str, self.environment.handle_exception())

    def _innermost(self, blocks: dict[str, list[Any]]) -> Any:
        if self.block not in blocks:
            raise BlockNotFound(
                f"The template {self.name!r} has no block {self.block!r}."
                + (nearest(self.block, blocks) or f" It has {', '.join(sorted(blocks)) or 'none'}.")
            )
        return blocks[self.block][0]
