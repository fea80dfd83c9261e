"""Check that modules joined into one do what they do apart."""

from graphlib import CycleError

import pytest
from playwright.sync_api import Page

from demo.widgets.bundle import bundle
from demo.widgets.modules import ModuleFile, ModuleFolder

MODULES = {
    "main.js": "import { twice as double } from './parts/twice.js';\n"
    "import * as numbers from './numbers.js';\n"
    "export const start = (x) => double(x) + numbers.ONE;\n",
    "parts/twice.js": "// a comment\nimport {\n  ONE,\n} from '../numbers.js';\n"
    "export function twice(x) {\n  return 2 * x * ONE;\n}\n",
    "numbers.js": "export const ONE = 1;\nconst start = 5;\n",
    "unused.js": "export const other = 2;\n",
}


@pytest.mark.browser
def test_the_joined_module_runs(modules: Page) -> None:
    script = bundle(MODULES, "main.js")
    assert script.count("const ONE = 1") == 1
    assert "a comment" not in script and "other" not in script
    url = f"data:text/javascript,{script}"
    assert modules.evaluate("async (url) => (await import(url)).start(20)", url.replace("\n", "%0A")) == 41


@pytest.mark.parametrize(
    "line", ["export default 1;", 'import { a } from "./numbers.js";', "import './numbers.js';"]
)
def test_an_unknown_form_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="cannot join"):
        bundle({"main.js": f"{line}\n", "numbers.js": "export const a = 1;\n"}, "main.js")


def test_a_circle_is_refused() -> None:
    circle = {"a.js": "import { b } from './b.js';\n", "b.js": "import { a } from './a.js';\n"}
    with pytest.raises(CycleError):
        bundle(circle, "a.js")


def test_a_folder_becomes_two_files() -> None:
    texts = {"a.css": ".a {}", "main.js": "export const start = 1;\n", "sub/b.css": ".b {}"}
    folder = ModuleFolder.of("bench", {path: ModuleFile(text.encode(), "") for path, text in texts.items()})
    joined = folder.joined("main")
    assert set(joined.files) == {"main.js", "main.css"}
    assert joined.files["main.css"].content == b".a {}\n.b {}"
    assert joined.address.endswith("/bench") and joined.address != folder.address
