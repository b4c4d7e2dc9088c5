"""Still pictures of a lab: how it stands when its opening has come to rest. The same for everyone, so drawn once."""

from dataclasses import dataclass
from functools import lru_cache

from courseapp.diagram import Row, describe, draw, lay_out
from courseapp.engine.architecture import parse
from courseapp.engine.commands import read_command
from courseapp.engine.world import Simulation
from courseapp.lessons.content import course
from courseapp.lessons.markdown import Html
from courseapp.lessons.variants import apply_variant


@dataclass(frozen=True, slots=True)
class Still:
    """The picture, for wide and for narrow pages, the virtual time it shows (ms), and the same as rows of a table."""

    wide: Html
    narrow: Html
    at_ms: int
    rows: tuple[Row, ...]


@lru_cache(maxsize=64)
def still(slug: str) -> Still:
    """The lab of that slug at the end of its opening."""
    lab = course().lab(slug)
    opening = lab.lab["opening"]
    document, commands = apply_variant(lab.document, opening.get("commands", []), opening.get("variant"))
    simulation = Simulation(lab.architecture if document == lab.document else parse(document), seed=lab.lab["seed"])
    at_ms = round(opening["to_seconds"] * 1000)
    for each in sorted(commands, key=lambda command: int(command["at_ms"])):
        command = read_command(each)
        simulation.run_until(command.at_ms - 1)
        simulation.apply(command)
    simulation.run_until(at_ms)
    view = simulation.view()
    pictures = [
        Html(
            draw(
                lay_out(simulation.architecture, narrow),
                simulation.architecture,
                view["nodes"],
                view["links"],
                at_ms,
            )
        )
        for narrow in (False, True)
    ]
    rows = tuple(describe(simulation.architecture, view["nodes"]))
    return Still(pictures[0], pictures[1], at_ms, rows)
