"""Static files under hashed names."""

from pathlib import Path

from courseapp.web.storage import ModuleStaticFilesStorage

FILES = {
    "js/clock.js": "export const tick = 1;\n",
    "js/lab.js": 'import { tick } from "./clock.js";\nimport "./clock.js";\nconsole.log(tick);\n',
    "css/site.css": '.sign { background: url("../images/sign.svg"); }\n',
    "images/sign.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>\n',
}


def test_what_a_file_refers_to_is_found_under_its_hashed_name(tmp_path: Path) -> None:
    storage = ModuleStaticFilesStorage(location=str(tmp_path), base_url="/static/")
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    named = {name: Path(new) for name, new, _ in storage.post_process({name: (storage, name) for name in FILES})}

    lab = (tmp_path / named["js/lab.js"]).read_text()
    assert lab.count(f"./{named['js/clock.js'].name}") == 2
    assert "./clock.js" not in lab
    assert f"../images/{named['images/sign.svg'].name}" in (tmp_path / named["css/site.css"]).read_text()
