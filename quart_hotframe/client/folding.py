"""Statements of JavaScript become expressions where that says the same in less."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

SEQUENCE, ASSIGNMENT, CHOICE, EITHER, BOTH, UNARY, CALL = 1, 2, 3, 4, 5, 15, 18
"""How tightly parts of an expression hold together."""
_BEGINS = re.compile(r"\{|(async )?function\b|class\b|let\b")  # what no expression begins with


@dataclass(frozen=True)
class Said:
    """An expression.

    :param level: how tightly its parts hold together.
    :param negated: what it is the opposite of, if it is the opposite of something.
    """

    text: str
    level: int
    negated: Said | None = None
    is_nullish: bool = False  # such may not stand beside ``&&`` and ``||``

    def at(self, level: int) -> str:
        """Return it as a part of what holds together so tightly."""
        return self.text if self.level >= level else f"({self.text})"


@dataclass(frozen=True)
class Does:
    """A statement that is an expression."""

    what: Said


@dataclass(frozen=True)
class Returns:
    """The end of a function."""

    what: Said | None


@dataclass(frozen=True)
class Chooses:
    """An ``if``."""

    condition: Said
    then: Statement
    other: Statement | None


@dataclass(frozen=True)
class Else:
    """Anything else.

    :param is_open: an ``else`` behind it would belong to it.
    """

    text: str
    is_open: bool = False


Statement: TypeAlias = Does | Returns | Chooses | Else


RETURN = Returns(None)
CONTINUE = Else("continue;")


def fold(statements: Sequence[Statement], end: Statement | None = None) -> list[Statement]:
    """Return statements that do the same, as few as can be.

    :param end: what would leave them, but changes nothing behind the last one of them.
    """
    folded: list[Statement] = []
    for one in reversed(statements):
        after = folded.pop(0) if folded else None
        folded = [*_both(_alone(one), after, None if folded else end), *folded]
    return folded


def _alone(one: Statement) -> Statement:
    """Return an ``if`` as an expression, or as one end of the function, if it is that."""
    match one:
        case Chooses(condition, Does(then), None):
            return Does(_if(condition, then))
        case Chooses(condition, Does(then), Does(other)):
            return Does(_choice(condition, then, other))
        case Chooses(condition, Returns(Said() as then), Returns(Said() as other)):
            return Returns(_choice(condition, then, other))
    return one


def _both(one: Statement, after: Statement | None, end: Statement | None) -> list[Statement]:
    """Return two statements as one, if they can be that."""
    match one, after:
        case _, None:
            return [one]
        case Does(first), Does(then):
            return [Does(_sequence(first, then))]
        case Does(first), Returns(Said() as then):
            return [Returns(_sequence(first, then))]
        case Chooses(condition, Returns(Said() as then), None), Returns(Said() as other):
            return [Returns(_choice(condition, then, other))]
        case Chooses(condition, leaves, None), Does(then) if leaves == end:
            return [Does(_unless(condition, then))]
    assert after is not None
    return [one, after]


def _sequence(first: Said, then: Said) -> Said:
    return Said(f"{first.text},{then.text}", SEQUENCE)


def _choice(condition: Said, then: Said, other: Said) -> Said:
    if condition.negated:
        condition, then, other = condition.negated, other, then
    text = f"{condition.at(EITHER)}?{then.at(ASSIGNMENT)}:{other.at(ASSIGNMENT)}"
    return Said(text, CHOICE)


def _if(condition: Said, then: Said) -> Said:
    if condition.negated:
        return _either(condition.negated, then)
    return Said(f"{_beside(condition, BOTH)}&&{_beside(then, BOTH)}", BOTH)


def _unless(condition: Said, then: Said) -> Said:
    return _if(condition.negated, then) if condition.negated else _either(condition, then)


def _either(condition: Said, then: Said) -> Said:
    return Said(f"{_beside(condition, EITHER)}||{_beside(then, EITHER)}", EITHER)


def _beside(one: Said, level: int) -> str:
    return f"({one.text})" if one.is_nullish else one.at(level)


def written(statement: Statement) -> str:
    """Return the code of a statement."""
    match statement:
        case Does(what):
            return f"({what.text});" if _BEGINS.match(what.text) else f"{what.text};"
        case Returns(None):
            return "return;"
        case Returns(Said() as what):
            return f"return {what.text};"
        case Chooses(condition, then, None):
            return f"if({condition.text}){written(then)}"
        case Chooses(condition, then, Else() | Does() | Returns() | Chooses() as other):
            inner = written(then)
            inner = f"{{{inner}}}" if is_open(then) else inner
            return f"if({condition.text}){inner}else {written(other)}"
        case Else(text):
            return text
    raise AssertionError(statement)


def is_open(statement: Statement) -> bool:
    """Say whether an ``else`` behind a statement would belong to it."""
    match statement:
        case Chooses(_, _, None):
            return True
        case Chooses(_, _, Else() | Chooses() as other):
            return is_open(other)
        case Else(_, opened):
            return opened
    return False
