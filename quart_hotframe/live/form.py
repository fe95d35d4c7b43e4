"""A live component that is a form."""

from __future__ import annotations

from collections.abc import Awaitable
from inspect import isawaitable
from typing import Any
from typing import ClassVar
from typing import TYPE_CHECKING

from pydantic import BaseModel

from ..errors import SetupError
from ..forms.form import Choices
from . import floor
from .component import LiveComponent
from .event import event
from .filled import begun
from .filled import LiveForm
from .form_inputs import FormInputs
from .typed import new_typed
from .typed import rebase
from .typed import Texts
from .typed import Typed

if TYPE_CHECKING:
    from .described import Described
    from .view import View


class FormComponent(LiveComponent):
    """A live component with the form of a pydantic model.

    ::

        class Contact(FormComponent):          # components/contact.py, beside contact.html
            model = ContactModel
            sent: bool = False

            @event
            async def send(self, contact: ContactModel) -> None:
                await mail(contact.email, contact.text)
                self.sent = True

    Its template shows ``form``::

        {% for field in form %}{% component "field" field=field %}{% endcomponent %}{% endfor %}
        <button {{ on.submit("send") }}>Send</button>

    An event with an argument of the type of the model is called when the form is valid, and only
    then; the page cannot give that argument. Others are called whatever the form holds. What
    somebody types is checked when a field has changed, and what is wrong is shown at fields that
    were changed; after the form was sent in vain at all. What was typed is in the state, so it
    outlives a lost connection and a server that begins anew; passwords are not.
    """

    model: ClassVar[type[BaseModel]]

    def initial(self) -> Any | Awaitable[Any]:
        """Return what the fields begin with; called after :meth:`mount`, and may be async.

        :returns: a model, an object with such attributes or a mapping; ``None`` for the defaults.
        """
        return None

    def choices(self) -> Choices | Awaitable[Choices]:
        """Return the values to choose from with their labels, by field; may be async."""
        return {}

    @property
    def form(self) -> LiveForm:
        """The form: ``errors``, ``dirty``, ``valid``, ``data``, ``add_error()`` and its fields.

        :raises SetupError: it is asked for in ``mount()``, before it has begun.
        """
        found: LiveForm | None = vars(self).get("_form")
        if found is None or found.typed is not self._typed():
            found = self._fill({})
        return found

    async def reset(self, initial: Any = None) -> None:
        """Let the form begin anew, with what :meth:`initial` returns or with something else.

        :param initial: as :meth:`initial` returns it.
        """
        if initial is None:
            initial = await _given(self.initial())
        offered = vars(self).setdefault("_offered", {})
        self._memo["form"] = new_typed(begun(self.model, initial, offered))
        self._forget()

    @event
    async def change_rows(self, wish: str) -> None:
        """Add or remove a row of a list, as the buttons of the form ask for."""
        name = self.form.change_rows(wish)
        self._forget()
        if name and self.form.shape_at(name) is not None:
            self.patches.focus(self.form[name].id)

    # -- what the machinery asks -----------------------------------------------------------------

    @classmethod
    def _hotframe_inputs(cls, described: Described) -> FormInputs:
        return FormInputs(described, getattr(cls, "model", None))

    async def _hotframe_mount(self) -> None:
        await super()._hotframe_mount()
        vars(self)["_offered"] = await _given(self.choices())
        if "form" not in self._memo:
            await self.reset()

    def _hotframe_names(self, view: View) -> dict[str, Any]:
        if view.has_forms:
            raise view.wrong("is a form already: take <form> out of its template.")
        view.asks = True
        if self.form.has_secrets:
            self._forget()  # the event is over
        self.form.id = floor.id_of(view.id)
        return {"form": self.form}

    def _hotframe_write(self, written: dict[str, Texts]) -> None:
        """Take what stands in fields now."""
        form = self.form
        secrets = form.write(written)
        self._forget()
        if secrets:
            self._fill(secrets)

    def _hotframe_submitted(self) -> BaseModel | None:
        """Return the model, or let all that is wrong be shown."""
        form = self.form
        form.try_out()
        if form.valid:
            data: BaseModel = form.data
            return data
        if form.marked:
            self.patches.focus(form.marked[0].id)
        return None

    def _hotframe_saved(self) -> None:
        """Take note that an event with the form went well, unless it has found something wrong."""
        typed = self._typed()
        if not typed["said"]:
            self._memo["form"] = new_typed(typed["values"])
        self._forget()

    async def _hotframe_rebase(self) -> None:
        """Let fields that nobody has changed hold what the form would begin with now."""
        offered = vars(self).setdefault("_offered", {})
        rebase(self._typed(), begun(self.model, await _given(self.initial()), offered))
        self._forget()

    def _typed(self) -> Typed:
        typed: Typed | None = self._memo.get("form")
        if typed is None:
            kind = type(self).__name__
            raise SetupError(f"The form of {kind} begins after mount(): override initial().")
        return typed

    def _fill(self, secrets: dict[str, Texts]) -> LiveForm:
        id = floor.id_of(self._held.id) if self._held is not None else "form"
        offered = vars(self).get("_offered", {})
        found = LiveForm(self.model, self._typed(), offered, id, secrets)
        vars(self)["_form"] = found
        return found

    def _forget(self) -> None:
        """Make the form anew when it is asked for next: its fields have changed."""
        vars(self).pop("_form", None)

    @property
    def errors(self) -> dict[str, list[str]]:
        """What is shown to be wrong, by the names of bound fields and of those of the form."""
        return {**super().errors, **self.form.errors}


async def _given(value: Any) -> Any:
    return await value if isawaitable(value) else value
