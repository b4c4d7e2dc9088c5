"""Sends small ES modules as one file. Their sources stay apart, and run as they are where nothing is collected."""

import posixpath
import re
from collections.abc import Callable

IMPORT = re.compile(r'^import (?:\{ ([\w$]+(?:, [\w$]+)*) \} from )?"([^"]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export ((?:async )?(?:class|function|const|let) ([\w$]+))", re.MULTILINE)
LEFT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


class CannotJoin(ValueError):
    """A module imports or exports in a form that is not joined."""


def joined(entry: str, read: Callable[[str], str]) -> str:
    """The module ``entry`` with those that lie beside it and that it imports, each in a scope of its own.

    Imports from other folders stay imports, and what ``entry`` exports is exported. ``read`` gives a module's text by
    its name.
    """
    folder = posixpath.dirname(entry)
    scopes: dict[str, str] = {}
    outside: dict[str, set[str]] = {}

    def body(name: str) -> tuple[str, list[str]]:
        text, taken = read(name), []
        for names, address in IMPORT.findall(text):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), address))
            if posixpath.dirname(target) != folder:
                outside.setdefault(address, set()).update(filter(None, names.split(", ")))
                continue
            if target not in scopes:
                inner, exports = body(target)
                scopes[target] = (
                    f"const from{len(scopes)} = (() => {{\n{inner}return {{ {', '.join(exports)} }};\n}})();\n"
                )
            if names:
                taken.append(f"const {{ {names} }} = from{list(scopes).index(target)};\n")
        text, exports = IMPORT.sub("", text), [exported for _, exported in EXPORT.findall(text)]
        inside = EXPORT.sub(r"\1", text)
        if left := LEFT.search(inside):
            raise CannotJoin(f"{name}: {left.group()}")
        return "".join(taken) + (text if name == entry else inside), exports

    last, _ = body(entry)
    head = [
        f'import {{ {", ".join(sorted(names))} }} from "{address}";\n' if names else f'import "{address}";\n'
        for address, names in outside.items()
    ]
    return "".join([*head, *scopes.values(), last])
