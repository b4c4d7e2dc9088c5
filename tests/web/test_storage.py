"""Static files under hashed names."""

import re
from pathlib import Path

from courseapp.web.storage import ModuleStaticFilesStorage

FILES = {
    "labs/stage.js": "export class Stage {}\n",
    "labs/lab.js": 'import { tick } from "../js/clock.js";\nimport { Stage } from "./stage.js";\nnew Stage(tick);\n',
    "js/clock.js": "export const tick = 1;\n",
    "js/lab.js": 'import { tick } from "./clock.js";\nimport "./clock.js";\nconsole.log(tick);\n',
    "css/site.css": '@layer a, b;\n@import "./parts.css";\n.sign { background: url("../images/sign.svg"); }\n',
    "css/parts.css": '.part { background: url("../images/sign.svg"); }\n',
    "images/sign.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>\n',
}


def collected(folder: Path, files: dict[str, str] = FILES) -> dict[str, Path]:
    storage = ModuleStaticFilesStorage(location=str(folder), base_url="/static/")
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_text(content)
    return {name: Path(new) for name, new, _ in storage.post_process({name: (storage, name) for name in files})}


def test_what_a_file_refers_to_is_found_under_its_hashed_name(tmp_path: Path) -> None:
    named = collected(tmp_path)
    lab = (tmp_path / named["js/lab.js"]).read_text()
    assert lab.count(f"./{named['js/clock.js'].name}") == 2
    assert "./clock.js" not in lab
    assert f"../images/{named['images/sign.svg'].name}" in (tmp_path / named["css/site.css"]).read_text()


def test_the_sheets_of_every_page_are_sent_as_one(tmp_path: Path) -> None:
    named = collected(tmp_path)
    sheet, sign = (tmp_path / named["css/site.css"]).read_text(), named["images/sign.svg"].name
    assert re.findall(r"@layer|@import|\.part|\.sign", sheet) == ["@layer", ".part", ".sign"]
    assert sheet.count(f"../images/{sign}") == 2


def test_a_labs_modules_are_sent_as_one(tmp_path: Path) -> None:
    named = collected(tmp_path)
    lab = (tmp_path / named["labs/lab.js"]).read_text()
    assert "class Stage" in lab and "stage" not in lab
    assert f"../js/{named['js/clock.js'].name}" in lab


def test_another_text_of_a_joined_module_gives_another_name(tmp_path: Path) -> None:
    before = collected(tmp_path / "before", FILES)["labs/lab.js"]
    after = collected(tmp_path / "after", {**FILES, "labs/stage.js": "export class Stage { rest() {} }\n"})[
        "labs/lab.js"
    ]
    assert before != after
