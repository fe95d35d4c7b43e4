"""The values that a store holds, and their form on the disk."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import Any

import pytest

from quart_hotframe.errors import StoreError
from quart_hotframe.modules.participants import Participant
from quart_hotframe.modules.participants import Trouble
from quart_hotframe.modules.state import History
from quart_hotframe.modules.state import Operation
from quart_hotframe.modules.state import Owed
from quart_hotframe.modules.state import Provisional
from quart_hotframe.modules.state import State
from quart_hotframe.modules.state import Wanted

PLAIN = Wanted("shop", "1.0", "project")
FULL = Wanted(
    name="blog",
    version="2.1",
    source="2.1-0123456789ab",
    enabled=True,
    previous="2.0-ba9876543210",
    previous_version="2.0",
    provisional=Provisional("op7", since=12.5, requests=3, errors=1),
    quarantined="failed 5 of 5 requests",
    error="ZeroDivisionError in views.py",
    well_since=13.5,
)
OPERATION = Operation(
    id="op7",
    kind="upgrade",
    module="blog",
    target={"blog": FULL, "shop": PLAIN},
    reload=("shop",),
    phase="migrate",
    coordinator="w1",
    runner="w2",
    started=12.0,
    error="later",
    detail={"from_version": "2.0", "steps": [1, 2]},
)
OWED = Owed("op6", "w2", [["shop", "uninstall", [True]]], {"shop": PLAIN}, attempts=2)
STATE = State(4, {"blog": FULL, "shop": PLAIN}, OPERATION, (OWED,), initialised=True)


def through_json(value: object) -> Any:
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("state", [State(), State(1, {"shop": PLAIN}), STATE])
def test_a_state_survives_json(state: State) -> None:
    assert State.from_dict(through_json(state.to_dict()), "state.json") == state


def test_a_participant_survives_json() -> None:
    acks = {"op7": {"prepare": None, "commit": "x"}}
    troubles = {"shop": Trouble("degraded", "ValueError: no price")}
    told = Participant("w1", 42, "worker", 1.0, 3, 2.0, acks, safe_mode=True, troubles=troubles)
    assert Participant.from_dict(through_json(told.to_dict()), "w1.json") == told


def test_a_new_participant_is_this_process_under_an_id_of_its_own() -> None:
    first, second = Participant.new("worker"), Participant.new("worker")
    assert first.pid == os.getpid()
    assert first.id != second.id


def test_the_signature_of_a_state_is_neither_compared_nor_written() -> None:
    assert replace(STATE, signature="x") == STATE
    assert "signature" not in STATE.to_dict()


def set_at(data: Any, path: tuple[Any, ...], value: object) -> None:
    *parents, last = path
    for key in parents:
        data = data[key]
    data[last] = value


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("modles",), {}, r"state\.json: unknown key 'modles'\. Did you mean 'modules'\?"),
        (("modules", "shop", "enbled"), True, r"modules, 'shop': unknown key 'enbled'.*enabled"),
        (("modules", "shop", "enabled"), "yes", r"'enabled' must be true or false, found a string"),
        (("modules", "shop", "enabled"), 1, r"'enabled' must be true or false, found a whole"),
        (("modules", "shop"), [], r"modules, 'shop': expected an object, found an array"),
        (("modules", "blog", "provisional", "since"), None, r"provisional: 'since' must be a"),
        (("modules",), [], r"'modules' must be an object, found an array"),
        (("revision",), True, r"'revision' must be a whole number, found true or false"),
        (("operation", "reload"), ["shop", 3], r"operation, reload must be an array of strings"),
        (("owed", 0, "runner"), None, r"owed: 'runner' must be a string, found null"),
        (("operation", "runner"), 3, r"'runner' must be a string or null, found a whole number"),
        (("operation", "target", "blog", "version"), 2.1, r"target, 'blog': 'version' must be"),
    ],
)
def test_a_wrong_key_or_type_is_refused_by_name(
    path: tuple[Any, ...], value: object, message: str
) -> None:
    data = through_json(STATE.to_dict())
    set_at(data, path, value)
    with pytest.raises(StoreError, match=message):
        State.from_dict(data, "state.json")


@pytest.mark.parametrize("key", list(STATE.to_dict()))
def test_a_missing_key_is_refused_by_name(key: str) -> None:
    data = through_json(STATE.to_dict())
    del data[key]
    with pytest.raises(StoreError, match=f"the key '{key}' is missing"):
        State.from_dict(data, "state.json")


def test_an_unknown_key_is_said_to_be_from_a_newer_version() -> None:
    with pytest.raises(StoreError, match="newer version"):
        State.from_dict({**through_json(STATE.to_dict()), "hosts": []}, "state.json")


def test_a_history_tells_when_each_phase_began_and_the_last_error() -> None:
    history = History(
        "op7",
        (
            {"time": 1.0, "phase": "prepare"},
            {"time": 2.0, "phase": "prepare", "error": "first"},
            {"time": 3.0, "phase": "abort", "error": "second"},
            {"time": 4.0, "note": "done"},
        ),
    )
    assert history.phases == {"prepare": 1.0, "abort": 3.0}
    assert history.error == "second"
    assert History("op8", ()).error is None
