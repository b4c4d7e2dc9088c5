"""Under which names a browser may reach this machine."""

import socket
from collections.abc import Sequence

WILDCARDS = ("0.0.0.0", "::")
LOOPBACKS = ("127.0.0.1", "::1")
_TEST_NET = "192.0.2.1"  # RFC 5737: an address that is never anybody's; asking for the way to it sends nothing


def names_of(host: str) -> list[str]:
    """What a server that listens on `host` may be called in a Host header: itself, or for a wildcard all own names."""
    if host not in WILDCARDS:
        return [_bracketed(host)]
    name = socket.gethostname()
    found = {name.lower(), f"{name.lower()}.local", *_addresses(name), *_outward_address()}
    return sorted(_bracketed(each) for each in found)


def announcement(host: str, port: int) -> str:
    """The line that tells whoever started the server where it is."""
    shown = "localhost" if host in (*WILDCARDS, *LOOPBACKS) else _bracketed(host)
    line = f"The course is at http://{shown}:{port}/"
    if host in WILDCARDS:
        line += "".join(f", for others on this network at http://{each}:{port}/" for each in _outward_address())
    return f"{line} (Ctrl-C stops it)"


def reachable(host: str, served: Sequence[str]) -> tuple[str, bool]:
    """Under which `Host` header others on the network reach a server that this browser calls `host`, and whether they
    do: a loopback name is this machine's own, unless the server is also `served` under the machine's outward address.
    """
    name, colon, port = host.rpartition(":") if not host.endswith("]") and ":" in host else (host, "", "")
    if name.strip("[]") not in (*LOOPBACKS, "localhost"):
        return host, True
    outward = next((_bracketed(each) for each in _outward_address() if _bracketed(each) in served), None)
    return (host, False) if outward is None else (f"{outward}{colon}{port}", True)


def _addresses(name: str) -> list[str]:
    try:
        return [str(info[4][0]) for info in socket.getaddrinfo(name, None)]
    except OSError:
        return []


def _outward_address() -> list[str]:
    """The address that others on the local network see; empty on a machine without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((_TEST_NET, 9))
        except OSError:
            return []
        return [str(probe.getsockname()[0])]


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
