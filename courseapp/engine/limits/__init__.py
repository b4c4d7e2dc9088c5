"""Every AWS number of the engine, once, with its unit in its name.

``from courseapp.engine import limits; limits.SQS_DELAY_MAX_S``. The numbers of each service stand in a module of their
own; ``prices`` has the dated price list, ``retries`` the delivery policies of SNS, ``values`` the figures that follow
from these numbers without a run. Units: ``_S`` seconds, ``_MS`` milliseconds, ``_B`` bytes, ``_USD`` US dollars; a name
without a unit is a count.
"""

from __future__ import annotations

from courseapp.engine.limits.prices import *  # noqa: F403
from courseapp.engine.limits.retries import *  # noqa: F403
from courseapp.engine.limits.sns import *  # noqa: F403
from courseapp.engine.limits.sqs import *  # noqa: F403
from courseapp.engine.limits.states import *  # noqa: F403
from courseapp.engine.limits.values import *  # noqa: F403
