"""The running thing: the only place where the parts meet.

How to think about it. A simulation is its architecture, its seed and the commands that were applied, and nothing else;
running it is the kernel's affair. What is left is cut by what is done to a world of nodes and links:

- ``building``: from a document to nodes that know each other, and what a link makes true;
- ``calls``: which kind of node each command goes to, and what it does there;
- ``editing``: commands that change the document, carried out in the world as well;
- ``looking``: what a page asks of a world that stands still;
- ``simulation``: the object that everybody else holds, with the clock and the way of a command from its check to its
  record.

Commands enter the agenda in the first phase of their millisecond. A command that edits the document is checked before
it is applied and refused whole; a call of AWS's is carried out whatever becomes of it, and its refusal is a ``refused``
record.
"""

from courseapp.engine.world.simulation import Simulation

__all__ = ["Simulation"]
