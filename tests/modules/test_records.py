from __future__ import annotations

import json

from quart_hotframe.modules.manifest import Manifest
from quart_hotframe.modules.records import Module

TEXT = """\
name = "shop"
version = "1.0"
title = "The shop"
requires = ["catalog>=2"]

[settings]
page_size = 20
tags = ["a"]
"""


def test_a_record_is_described_by_its_manifest_and_can_be_written_as_json() -> None:
    manifest = Manifest.parse(TEXT, "module.toml")
    record = Module("shop", "1.0", "active").described(manifest)
    assert (record.title, record.requires) == ("The shop", ("catalog>=2",))
    assert record.settings["page_size"] == 20
    data = json.loads(json.dumps(record.to_dict()))
    assert data["settings"] == {"page_size": 20, "tags": ["a"]}
    assert "manifest" not in data


def test_a_record_never_changes() -> None:
    record = Module("shop", "1.0", "active")
    described = record.described(Manifest.parse(TEXT, "module.toml"))
    assert record.title == "" and described is not record
