"""Every option of a scenario's first part is run, and its figures lie where the scenario's own reckoning has them."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from courseapp.engine.architecture import validate
from courseapp.quizzes.counterruns import CounterRun
from courseapp.quizzes.loader import ROOT, load, scenario, scenarios
from courseapp.web.contentfiles import ContentError
from tests.quizzes.learner import SLUGS, Learner, shows

ALL = [(each.slug, option) for each in scenarios() for option in each.parts[0].options]
# Ranges from models of the scenarios over a hundred seeds, widened by a fifth.
RANGES: dict[tuple[str, str], dict[str, tuple[int, int]]] = {
    ("ruth", "direct"): {"offered": (1080, 1320), "lost": (480, 720)},
    ("ruth", "browser-retry"): {"lost": (470, 720)},
    ("ruth", "sns"): {"lost": (470, 710)},
    ("ruth", "step-functions"): {"failed": (480, 720)},
    ("ruth", "sqs"): {"wait": (58, 63)},
    ("jessi", "step-functions"): {"customers": (92, 149), "handed": (0, 0)},
    ("jessi", "sns"): {"missed": (6, 32), "late": (0, 0)},
    ("jessi", "sqs"): {"extra": (70, 420), "late": (0, 0)},
    ("jessi", "functions"): {"missed": (6, 32), "extra": (14, 70), "late": (0, 0)},
    ("roger", "sns"): {"missed": (100, 200)},
    ("roger", "shared-queue"): {"sent": (770, 1010)},
    ("roger", "queue-each"): {"heard": (0, 0)},
    ("roger", "step-functions"): {"failed": (110, 210), "half": (75, 175), "heard": (0, 0)},
    ("roger", "direct"): {"failed": (110, 210), "missed": (12, 52), "heard": (0, 0)},
}


@pytest.mark.parametrize(("slug", "option"), ALL, ids=lambda each: getattr(each, "id", each))
def test_the_figures_of_an_option_lie_where_they_are_expected(slug: str, option: Any) -> None:
    found = option.run.found
    for name, (low, high) in RANGES[slug, option.id].items():
        assert low <= found[name] <= high, (name, found)
    assert "{" not in option.run.says and option.run.says.endswith(".")
    assert validate(json.loads(option.run.design.read_text())) == []


def test_what_fits_loses_nothing() -> None:
    ruth = scenario("ruth").parts[0].option("sqs").run.found
    assert ruth["saved"] == ruth["offered"]
    jessi = scenario("jessi").parts[0].option("step-functions").run.found
    assert jessi["done"] == jessi["records"] == jessi["late"] == jessi["customers"]
    roger = scenario("roger").parts[0].option("sns").run.found
    assert roger["heard"] == roger["due"] > 200


def test_one_queue_for_all_gives_each_event_to_one_of_them() -> None:
    found = scenario("roger").parts[0].option("shared-queue").run.found
    assert sum(found[name] for name in ("fulfilment", "accounting", "care", "heard")) == found["sent"]
    assert 0 < found["heard"] < found["due"]


@pytest.mark.parametrize("slug", ["ruth", "jessi"])  # Roger's order service tells its events apart where it has to
def test_options_of_a_scenario_meet_the_same_arrivals(slug: str) -> None:
    senders = set()
    for option in scenario(slug).parts[0].options:
        nodes = json.loads(option.run.design.read_text())["nodes"]
        sender = next(node for node in nodes if node["kind"] == "publisher")
        senders.add((sender["id"], json.dumps(sender["parameters"])))
    assert len(senders) == 1


def test_only_what_comes_after_a_moment_counts_if_a_figure_says_since(tmp_path: Path) -> None:
    sends = {"bursts": [{"at_seconds": 1, "count": 3}, {"at_seconds": 9, "count": 5}]}
    nodes = [{"id": "p", "kind": "publisher", "parameters": sends}, {"id": "q", "kind": "queue"}]
    document = {"version": 1, "title": "Two bursts", "nodes": nodes, "links": [{"from": "p", "to": "q"}]}
    (tmp_path / "x.json").write_text(json.dumps(document))
    sent = {"plus": [["p", "sent"]]}
    figures = {"all": sent, "late": {**sent, "since_seconds": 5}, "pairs": {**sent, "per": 2}}
    purge = {"at_ms": 2000, "action": "PurgeQueue", "target": "q", "parameters": {}}
    figures["left"] = {
        "plus": [["q", "ApproximateNumberOfMessagesVisible"]],
        "minus": [["q", "NumberOfMessagesReceived"]],
    }
    run = CounterRun(tmp_path / "x.json", "{all} in all, {late} late.", 10, figures, (purge,))
    assert run.found == {"all": 8, "late": 5, "pairs": 4, "left": 5}
    assert run.says == "8 in all, 5 late."


@pytest.mark.django_db
@pytest.mark.parametrize("slug", SLUGS)
def test_a_pick_is_told_with_its_run_and_what_fits_only_with_what_is_found(slug: str) -> None:
    learner = Learner(slug, htmx=True)
    part = learner.scenario.parts[0]
    wrong, right = learner.wrong(1)[0], learner.right(1)
    page = learner.lock_in(1, wrong.id)
    assert wrong.run and right.run
    assert shows(page, wrong.run.says) and shows(page, part.assumes) and not shows(page, right.run.says)
    assert f"The run: {wrong.run.says}" in page or shows(page, f"The run: {wrong.run.says}")
    page = learner.lock_in(1, right.id)
    assert shows(page, right.run.says) and shows(page, wrong.run.says)
    others = [option for option in part.options if option not in (wrong, right)]
    assert not any(shows(page, option.run.says) for option in others if option.run)


def test_every_scenario_s_designs_are_those_of_its_options() -> None:
    for each in scenarios():
        named = {path.stem for path in (ROOT / each.slug).glob("*.json")} - {"runs"}
        assert named == {option.id for option in each.parts[0].options}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda runs: runs["options"].pop("sqs"), "ruth/runs.json: sqs is missing"),
        (lambda runs: runs["options"].update(fifo=runs["options"]["sqs"]), "ruth/runs.json: fifo is no option"),
        (lambda runs: runs["options"]["sqs"].pop("says"), "ruth/runs.json: sqs: says is missing"),
        (lambda runs: runs.pop("assumes"), "ruth/runs.json: assumes is missing"),
    ],
)
def test_a_slip_in_the_runs_is_told_with_its_place(tmp_path: Path, change: Any, says: str) -> None:
    root = Path(shutil.copytree(ROOT, tmp_path / "content"))
    runs = json.loads((root / "ruth/runs.json").read_text())
    change(runs)
    (root / "ruth/runs.json").write_text(json.dumps(runs))
    with pytest.raises(ContentError, match=says):
        load(root)


def test_a_design_that_is_not_there_is_told(tmp_path: Path) -> None:
    root = Path(shutil.copytree(ROOT, tmp_path / "content"))
    (root / "ruth/sns.json").unlink()
    with pytest.raises(ContentError, match=r"ruth/sns\.json is missing, the design of sns"):
        load(root)
