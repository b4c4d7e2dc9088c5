"""How long the tests take: short in `make test`, long in `make torture`.

@pytest.mark.parametrize("seed", range(often(3, 20)))
@pytest.mark.torture                                    # not in the short run at all
"""

import os

TORTURE = os.environ.get("TORTURE", "") not in ("", "0")


def often(few: int, many: int) -> int:
    """`few` in the short form, `many` in the long one."""
    return many if TORTURE else few
