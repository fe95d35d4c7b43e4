"""One live component of a page, as its client keeps it: what waits is sent in order, one by one."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import TYPE_CHECKING

from .fields import held
from .fields import is_dirty
from .fields import is_field
from .fields import Key
from .fields import keyed
from .fields import value_of
from .markup import Element
from .network import Answer

if TYPE_CHECKING:
    from .client import Client

TRIES = 100
"""How often a request is sent at the most."""
PATIENT = 3
"""How often it is sent again after 429."""


@dataclass(eq=False)
class Job:
    """Something to send: an event, with what was written, or just that."""

    event: str | None = None
    args: dict[str, Any] = field(default_factory=dict)
    whole: bool = False
    is_for_all: bool = False
    fields: set[Key] = field(default_factory=set)
    done: asyncio.Future[Answer | None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    sent: bool = False


def fields_in(root: Element) -> list[Element]:
    """Return the fields that are bound to the state of an instance."""
    return [one for one in root.all()
            if is_field(one) and "hf-bind" in one.attributes and root_of(one) is root]  # fmt: skip


def root_of(element: Element) -> Element | None:
    """Return the root element of the instance that an element belongs to."""
    return next((one for one in element.above() if "hf-live" in one.attributes), None)


class Instance:
    """What a page knows of one live component.

    ``version`` is the newest that the page has heard of, ``shown`` the versions of what it shows.
    """

    def __init__(self, client: Client, root: Element) -> None:
        self._client = client
        self.id = root.id or ""
        self.component = root.attributes["hf-live"]
        self.signed = self.snapshot = root.attributes.get("hf-snapshot")
        self.cursor = root.attributes.get("hf-cursor")
        self.version = int(root.attributes.get("hf-version", 0))
        self.handle: str | None = None
        self.shown: dict[str, int] = {}
        self.heard = 0
        self.has_begun = False
        """Whether it was asked for, where it is mounted after the page."""
        self._jobs: list[Job] = []
        self.working: asyncio.Task[None] | None = None

    @property
    def root(self) -> Element | None:
        """Its root element, ``None`` when the page has it no longer."""
        found = self._client.document.by_id(self.id)
        if found is None or found.attributes.get("hf-snapshot") != self.signed:
            return None
        return found

    def known(self, whole: bool = False) -> dict[str, Any]:
        """Return what the server has to know of it."""
        known: dict[str, Any] = {
            "component": self.component, "version": self.version, "cursor": self.cursor,
        }  # fmt: skip
        if self.handle is not None:
            known["handle"] = self.handle
        if self.handle is None or whole:
            known["snapshot"] = self.snapshot
        return known

    def send(self, job: Job) -> Job:
        """Send something after all that is on its way."""
        root = self.root
        if root is None:
            raise AssertionError(f"{self.id!r} is gone, so nothing is sent.")
        last = self._jobs[-1] if self._jobs else None
        if last is not None and not last.sent and last.event is None:
            self._jobs.pop()
            job.whole, job.fields = job.whole or last.whole, job.fields | last.fields
            job.done.add_done_callback(lambda done: _pass_on(done, last.done))
        if job.event is not None:
            found = keyed(fields_in(root)).items()
            job.fields |= {key for key, one in found if is_dirty(one)}
        self._jobs.append(job)
        if self.working is None or self.working.done():
            self.working = asyncio.get_running_loop().create_task(self._work())
        return job

    async def _work(self) -> None:
        while self._jobs:
            job = self._jobs[0]
            job.sent = True
            try:
                answer = await self._deliver(job)
            except BaseException as error:
                job.done.set_exception(error)
                if not isinstance(error, Exception):
                    raise
            else:
                job.done.set_result(answer)
            finally:
                self._jobs.remove(job)

    async def _deliver(self, job: Job) -> Answer | None:
        """Bring one job to the server, until it has an answer."""
        root = self.root
        if root is None:
            return None
        fields = keyed(fields_in(root))
        going = {key: one for key, one in fields.items() if key in job.fields}
        noted = {key: held(one) for key, one in fields.items()
                 if job.event is not None or key.name in {one.name for one in going}}  # fmt: skip
        parcel = {
            "page": self._client.mark, "id": self.id, "seq": self._client.next_number(),
            "event": job.event, "args": job.args, "url": self._client.url,
            "set": {key.name: value_of(one, [two for k, two in fields.items()
                                             if k.name == key.name])
                    for key, one in going.items()},
        }  # fmt: skip
        answer, told = None, 0
        for _ in range(TRIES):
            if self.root is None:
                return answer
            answer = await self._client.network.send({**parcel, **self.known(job.whole)})
            if answer is not None and answer.status == 409 and not job.whole:
                job.whole = True
            elif not _is_final(answer, told):
                told += answer is not None and answer.status == 429
            elif answer is not None and self.root is not None:
                self._take(job, answer, noted)
                return answer
        raise AssertionError(
            f"{job.event or 'what was written'!r} was sent {TRIES} times, and last got {answer}."
        )

    def _take(self, job: Job, answer: Answer, noted: dict[Key, Any]) -> None:
        body = answer.body or {}
        if answer.status != 200:
            self._refused(job, answer.status, body)
            return
        root = self.root
        now = keyed(fields_in(root)) if root is not None else {}
        result = body.get("result") or {}
        took = result.get("ok") is not False
        still = {key for key, one in now.items() if key in noted and held(one) == noted[key]}
        still = still if took else set()
        self.keep(body)
        self.change(body, still)
        root = self.root
        for key, one in keyed(fields_in(root)).items() if root is not None else ():
            if key in still:
                one.typed = None
        if not took:
            self._client.problems.append({"id": self.id, "event": job.event, **result})

    def _refused(self, job: Job, status: int, body: dict[str, Any]) -> None:
        if job.is_for_all and status == 404:
            return
        root = self.root
        if status == 410 and root is not None:
            root.attributes["data-hf-gone"] = ""
        problem = {"id": self.id, "event": job.event, "status": status, **body.get("error", {})}
        self._client.problems.append(problem)

    def keep(self, told: dict[str, Any]) -> None:
        """Take note of what the server holds now."""
        handle = told.get("handle")
        if handle is not None and handle != self.handle:
            self.handle, self.version = handle, told["version"]
            self.shown, self.heard = {}, 0
        self.snapshot = told.get("snapshot", self.snapshot)

    def hear(self, frame: dict[str, Any]) -> None:
        """Apply what the stream brings; what is not HTML comes once."""
        is_new = frame["version"] > self.heard
        self.heard = max(self.heard, frame["version"])
        patches = [one for one in frame["patches"] if is_new or one["action"] == "html"]
        self.change({**frame, "patches": patches}, set())

    def change(self, told: dict[str, Any], sent: set[Key]) -> None:
        """Apply patches, but no HTML that is older than what is shown."""
        self.version = max(self.version, told["version"])
        if (root := self.root) is not None:
            root.attributes.pop("data-hf-gone", None)  # its module is back
        for patch in told["patches"]:
            if patch["action"] == "html":
                target, at = patch["target"], patch.get("version", told["version"])
                if at < max(self.shown.get(target, 0), self.shown.get(self.id, 0)):
                    continue
                self.shown[target] = at
            self._client.apply(patch, sent)


def arguments_of(element: Element) -> dict[str, Any]:
    """Return the arguments that an element sends."""
    found: dict[str, Any] = json.loads(element.attributes.get("hf-args") or "{}")
    return found


def _is_final(answer: Answer | None, told: int) -> bool:
    """Whether a page does not ask again after an answer."""
    if answer is None or answer.body is None or answer.status > 501:
        return False
    if answer.status == 429 and told < PATIENT:
        return False
    return answer.status != 200 or "patches" in answer.body


def _pass_on(done: asyncio.Future[Any], other: asyncio.Future[Any]) -> None:
    if done.cancelled():
        other.cancel()
    elif (error := done.exception()) is not None:
        other.set_exception(error)
    else:
        other.set_result(done.result())
