"""Frames arrive as they were meant, whatever is in them."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies

from quart_hotframe.live.stream import encoding
from quart_hotframe.live.topics import Message
from quart_hotframe.testing.live.reading import parse_events

TEXT = strategies.text(strategies.characters(codec="utf-8") | strategies.sampled_from("\r\n: \0"))
JSON = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | TEXT,
    lambda inner: strategies.lists(inner) | strategies.dictionaries(TEXT, inner),
    max_leaves=10,
)


@given(TEXT, TEXT)
def test_any_text_arrives_with_line_feeds(first: str, second: str) -> None:
    sent = encoding.event("a", first) + encoding.event("b", second)
    lines = [re.sub("\r\n|\r", "\n", text) for text in (first, second)]
    assert [(one.name, one.data) for one in parse_events(sent)] == list(
        zip("ab", lines, strict=True)
    )


@given(JSON)
def test_any_content_arrives_as_it_is(content: object) -> None:
    (event,) = parse_events(encoding.frame("name", content))
    assert json.loads(event.data) == content


@given(JSON, TEXT)
def test_the_payload_of_a_message_arrives_as_it_is(payload: object, signed: str) -> None:
    message = Message("orders.1", "e-7", json.dumps(payload))
    (event,) = parse_events(encoding.message(message, json.dumps(signed), "e-7"))
    assert (event.name, event.id) == ("topic", "e-7")
    assert json.loads(event.data) == {
        "topic": signed, "name": "orders.1", "cursor": "e-7", "payload": payload,
    }  # fmt: skip


def test_json_that_was_written_on_several_lines_arrives() -> None:
    (event,) = parse_events(encoding.message(Message("a", "1", '{\n"b":\r\n1}'), '"s"'))
    assert json.loads(event.data)["payload"] == {"b": 1}


@pytest.mark.parametrize("wrong", ["a\nb", "a\rb", "a\0"])
def test_a_name_or_id_that_would_be_two_fields_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError):
        encoding.event(wrong, "")
    with pytest.raises(ValueError):
        encoding.event("a", "", wrong)


def test_a_beat_is_no_event() -> None:
    assert parse_events(encoding.BEAT) == []


def test_who_was_given_another_name_gets_that_with_the_same_message() -> None:
    sent = Message("a", "1", "5")
    given = [parse_events(encoding.message(sent, name))[0].data for name in ('"s"', '"t"')]
    assert [json.loads(one)["topic"] for one in given] == ["s", "t"]


def test_messages_that_differ_are_told_apart() -> None:
    several = [Message("a", "1", "5"), Message("a", "2", "5"), Message("b", "1", "5")]
    found = [parse_events(encoding.message(one, '"s"'))[0].data for one in several]
    assert [(json.loads(one)["name"], json.loads(one)["cursor"]) for one in found] == [
        ("a", "1"), ("a", "2"), ("b", "1"),
    ]  # fmt: skip
