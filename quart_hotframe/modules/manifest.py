"""What a module says about itself: ``module.toml``, read without importing any code."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from keyword import iskeyword
from pathlib import Path
from types import MappingProxyType
from typing import Any

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as PackageRequirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion
from packaging.version import Version

from ..security.limits.limit import Limit
from ..security.policies import checked
from ..security.policies import PolicyError
from .declared import frozen
from .declared import read_settings
from .declared import Setting
from .declared import thawed
from .dependencies import NAME
from .dependencies import normalised
from .dependencies import Requirement
from .document import Document
from .document import read_text
from .rights import read_guard
from .rights import read_permissions

FILE_NAME = "module.toml"
"""Name of the manifest in a module's folder."""

RESERVED = frozenset({"app", "host", "hotframe", "static"})
"""Names that no module may have, beside those of the standard library."""

KEYS = (
    "name",
    "version",
    "title",
    "description",
    "url_prefix",
    "subdomain",
    "requires",
    "optional",
    "requires-python",
    "requires-hotframe",
    "requires-quart",
    "packages",
    "permissions",
    "limits",
    "guard",
    "settings",
    "security",
    "outlets",
    "protected",
    "data",
)
"""Every key that a manifest may have."""

_PREFIX = re.compile(r"/(?!/)[^\s?#\\]*")
_SUBDOMAIN = re.compile(r"[^\s/?#\\]+")


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Manifest:
    """One ``module.toml``; never changes.

    ::

        name = "shop"
        version = "1.2.0"
        url_prefix = "/shop"
        requires = ["catalog>=2,<3"]
        packages = ["pillow>=10"]

        [settings]
        page_size = 20
        currency = {type = "str", default = "EUR", description = "ISO 4217 code"}
    """

    name: str
    version: str
    """In the normal form of PEP 440: ``1.0.0-beta`` is ``1.0.0b0``."""
    title: str = ""
    """For people; the name if the manifest gives none."""
    description: str = ""
    url_prefix: str | None = None
    """``None``: the blueprint's own prefix."""
    subdomain: str | None = None
    requires: tuple[Requirement, ...] = ()
    optional: tuple[Requirement, ...] = ()
    requires_python: SpecifierSet = SpecifierSet()
    requires_hotframe: SpecifierSet = SpecifierSet()
    requires_quart: SpecifierSet = SpecifierSet()
    packages: tuple[PackageRequirement, ...] = ()
    """Distributions that must be installed; :mod:`.requirements` checks them."""
    permissions: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    """Rate limits of all its views together, such as ``"300/minute by address"``."""
    guard: str = ""
    """``authenticated``, ``staff``, ``superuser`` or a permission that its routes ask for."""
    settings: Mapping[str, Setting] = field(default_factory=_nothing, hash=False)
    security: Mapping[str, Any] = field(default_factory=_nothing, hash=False)
    """The table ``[security]``: options of :func:`quart_hotframe.security.policy`."""
    outlets: tuple[str, ...] = ()
    """Names of the places for others that its pages have."""
    protected: bool = False
    """It must not be disabled or removed by accident."""
    data: Mapping[str, Any] = field(default_factory=_nothing, hash=False)
    """The table ``[data]`` as written, frozen."""
    path: str = field(default="", compare=False, repr=False)
    """The file it was read from, for messages."""

    @classmethod
    def read(
        cls, folder: Path, *, folder_name: str | None = None, shown: str | None = None
    ) -> Manifest:
        """Read ``module.toml`` in a folder.

        :param folder: the module's folder.
        :param folder_name: the name that the manifest must have, if it must.
        :param shown: the path that messages name, if not that of the file.
        :raises ManifestError: naming file, line and key.
        """
        file = folder / FILE_NAME
        path = shown or str(file)
        return cls.parse(read_text(file, path), path, folder_name=folder_name)

    @classmethod
    def parse(cls, text: str, path: str, *, folder_name: str | None = None) -> Manifest:
        """Read the text of a manifest.

        :param text: the TOML text.
        :param path: the path that messages name.
        :param folder_name: the name that the manifest must have, if it must.
        :raises ManifestError: naming file, line and key.

        >>> Manifest.parse('name = "shop"\\nversion = "1.0"', "module.toml").name
        'shop'
        """
        document = Document(text, path)
        document.only(KEYS)
        name = _name(document)
        _refuse_other_folder(document, name, folder_name)
        requires = _requirements(document, "requires", name)
        return cls(
            name=name,
            version=_version(document),
            title=document.value("title", str, "") or name,
            description=document.value("description", str, ""),
            url_prefix=_matching(document, "url_prefix", _PREFIX, "/shop"),
            subdomain=_matching(document, "subdomain", _SUBDOMAIN, "shop"),
            requires=requires,
            optional=_optional(document, name, requires),
            requires_python=document.specifier("requires-python"),
            requires_hotframe=document.specifier("requires-hotframe"),
            requires_quart=document.specifier("requires-quart"),
            packages=_packages(document),
            limits=_limits(document),
            permissions=read_permissions(document, name),
            guard=read_guard(document, name),
            settings=read_settings(document),
            security=_security(document),
            outlets=document.texts("outlets"),
            protected=document.value("protected", bool, False),
            data=frozen(document.value("data", dict, {})),
            path=path,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the manifest as plain values for JSON, with the keys of the file."""
        return {
            "name": self.name,
            "version": self.version,
            "title": self.title,
            "description": self.description,
            "url_prefix": self.url_prefix,
            "subdomain": self.subdomain,
            "requires": [str(one) for one in self.requires],
            "optional": [str(one) for one in self.optional],
            "requires-python": str(self.requires_python),
            "requires-hotframe": str(self.requires_hotframe),
            "requires-quart": str(self.requires_quart),
            "packages": [str(one) for one in self.packages],
            "permissions": list(self.permissions),
            "limits": list(self.limits),
            "guard": self.guard,
            "settings": {name: one.to_dict() for name, one in self.settings.items()},
            "security": thawed(self.security),
            "outlets": list(self.outlets),
            "protected": self.protected,
            "data": thawed(self.data),
        }


def _name(document: Document) -> str:
    name = document.required("name", "shop")
    if not NAME.fullmatch(name):
        rule = "Use small letters, digits and '_', beginning with a letter, at most 50."
        proper = normalised(name)
        hint = f" For example {proper!r}." if NAME.fullmatch(proper) else ""
        raise document.fault("name", problem=f"{name!r} is no module's name. {rule}{hint}")
    taken = _taken(name)
    if taken:
        problem = f"{name!r} is {taken}. Choose another name, for example {'my_' + name!r}."
        raise document.fault("name", problem=problem)
    return name


def _taken(name: str) -> str:
    if iskeyword(name):
        return "a word of the Python language"
    if name in sys.stdlib_module_names:
        return "a module of Python's standard library"
    return "reserved" if name in RESERVED else ""


def _refuse_other_folder(document: Document, name: str, folder_name: str | None) -> None:
    if folder_name is not None and name != folder_name:
        problem = f"is {name!r}, but the folder is {folder_name!r}. Rename one: they must be equal."
        raise document.fault("name", problem=problem)


def _version(document: Document) -> str:
    text = document.required("version", "1.0.0")
    try:
        version = str(Version(text))
    except InvalidVersion:
        version = ""
    if not 0 < len(version) <= 64:
        problem = f"{text[:80]!r} is not a version (PEP 440). Write for example '1.2.0'."
        raise document.fault("version", problem=problem)
    return version


def _matching(document: Document, key: str, form: re.Pattern[str], example: str) -> str | None:
    if key not in document.values:
        return None
    text = document.value(key, str, "")
    if not form.fullmatch(text):
        problem = f"{text!r} cannot be used in a URL. Write for example {example!r}."
        raise document.fault(key, problem=problem)
    return text


def _requirements(document: Document, key: str, own: str) -> tuple[Requirement, ...]:
    found: dict[str, Requirement] = {}
    for text in document.texts(key):
        try:
            one = Requirement.parse(text)
        except ValueError as error:
            raise document.fault(key, problem=str(error)) from None
        if one.name == own:
            raise document.fault(key, problem=f"{own!r} cannot need itself. Remove {text!r}.")
        if one.name in found:
            raise document.fault(key, problem=f"{one.name!r} is given twice. Write one range.")
        found[one.name] = one
    return tuple(found.values())


def _optional(
    document: Document, own: str, requires: tuple[Requirement, ...]
) -> tuple[Requirement, ...]:
    optional = _requirements(document, "optional", own)
    required = {one.name for one in requires}
    for one in optional:
        if one.name in required:
            problem = f"{one.name!r} is also in 'requires'. Keep it in one of the two."
            raise document.fault("optional", problem=problem)
    return optional


def _limits(document: Document) -> tuple[str, ...]:
    texts = document.texts("limits")
    for text in texts:
        try:
            Limit.parse(text)
        except ValueError as error:
            raise document.fault("limits", problem=str(error)) from None
    return texts


def _security(document: Document) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = frozen(checked(document.value("security", dict, {})))
    except PolicyError as error:
        raise document.fault("security", *error.keys, problem=error.problem) from None
    return found


def _packages(document: Document) -> tuple[PackageRequirement, ...]:
    found: list[PackageRequirement] = []
    seen: set[tuple[str, str]] = set()
    for text in document.texts("packages"):
        one = _package(document, text)
        # One package may stand here several times, each time under another marker.
        key = (canonicalize_name(one.name), str(one.marker))
        if key in seen:
            problem = f"{one.name!r} is given twice. Write one range."
            raise document.fault("packages", problem=problem)
        seen.add(key)
        found.append(one)
    return tuple(found)


def _package(document: Document, text: str) -> PackageRequirement:
    try:
        one = PackageRequirement(text)
    except InvalidRequirement:
        problem = f"{text!r} is not a requirement (PEP 508). Write for example 'pillow>=10'."
        raise document.fault("packages", problem=problem) from None
    if one.url:
        problem = f"{text!r} has an address. Write name and versions, for example 'pillow>=10'."
        raise document.fault("packages", problem=problem)
    return one
