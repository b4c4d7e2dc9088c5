"""Checking a Map: its items, its numbers, and all that a distributed one has beyond."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from courseapp.engine import limits
from courseapp.engine.states.checkfields import FieldChecks
from courseapp.engine.states.problems import pointer
from courseapp.engine.states.quotas import LONGEST_SECONDS, PAYLOAD_BYTES
from courseapp.engine.states.schema import (
    BATCHER_FIELDS,
    DISTRIBUTED_ONLY,
    READER_CHOICES,
    READER_CONFIG_FIELDS,
    READER_FIELDS,
    READER_RESOURCES,
    WRITER_CHOICES,
    WRITER_FIELDS,
    WRITER_RESOURCE,
)


class MapChecks(FieldChecks):
    """The processor's States object is the business of whoever inherits."""

    def processor(self, value: Any, path: str) -> None:
        raise NotImplementedError

    def map(self, state: Mapping[str, Any], path: str) -> None:
        for field in ("ItemProcessor", "Iterator"):
            if field in state:
                self.processor(state[field], pointer(path, field))
        if self.query and "Items" in state:
            place = pointer(path, "Items")
            items = state["Items"]
            if isinstance(items, (list, dict)):
                self.asking(items, place)
            elif not isinstance(items, str) or not self.query_text(items, place):
                self.bad(place, "'Items' holds an array, an object or an expression.")
        if "ItemsPath" in state and not self.query:
            self.path(state["ItemsPath"], pointer(path, "ItemsPath"), reference=True)
        for field, high in (
            ("MaxConcurrency", LONGEST_SECONDS),
            ("ToleratedFailureCount", LONGEST_SECONDS),
            ("ToleratedFailurePercentage", 100),
        ):
            self._amount(state, field, path, 0, high, share=high == 100)
        self._distributed(state, path)

    def _amount(
        self, owner: Mapping[str, Any], field: str, path: str, low: int, high: int, share: bool = False
    ) -> None:
        """A number, or the path or the expression that stands for it."""
        place = pointer(path, field)
        if field in owner and share and isinstance(owner[field], float):
            if not low <= owner[field] <= high:
                self.bad(place, f"{field} must be between {low} and {high}.")
        elif field in owner:
            self.number(owner[field], place, low, high)
        if f"{field}Path" in owner and not self.query:
            self.path(owner[f"{field}Path"], pointer(path, f"{field}Path"), reference=True)

    def _distributed(self, state: Mapping[str, Any], path: str) -> None:
        processor = state.get("ItemProcessor", state.get("Iterator"))
        config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
        if not isinstance(config, dict) or config.get("Mode") != "DISTRIBUTED":
            for field in DISTRIBUTED_ONLY:
                if field in state:
                    says = f"'{field}' is for a Map whose ProcessorConfig has the Mode DISTRIBUTED."
                    self.bad(pointer(path, field), says)
            return
        if self.express:
            says = "Express state machine does not support Map of Mode 'DISTRIBUTED'"
            self.bad(pointer(path, "ItemProcessor", "ProcessorConfig", "Mode"), says)
        if "Label" in state:
            self._label(state["Label"], pointer(path, "Label"))
        if "ItemReader" in state and self.is_object(state["ItemReader"], pointer(path, "ItemReader")):
            self._reader(state["ItemReader"], pointer(path, "ItemReader"))
        if "ItemBatcher" in state and self.is_object(state["ItemBatcher"], pointer(path, "ItemBatcher")):
            self._batcher(state["ItemBatcher"], pointer(path, "ItemBatcher"))
        if "ResultWriter" in state and self.is_object(state["ResultWriter"], pointer(path, "ResultWriter")):
            self._writer(state["ResultWriter"], pointer(path, "ResultWriter"))

    def _label(self, label: Any, path: str) -> None:
        if not self.is_text(label, path):
            return
        forbidden = any(letter in limits.SFN_NAME_FORBIDDEN or letter < " " for letter in label)
        if not 1 <= len(label) <= limits.SFN_MAP_LABEL_LENGTH_MAX or forbidden:
            says = f"A Label has 1 to {limits.SFN_MAP_LABEL_LENGTH_MAX} characters, and none of blanks and signs."
            self.bad(path, says, "INVALID_LABEL_NAME")
        if label in self.labels:
            self.bad(path, f"The label '{label}' is used by another Map.", "DUPLICATE_LABEL_NAME")
        self.labels.add(label)

    def _where(self, owner: Mapping[str, Any], path: str, needed: bool) -> None:
        """Parameters or Arguments of a reader or writer."""
        field = "Arguments" if self.query else "Parameters"
        if field not in owner:
            if needed:
                self.required(owner, path, (field,))
        elif self.query and isinstance(owner[field], str):
            if not self.query_text(owner[field], pointer(path, field)):
                self.bad(pointer(path, field), f"'{field}' holds an object or an expression.")
        elif self.is_object(owner[field], pointer(path, field)):
            check = self.asking if self.query else self.template
            check(owner[field], pointer(path, field))

    def _choices(self, owner: Mapping[str, Any], path: str, choices: Mapping[str, tuple[str, ...]]) -> None:
        for field, allowed in choices.items():
            if field in owner:
                self.one_of(owner[field], pointer(path, field), field, allowed)

    def _reader(self, reader: Mapping[str, Any], path: str) -> None:
        self.only(reader, path, (*READER_FIELDS, "Arguments" if self.query else "Parameters"))
        if self.required(reader, path, ("Resource",)):
            self.one_of(reader["Resource"], pointer(path, "Resource"), "Resource", READER_RESOURCES)
        self._where(reader, path, needed=True)
        config, place = reader.get("ReaderConfig", {}), pointer(path, "ReaderConfig")
        if not self.is_object(config, place):
            return
        self.only(config, place, READER_CONFIG_FIELDS)
        self._choices(config, place, READER_CHOICES)
        self.at_most_one(config, place, ("MaxItems", "MaxItemsPath"), False)
        self._amount(config, "MaxItems", place, 0, 100_000_000)
        given = config.get("CSVHeaderLocation") == "GIVEN"
        if given and self.required(config, place, ("CSVHeaders",)):
            headers = config["CSVHeaders"]
            if self.is_array(headers, pointer(place, "CSVHeaders")):
                for index, name in enumerate(headers):
                    self.is_text(name, pointer(place, "CSVHeaders", index))
        if "ItemsPointer" in config and self.is_text(config["ItemsPointer"], pointer(place, "ItemsPointer")):
            asked = self.query and self.query_text(config["ItemsPointer"], pointer(place, "ItemsPointer"))
            if not asked and not config["ItemsPointer"].startswith("/"):
                self.bad(pointer(place, "ItemsPointer"), "A JSON pointer begins with '/'.")

    def _batcher(self, batcher: Mapping[str, Any], path: str) -> None:
        self.only(batcher, path, BATCHER_FIELDS)
        most = ("MaxItemsPerBatch", "MaxInputBytesPerBatch")
        for field, high in zip(most, (LONGEST_SECONDS, PAYLOAD_BYTES), strict=True):
            self.at_most_one(batcher, path, (field, f"{field}Path"), False)
            self._amount(batcher, field, path, 1, high)
        if not any(name in batcher for field in most for name in (field, f"{field}Path")):
            self.bad(path, f"One of these fields is required: [{', '.join(most)}]")
        if "BatchInput" in batcher and self.query:
            self.asking(batcher["BatchInput"], pointer(path, "BatchInput"))
        elif "BatchInput" in batcher and self.is_object(batcher["BatchInput"], pointer(path, "BatchInput")):
            self.template(batcher["BatchInput"], pointer(path, "BatchInput"))

    def _writer(self, writer: Mapping[str, Any], path: str) -> None:
        self.only(writer, path, (*WRITER_FIELDS, "Arguments" if self.query else "Parameters"))
        if not writer:
            self.bad(path, "Value cannot be empty")
        if "Resource" in writer:
            self.one_of(writer["Resource"], pointer(path, "Resource"), "Resource", (WRITER_RESOURCE,))
        self._where(writer, path, needed="Resource" in writer)
        config, place = writer.get("WriterConfig", {}), pointer(path, "WriterConfig")
        if self.is_object(config, place):
            self.only(config, place, tuple(WRITER_CHOICES))
            self._choices(config, place, WRITER_CHOICES)
