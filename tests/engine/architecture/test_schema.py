"""The JSON Schema is valid, takes what validation takes, and refuses what a schema can refuse."""

import jsonschema
import pytest

from courseapp.engine.architecture.kinds import KINDS
from courseapp.engine.architecture.schema import SCHEMA
from courseapp.engine.architecture.tables import READ_ONLY
from tests.engine.architecture.documents import BASE, BROKEN, changed

SCHEMA_OF_DOCUMENTS = jsonschema.Draft202012Validator(SCHEMA)


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_a_sound_document_fits_the_schema():
    assert [error.message for error in SCHEMA_OF_DOCUMENTS.iter_errors(BASE)] == []


@pytest.mark.parametrize("case", [case for case in BROKEN if case.get("schema")], ids=lambda case: case["says"])
def test_what_a_schema_can_see_it_refuses(case):
    assert not SCHEMA_OF_DOCUMENTS.is_valid(changed(case["set"]))


def test_every_parameter_that_can_be_set_is_in_the_schema():
    for kind, table in KINDS.items():
        settable = {parameter.name for parameter in table.values() if parameter.settable != READ_ONLY}
        assert set(SCHEMA["$defs"][kind]["properties"]) == settable
