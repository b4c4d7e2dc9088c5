"""The Amazon States Language on the engine's clock: check a definition, compile it once, run executions.

A definition goes three steps. ``validate`` finds all its problems at once; a definition with one never starts, and
one without never makes the interpreter raise. ``definition`` compiles it into plain, unchanging nodes (``nodes``,
``groups``, ``tasks``), shared by all executions of that text and pickled as an address in it. ``execution`` moves
lines of control (``lines``) through these nodes: each step is an entry in a queue, each wait an entry in the kernel's
agenda, each event a tuple that history and journal share. So a state entry costs a few microseconds, and all state is
plain data.

How data passes a state is ``flow``: one class for JSONPath; another query language is another class with its methods.
What expressions can do is in ``paths`` (with ``pathsyntax`` and ``pathsteps``), ``templates``, ``expressions`` and
``intrinsics``; Choice in ``choices``; Retry and Catch in ``handlers``. A task's call goes to a mock (``mocks``) or to
a node (``integrations``). ``machine`` is the node that the world knows, ``batch`` runs one execution for its result.

Here now: all state types in JSONPath (Map inline), all comparators, all intrinsic functions, variables, the context
object, Retry, Catch, time-outs, heartbeats, ``.sync``, ``.waitForTaskToken``, nested executions, Standard and
Express. Refused by the validator, with a sentence that names the field: JSONata, Map of Mode DISTRIBUTED with its
fields, regular expressions in path filters.
"""
