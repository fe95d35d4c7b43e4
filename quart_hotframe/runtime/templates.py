"""One Jinja environment for each generation, so that a page never mixes versions."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from itertools import chain
from types import CodeType
from typing import Any

from jinja2 import BaseLoader
from jinja2 import BytecodeCache
from jinja2 import Environment
from jinja2 import Template
from jinja2 import TemplateNotFound
from jinja2.bccache import Bucket
from quart.templating import DispatchingJinjaLoader

from .contribution import Contribution
from .contribution import HOST
from .host import Host
from .names import lay_over
from .overriding import Overriding

CACHE_SIZE = 2_000


class CodeCache:
    """Compiled templates that outlive a generation, because a swap changes few of them.

    Least recently used entries go first; *size* is the number of templates.
    """

    def __init__(self, size: int = CACHE_SIZE) -> None:
        self.size = size
        self.codes: OrderedDict[tuple[object, str], tuple[str, CodeType]] = OrderedDict()

    def get(self, key: tuple[object, str], checksum: str) -> CodeType | None:
        """Return the code for a template whose source has this checksum."""
        found = self.codes.get(key)
        if found is None or found[0] != checksum:
            return None
        self.codes.move_to_end(key)
        return found[1]

    def put(self, key: tuple[object, str], checksum: str, code: CodeType) -> None:
        """Keep the code, and drop the oldest when there are too many."""
        self.codes[key] = (checksum, code)
        self.codes.move_to_end(key)
        while len(self.codes) > self.size:
            self.codes.popitem(last=False)


class _GenerationCache(BytecodeCache):
    """A view of the code cache for environments with the same filters and tests.

    The compiler folds constants through filters, so code is good only among those.
    """

    def __init__(self, codes: CodeCache, filters: object) -> None:
        self.codes = codes
        self.filters = filters

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket with code that is known."""
        bucket.code = self.codes.get((self.filters, bucket.key), bucket.checksum)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Remember the bucket's code."""
        if bucket.code is not None:
            self.codes.put((self.filters, bucket.key), bucket.checksum, bucket.code)


Loaders = Callable[[], Iterable[BaseLoader]]


class GenerationLoader(BaseLoader):
    """Looks into the app's templates first, so that it can override, then into each owner's.

    ``shop:shop/list.html`` is the template that ``shop`` itself has, whoever overrides it.

    :param own: returns the app's loaders.
    """

    def __init__(self, own: Loaders, contributions: Sequence[Contribution]) -> None:
        self._own = own
        self._loaders = {one.owner: one.loaders for one in contributions}
        self._order = Overriding({one.owner: one.needs for one in contributions})

    def get_source(self, environment: Environment, template: str) -> Any:
        """Return the source from the first loader that has the template."""
        path, loaders = self._places(template)
        for loader in loaders:
            try:
                return loader.get_source(environment, path)
            except TemplateNotFound:
                pass
        raise TemplateNotFound(template)

    def load(self, environment: Environment, name: str, globals: Any = None) -> Template:
        """Return the template from the first loader that has it."""
        path, loaders = self._places(name)
        if path != name:
            return super().load(environment, name, globals)  # it keeps its whole name
        for loader in loaders:
            try:
                return loader.load(environment, name, globals)
            except TemplateNotFound as missing:
                if missing.name != name:
                    raise
        raise TemplateNotFound(name)

    def list_templates(self) -> list[str]:
        """Return the names of all templates, sorted."""
        loaders = chain(self._own(), *self._loaders.values())
        return sorted({name for loader in loaders for name in loader.list_templates()})

    def _places(self, name: str) -> tuple[str, Iterable[BaseLoader]]:
        """Return the path of a template and the loaders that may have it, in order."""
        owner, colon, path = name.partition(":")
        if colon and owner in self._loaders:
            return path, self._loaders[owner]
        if colon and owner == HOST:
            return path, self._own()
        return name, chain(self._own(), *(self._loaders[one] for one in self._order.of(name)))


def escapes(template: Template) -> bool:
    """Say whether a template escapes what it puts out, so that its text is HTML."""
    wanted = template.environment.autoescape
    return wanted if isinstance(wanted, bool) else wanted(template.name)


def names_in(environment: Environment) -> list[str] | None:
    """Return the names of all templates, ``None`` when a loader cannot say which it has."""
    try:
        return environment.list_templates() if environment.loader is not None else []
    except TypeError:
        return None


def sources_in(environment: Environment) -> Iterator[str]:
    """Yield the text of every template that there is, where the loaders can say which."""
    loader: Any = environment.loader
    for name in names_in(environment) or ():
        try:
            yield loader.get_source(environment, name)[0]
        except (UnicodeDecodeError, TemplateNotFound):
            continue  # not a template: a picture, or a file that is gone again


def environment_for(
    host: Host, own: Environment, contributions: Sequence[Contribution], codes: CodeCache
) -> Environment:
    """Return an environment with the filters, tests, globals and templates of all owners.

    :param own: that of the app, which it is made from.
    """
    new = own.overlay(
        loader=GenerationLoader(_own_loaders(host, own), contributions),
        enable_async=own.is_async,
        bytecode_cache=own.bytecode_cache,
    )
    lay_over(new, own, contributions)
    filters = _filters_of(contributions)
    if new.bytecode_cache is None or filters:
        new.bytecode_cache = _GenerationCache(codes, filters)
    return new


def _filters_of(contributions: Sequence[Contribution]) -> tuple[int, ...]:
    brought = (c for c in contributions if c.template_filters or c.template_tests)
    return tuple(contribution.serial for contribution in brought)


def _own_loaders(host: Host, own: Environment) -> Loaders:
    """Return a function that gives the app's loaders as they are now."""
    if type(own.loader) is not DispatchingJinjaLoader:
        return lambda: iter([own.loader] if own.loader is not None else [])

    def loaders() -> Iterator[BaseLoader]:
        if host.app.jinja_loader is not None:
            yield host.app.jinja_loader
        for blueprint in list(host.own["blueprints"].values()):
            if blueprint.jinja_loader is not None:
                yield blueprint.jinja_loader

    return loaders
