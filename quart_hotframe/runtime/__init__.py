"""Generations: what a request can see, as one immutable value that is replaced by one assignment.

This package knows no subject. A contribution maps a *kind* (hooks, components, …) to items, and
each subject registers its kind with :class:`~quart_hotframe.runtime.contribution.Kind`.
"""
