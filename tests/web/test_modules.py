"""Small modules sent as one file."""

import re

import pytest
from playwright.sync_api import Page

from courseapp.web.modules import CannotJoin, joined

FILES = {
    "labs/lab.js": 'import { say } from "../js/page.js";\nimport { stage } from "./stage.js";\n'
    'import { bar, width } from "./bar.js";\nconst own = 1;\nsay(stage(own), bar, width);\n',
    "labs/stage.js": 'import { calm, say } from "../js/page.js";\n\nconst own = 20;\n'
    "export function stage(more) { return calm(own + more); }\nexport class Clock {}\n",
    "labs/bar.js": 'import { stage } from "./stage.js";\nconst own = 300;\n'
    "export const bar = stage(own);\nexport const width = 4;\n",
}


def test_each_module_comes_once_before_those_that_need_it() -> None:
    text = joined("labs/lab.js", FILES.__getitem__)
    assert text.count("function stage(") == 1
    assert text.index("function stage(") < text.index("const bar") < text.index("say(stage(own)")
    assert "./stage.js" not in text and "./bar.js" not in text


def test_what_comes_from_another_folder_stays_one_import() -> None:
    text = joined("labs/lab.js", FILES.__getitem__)
    assert re.findall(r"^import .*", text, re.MULTILINE) == ['import { calm, say } from "../js/page.js";']


def test_what_the_first_module_exports_is_exported_still() -> None:
    text = joined("labs/bar.js", FILES.__getitem__)
    assert re.findall(r"^export \w+ (\w+)", text, re.MULTILINE) == ["bar", "width"]


@pytest.mark.parametrize(
    "line",
    [
        'import * as stage from "./stage.js";',
        'import { stage as scene } from "./stage.js";',
        'import stage from "./stage.js";',
        "export default 1;",
        "export { own };",
        "import { stage } from './stage.js';",
    ],
)
def test_a_form_that_would_be_joined_wrongly_is_refused(line: str) -> None:
    with pytest.raises(CannotJoin, match=r"labs/lab\.js"):
        joined("labs/lab.js", {**FILES, "labs/lab.js": f"const own = 1;\n{line}\n"}.__getitem__)


@pytest.mark.browser
def test_equal_names_in_two_modules_do_not_meet(page: Page) -> None:
    alone = {name: re.sub(r"^import .*page.*\n", "", text, flags=re.MULTILINE) for name, text in FILES.items()}
    page.evaluate("window.say = (...all) => { window.said = all; }; window.calm = (n) => n")
    page.add_script_tag(type="module", content=joined("labs/lab.js", alone.__getitem__))
    assert page.evaluate("said") == [21, 320, 4]
