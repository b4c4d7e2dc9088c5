"""Settings from the environment: nonsense is refused."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from courseapp.settings import channel_layer, database
from courseapp.web.environment import boolean, integer, listing, text


@pytest.mark.parametrize(
    ("value", "meant"), [("1", True), ("Yes", True), (" on ", True), ("0", False), ("FALSE", False), ("", True)]
)
def test_a_boolean_is_read_as_people_write_it(monkeypatch: pytest.MonkeyPatch, value: str, meant: bool) -> None:
    monkeypatch.setenv("THING", value)
    assert boolean("THING", True) is meant


@pytest.mark.parametrize("value", ["ja", "2", "tru"])
def test_a_boolean_that_makes_no_sense_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("THING", value)
    with pytest.raises(ImproperlyConfigured, match="THING"):
        boolean("THING", True)


@pytest.mark.parametrize("value", ["-1", "11", "1.5", "ten", "1e1", "٣"])
def test_a_number_out_of_range_or_none_at_all_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("THING", value)
    with pytest.raises(ImproperlyConfigured, match="from 0 to 10"):
        integer("THING", 5, least=0, most=10)


def test_what_is_unset_or_empty_takes_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMPTY", "  ")
    monkeypatch.delenv("UNSET", raising=False)
    assert text("EMPTY", "a") == text("UNSET", "a") == "a"
    assert integer("EMPTY", 5, least=0, most=10) == 5
    assert listing("UNSET", "a, b,") == ["a", "b"]


def test_a_postgresql_address_becomes_a_database() -> None:
    settings = database("postgresql://ana:a%40b@db.example:5433/course?sslmode=require")
    assert settings["ENGINE"] == "django.db.backends.postgresql"
    assert (settings["USER"], settings["PASSWORD"], settings["PORT"]) == ("ana", "a@b", 5433)
    assert settings["OPTIONS"] == {"sslmode": "require"}


def test_sqlite_takes_its_write_lock_at_once() -> None:
    settings = database("sqlite:////some/where.sqlite3")
    assert settings["NAME"] == "/some/where.sqlite3"
    assert settings["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


@pytest.mark.parametrize("url", ["mysql://a@b/c", "nonsense", "oracle://x", "gopher://x"])
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        database(url)


def test_processes_are_joined_by_redis_or_there_is_one_alone() -> None:
    assert channel_layer("redis://host:6379/0")["CONFIG"] == {"hosts": ["redis://host:6379/0"]}
    assert "InMemory" in channel_layer("")["BACKEND"]


@pytest.mark.parametrize("url", ["host:6379", "nonsense", "http://host"])
def test_another_kind_of_address_between_processes_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL"):
        channel_layer(url)
