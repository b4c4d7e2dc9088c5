"""Expressions that take long: whoever runs a few things at a time gets to look at a clock in between."""

import json

from courseapp.engine.kernel import as_json
from tests.engine.trial import Trial

HEAVY = "{% $count($map([1..900], function($n) { $n * $n })) %}"


def machine(rounds: int) -> dict:
    """One that evaluates a heavy expression so many times, within one instant."""
    states = {
        f"S{n}": {"Type": "Pass", "Output": HEAVY, **({"End": True} if n == rounds - 1 else {"Next": f"S{n + 1}"})}
        for n in range(rounds)
    }
    return {"definition": {"QueryLanguage": "JSONata", "StartAt": "S0", "States": states}}


def begun(rounds: int) -> Trial:
    trial = Trial({"m": ("state_machine", machine(rounds))})
    trial["m"].start(None, {})
    return trial


def test_a_run_of_a_few_things_ends_early():
    simulation = begun(200).simulation
    runs = 0
    while not simulation.run_until(0, most=200):
        assert simulation.is_tired
        runs += 1
    assert runs > 5
    assert simulation.metrics()["m"]["ExecutionsSucceeded"] == 1


def test_a_whole_run_does_not_and_writes_the_same():
    def journal(trial: Trial) -> list[str]:
        return [json.dumps(as_json(n, record)) for n, record in enumerate(trial.simulation.drain())]

    in_steps, at_once = begun(60), begun(60)
    while not in_steps.simulation.run_until(0, most=1):
        pass
    assert at_once.simulation.run_until(0)
    assert journal(in_steps) == journal(at_once)
