"""The Amazon States Language on the engine's clock: check a definition, compile it once, run executions.

A definition goes three steps. ``validate`` finds all its problems at once (``check…`` field by field, ``ways`` from
state to state); a definition with one never starts, and one without never makes the interpreter raise. ``definition``
compiles it into plain, unchanging nodes (``nodes``, ``groups``, ``tasks``), shared by all executions of that text and
pickled as an address in it. ``execution`` moves lines of control (``lines``; what their expressions see is ``sight``)
through these nodes: each step is an entry in a queue, each wait an entry in the kernel's agenda, each event a tuple
that history and journal share. So a state entry costs a few microseconds, and all state is plain data. A redrive lets
the lines of a closed execution go on where they stopped.

How data passes a state is ``flow`` (JSONPath) or ``queries`` (JSONata): two classes with the same methods. What
expressions can do is, in JSONPath, in ``paths`` (with ``pathsyntax`` and ``pathsteps``), ``templates``, ``expressions``
and ``intrinsics``; in JSONata, in ``jsonata``, the adapter of the engine, with ``queryfunctions``, and ``jsonguards``,
``jsonwords`` and ``regexes``, which look at an expression before it is used. Both share ``functions``. What is made of
a short text is kept (``keeping``); what is looked at and made is counted (``sight``). ``amounts`` reads numbers in
either language; Choice is in ``choices``; Retry and Catch in ``handlers``. A Parallel's branches are in ``groups``, Map
in ``maps``; a distributed one in ``distributed`` and ``mapruns``, with the lab's object store in ``objects`` and
``storage``. A task's call, an ``attempts.Attempt``, goes to a mock (``mocks``) or a node (``integrations``); ``jobs``
has the services' published shapes. ``machine`` is the node that the world knows, with ``executions`` as its book;
``batch`` runs one execution for its result.
"""
