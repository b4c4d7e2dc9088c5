"""The kept secret key."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from courseapp.web.secret import kept_secret


def test_it_is_made_once_and_then_kept(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secret_key"
    first = kept_secret(path)
    assert len(first) >= 50
    assert kept_secret(path) == first


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    kept_secret(path)
    assert path.stat().st_mode & 0o077 == 0


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: kept_secret(path), range(8)))) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["secret_key"]
