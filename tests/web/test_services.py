"""The servers that other tests stand on."""

import psycopg
import pytest
from redis import Redis

from tests import services


@pytest.mark.postgres
def test_postgres_lets_us_make_a_table(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TEMPORARY TABLE seats (name text)")
        connection.execute("INSERT INTO seats VALUES ('Ana')")
        assert connection.execute("SELECT name FROM seats").fetchone() == ("Ana",)


@pytest.mark.redis
def test_redis_carries_a_message(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis, redis.pubsub() as listening:
        listening.subscribe("course-test")
        listening.get_message(timeout=5)
        redis.publish("course-test", "hello")
        heard = listening.get_message(timeout=5)
    assert heard is not None and heard["data"] == b"hello"


@pytest.mark.postgres
def test_a_postgres_of_our_own_starts_where_none_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    if services.postgres_programs() is None:
        pytest.skip("PostgreSQL's programs are not installed")
    monkeypatch.delenv("DATABASE_URL_TEST", raising=False)
    monkeypatch.setattr(services, "answers", lambda host, port: False)
    with services.postgres() as url:
        assert url is not None
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("course",)


@pytest.mark.redis
def test_a_redis_of_our_own_starts_where_none_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    if services.shutil.which("redis-server") is None:
        pytest.skip("Redis is not installed")
    monkeypatch.delenv("REDIS_URL_TEST", raising=False)
    monkeypatch.setattr(services, "answers", lambda host, port: False)
    with services.redis() as url:
        assert url is not None
        with Redis.from_url(url) as redis:
            assert redis.ping()
