"""Join the sources of the client into the file that is served, and make it short.

::

    pip install --group build
    python -m quart_hotframe.client.build
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

SOURCES = Path(__file__).parent
BUILT = SOURCES.parent / "static" / "hotframe.js"
HEAD = "// HotFrame (MIT)\n"
ORDER = SOURCES / "order.txt"
TRIES = 100_000
MEMBERS = frozenset(
    "afresh doomed fields hasLeft heard inNew inOld intoHistory isBusy isForAll isOpen"
    " jobs marks news olds onward parcel renew sent shown signed taken templates tries undo unsent"
    " whole".split()
)
"""Properties that only the client's own code uses: no browser has one of that name.

None is asked of elements: in a form each field is a property by its own name, which may be short.
"""

_IMPORT = re.compile(r'^import \{ ([\w, ]+) \} from "\./(\w+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|let|class)\b)", re.MULTILINE)
_NAME = re.compile(
    r"^(export )?(?:async )?(?:function\*?|const|let|class) (?:\{ ([\w, :]+) \}|(\w+))",
    re.MULTILINE,
)


class BuildError(Exception):
    """The sources cannot be joined safely."""


def build(
    sources: Path = SOURCES, order: Sequence[str] = (), tries: int = 0, before: str = ""
) -> tuple[str, list[str]]:
    """Return the whole client: one short module; and the order of its functions.

    :param sources: the folder; ``main.js`` leads, the others are found by its imports.
    :param order: the names of functions, in the order that packed best until now.
    :param tries: how often another order and other names are tried, to make the file smaller when
        it is packed.
    :param before: the code that was built last with this order.
    :raises BuildError: naming the file and what stands in the way.
    """
    from .minify import packed  # it needs packages that only a build has

    code, found = packed(join(sources), MEMBERS, order, tries, before)
    return HEAD + code, found


def known_order() -> list[str]:
    """Return the order in which the functions of the served file are."""
    return ORDER.read_text(encoding="utf-8").split() if ORDER.exists() else []


def join(sources: Path) -> str:
    """Return the sources as one module, each after those that it imports."""
    texts: dict[str, str] = {}
    _gather(sources, "main", texts, ())
    _refuse_doubles(texts)
    return "".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts.values())


def _gather(sources: Path, name: str, texts: dict[str, str], above: tuple[str, ...]) -> None:
    """Read a file after those that it imports."""
    if name in above:
        raise BuildError(f"{' → '.join((*above, name))}: the imports go in a circle.")
    if name in texts:
        return
    text = (sources / f"{name}.js").read_text(encoding="utf-8")
    _refuse_unsafe(name, text)
    for names, other in _IMPORT.findall(text):
        _gather(sources, other, texts, (*above, name))
        given = {found[2] for found in _NAME.findall(texts[other]) if found[0]}
        for wanted in names.split(", "):
            if wanted not in given:
                raise BuildError(f"{name}.js: {other}.js exports no {wanted!r}.")
    texts[name] = text


def _refuse_unsafe(name: str, text: str) -> None:
    """Refuse what the joining does not understand, because it reads line by line."""
    for number, line in enumerate(text.splitlines(), 1):
        if re.match("import|export", line) and not (_IMPORT.match(line) or _EXPORT.match(line)):
            raise BuildError(f'{name}.js:{number}: write import {{ x }} from "./y.js"; or export.')
        if line.count("`") % 2:
            raise BuildError(f"{name}.js:{number}: a template text must end on its line.")


def _refuse_doubles(texts: dict[str, str]) -> None:
    """Refuse a name that two files have: they share one scope in the end."""
    owners: dict[str, str] = {}
    for file, text in texts.items():
        for _, several, one in _NAME.findall(text):
            for name in (one or several).split(", "):
                other = owners.setdefault(name, file)
                if other != file:
                    raise BuildError(f"{file}.js and {other}.js both have {name!r}: rename one.")


def main() -> None:
    """Write the file; it takes some minutes."""
    before = BUILT.read_text(encoding="utf-8").removeprefix(HEAD) if BUILT.exists() else ""
    code, order = build(order=known_order(), tries=TRIES, before=before)
    BUILT.write_text(code, encoding="utf-8", newline="\n")
    ORDER.write_text("\n".join(order) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
