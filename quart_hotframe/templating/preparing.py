"""What templates do at their top before a block is rendered, without what they put out there.

A block sees the assignments, imports and macros at the top of its template and of those that it
extends. In a whole page they ran before the block did. For a block alone they run too, and
nothing else: a layout may ask the database for its menu, or take flash messages that nobody would
see. So each template is compiled a second time, without its output.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jinja2 import Environment
from jinja2 import nodes
from jinja2 import Template
from jinja2.runtime import Context

PARENT = "_hotframe_parent"
"""The variable that holds what a template extends."""
SILENT = (
    nodes.Assign,
    nodes.AssignBlock,
    nodes.Macro,
    nodes.Import,
    nodes.FromImport,
    nodes.ExprStmt,
)
"""Statements that put nothing out."""
HOLDING = (nodes.If, nodes.For, nodes.With, nodes.Scope, nodes.ScopedEvalContextModifier)
"""Statements that hold others."""
SILENT_FORM = "_hotframe_silent"
"""The attribute of a template that keeps its silent form, so that both go at the same time."""


async def prepare(template: Template, context: Context) -> None:
    """Let a template and those that it extends run as far as their blocks can see it.

    ``context.blocks`` has the blocks of all of them afterwards.
    """
    found: Any = template
    while found is not None:
        async for _ in _silent(found).root_render_func(context):  # type: ignore[attr-defined]
            pass
        parent = context.vars.pop(PARENT, None)
        if parent is None:
            return
        found = template.environment.get_template(parent, found.name)
        for name, block in found.blocks.items():
            context.blocks.setdefault(name, []).append(block)


def _silent(template: Template) -> Template:
    kept: Template | None = vars(template).get(SILENT_FORM)
    if kept is None:
        kept = vars(template)[SILENT_FORM] = _compile(template.environment, template)
    return kept


def _compile(environment: Environment, template: Template) -> Template:
    assert environment.loader is not None and template.name is not None
    source, _, _ = environment.loader.get_source(environment, template.name)
    tree = environment.parse(source, template.name, template.filename)
    tree.body = _without_output(tree.body)
    code = environment.compile(tree, template.name, template.filename)
    return Template.from_code(environment, code, template.globals)


def _without_output(statements: Iterable[nodes.Node]) -> list[nodes.Node]:
    return [kept for one in statements if (kept := _kept(one)) is not None]


def _kept(statement: nodes.Node) -> nodes.Node | None:
    if isinstance(statement, nodes.Extends):
        target = nodes.Name(PARENT, "store", lineno=statement.lineno)
        return nodes.Assign(target, statement.template, lineno=statement.lineno)
    if isinstance(statement, SILENT):
        return statement
    if isinstance(statement, nodes.FilterBlock):  # what it assigns stays inside, as in a scope
        return _holding_no_output(nodes.Scope(statement.body, lineno=statement.lineno))
    if isinstance(statement, HOLDING):
        return _holding_no_output(statement)
    return None


def _holding_no_output(statement: Any) -> nodes.Node | None:
    branches = [statement, *getattr(statement, "elif_", ())]  # one that is left empty still counts
    for one in branches:
        one.body = _without_output(one.body)
    if hasattr(statement, "else_"):
        statement.else_ = _without_output(statement.else_)
    kept = any(one.body for one in branches) or getattr(statement, "else_", None)
    return statement if kept else None
