"""Walk all pages in German: every text is a value of the catalogue, a name, or without letters."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from benchmarks.running_app import running_app
from demo.example_study import METHODS, SLUG
from demo.examples import EXAMPLES
from model.methods import available_methods
from study.collect.recruitment import SERVICES
from study.collect.simulate import Preferences, Raters, simulate_raters
from study.collect.stimuli import StudySources, build_study
from study.config.config import StudyConfig
from study.config.tables import Consent, Stimuli, Trials, Viewing
from study.config.tables import Study as StudyTable
from study.database.store import Store
from study.manage.states import open_folder
from tests.demo.pages.conftest import DESKTOP, LEFT_EARLY, PHONE, Server, sign_in
from tests.support.german import SEEN, foreign
from tests.support.study_world import flat

pytestmark = pytest.mark.browser
OWN_STUDY = "own-texts"
CONSENT = "We keep your answers.\n\nNothing else is kept."
NAMES = frozenset(
    [text for name, method in available_methods().items() for text in (name, method.title)]
    + [example.name for example in EXAMPLES]
    + [service.name for service in SERVICES.values()]
    + ["First look", "Astronaut", "Fertig", "JPG", "sRGB", OWN_STUDY, "someone@example.org", "Which one?"]
)


@pytest.fixture(scope="module")
def server(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve a database with a study that has practice and texts of its own, and simulated votes."""
    assert chromium
    data = tmp_path_factory.mktemp("german")
    with running_app(data) as app:
        store = Store.open(f"sqlite:///{data / 'harmonylab.db'}")
        preferences = Preferences({name: 0.2 * place for place, name in enumerate(METHODS)})
        simulate_raters(store, SLUG, preferences, Raters(3, 20))
        open_folder(store, _study_with_texts(data / "own"), "test")
        store.close()
        yield Server(app.url, data)


def _study_with_texts(folder: Path) -> Path:
    methods = {name: flat(60 * number) for number, name in enumerate(("composite", "alpha", "beta"))}
    config = StudyConfig(
        study=StudyTable(slug=OWN_STUDY, title="A study in English", question="Which one?"),
        stimuli=Stimuli(methods=list(methods), practice=["scene0"]),
        trials=Trials(votes=2, practice=1),
        viewing=Viewing(words="Please sit down.", minimum_width=300),
        consent=Consent(text=CONSENT, contact="someone@example.org", version="1"),
    )
    items = {f"scene{number}": np.zeros((60, 90, 3), np.uint8) for number in range(2)}
    return build_study(folder, config, StudySources(items, methods), freeze=True)


def _keep(message: ConsoleMessage, faults: list[str]) -> None:
    """Keep an error of the console, unless it tells of a page that was left early."""
    if message.type == "error" and not message.text.startswith(LEFT_EARLY):
        faults.append(message.text)


@pytest.fixture
def page(browser: Browser, server: Server, faults: list[str]) -> Iterator[Page]:
    """Return a page of a browser that prefers German."""
    context = browser.new_context(locale="de-AT", base_url=server.url, viewport=DESKTOP)
    context.set_default_timeout(60_000)
    context.on("console", lambda message: _keep(message, faults))
    context.on("weberror", lambda error: faults.append(f"exception: {error.error}"))
    yield context.new_page()
    context.close()
    assert "\n".join(faults) == ""


def check(page: Page) -> None:
    """Fail for any text that is not German."""
    assert page.evaluate("document.documentElement.lang") == "de"
    assert "\n".join(foreign(page.evaluate(SEEN), NAMES)) == ""


def test_the_workbench_is_german(page: Page) -> None:
    page.goto("/")
    expect(page.locator(".wb-stage[data-result=yes]")).to_be_visible()
    check(page)
    page.locator("[data-do=help]").click()
    expect(page.locator("dialog[open]")).to_be_visible()
    check(page)
    page.keyboard.press("Escape")
    page.locator(".wb-panel[data-panel=curves] input[type=range]").first.press("ArrowRight")
    expect(page.locator("[data-do=undo]")).to_be_enabled()
    check(page)


# Texts of which people see a part only, or that lie outside of what holds them.
CUT = """(root) => {
    const frame = document.querySelector(root).getBoundingClientRect();
    const texts = [...document.querySelectorAll(`${root} *`)].filter((one) => one.checkVisibility() &&
        [...one.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim()));
    const cut = texts.filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 1 ||
        one.getBoundingClientRect().right > frame.right + 1);
    return cut.map((one) => `${one.className}: ${one.textContent.trim()}`);
}"""


def test_german_texts_fit_on_a_phone(page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto("/")
    expect(page.locator(".wb-stage[data-result=yes]")).to_be_visible()
    assert page.evaluate(CUT, ".wb-bar") == []
    assert page.evaluate(CUT, ".wb-tabs") == []
    assert page.evaluate(CUT, ".wb-foot") == []
    for panel in page.locator(".wb-tabs button").all():
        panel.click()
        assert page.evaluate(CUT, ".wb-panel[data-chosen=yes]") == []
    page.locator("[data-do=help]").click()
    assert page.evaluate(CUT, ".wb-help") == []
    page.keyboard.press("Escape")
    page.locator(".wb-batch-open").click()
    files = (EXAMPLES[1].composite, EXAMPLES[1].mask)
    page.locator(".wb-batch input[data-of=files]").set_input_files(files)
    expect(page.locator(".wb-batch")).to_have_attribute("data-state", "ready")
    assert page.evaluate(CUT, ".wb-batch") == []


def test_compare_is_german(page: Page) -> None:
    page.goto("/compare")
    expect(page.locator(".grid-card[data-state=done] >> nth=4")).to_be_visible()
    check(page)
    page.locator("#show-own").click()
    page.locator("#show-choose").click()
    page.locator("[data-do=blind]").click()
    page.locator(".grid-card[data-state=done] .grid-frame").first.click()
    check(page)


def test_the_example_study_is_german(page: Page) -> None:
    page.goto(f"/study?study={SLUG}")
    expect(page.locator("#agree")).to_be_visible()
    check(page)
    expect(page.locator("#go-on")).to_have_text("Weiter")


def test_a_study_keeps_its_own_texts_and_the_page_around_them_is_german(page: Page) -> None:
    page.goto(f"/study?study={OWN_STUDY}")
    expect(page.locator("[data-words=consent]")).to_contain_text("We keep your answers.")
    expect(page.locator("[data-words=consent]")).to_contain_text("Fragen: someone@example.org")
    check(page)
    page.locator("#agree input").check()
    page.locator("#go-on").click()
    expect(page.locator("[data-words=instructions]")).to_contain_text("Please sit down.")
    check(page)
    page.locator("#start").click()
    for answered in range(3):
        expect(page.locator(".trial-count")).to_have_text(f"{answered + 1} von 3")
        expect(page.locator(".trial[data-state=ready]")).to_be_visible()
        check(page)
        page.keyboard.press("a")
    expect(page.locator(".code:not(:empty)")).to_be_visible()
    check(page)
    page.locator("#thanks [data-do=withdraw]").click()
    check(page)
    page.locator("#thanks [data-do=withdraw]").click()
    expect(page.locator("[data-ended]")).to_contain_text("gelöscht")
    check(page)


@pytest.mark.parametrize(
    "address", [f"/results?study={SLUG}", f"/results?study={OWN_STUDY}", "/results?study=no"]
)
def test_results_are_german(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator(".results")).to_be_visible()
    check(page)


def test_the_organizer_page_is_german(page: Page, server: Server, faults: list[str]) -> None:
    page.goto("/organizer")
    page.get_by_label("Schlüssel der Leitung").fill("wrong")
    page.get_by_role("button", name="Anmelden").click()
    expect(page.locator(".org-sign-in [role=alert]")).to_contain_text("Dieser Schlüssel ist falsch")
    check(page)
    page.goto("/organizer/sign-in#key=wrong")
    expect(page.locator("#message")).to_contain_text("Dieser Schlüssel ist falsch")
    check(page)
    page.get_by_role("link", name="Zur Seite der Leitung").click()
    sign_in(page, server)
    page.goto(f"/organizer?study={SLUG}")
    for tab in ("monitor", "people", "settings", "files", "log"):
        page.goto(f"/organizer#study/{SLUG}/1/{tab}")
        expect(page.locator(".org-tab h2").first).to_be_visible()
        check(page)
    page.goto(f"/results?study={SLUG}")
    expect(page.get_by_role("link", name="Für die Leitung")).to_be_visible()
    check(page)
    faults[:] = [fault for fault in faults if "403" not in fault]  # Chromium logs every refusal


def test_the_header_switches_the_language_and_keeps_it(page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto("/results?study=no")
    title, button = page.locator(".results h1"), page.locator(".nav-language")
    expect(title).to_have_text("Diese Studie gibt es nicht")
    assert page.title() == "Ergebnisse · HarmonyLab"
    button.click()
    expect(title).to_have_text("There is no such study")
    assert page.title() == "Results · HarmonyLab"
    page.reload()
    expect(title).to_have_text("There is no such study")
    expect(button).to_have_attribute("title", "Deutsch")
    button.click()
    expect(title).to_have_text("Diese Studie gibt es nicht")
    assert page.evaluate("document.documentElement.lang") == "de"


def test_the_address_chooses_the_language_until_the_header_does(page: Page) -> None:
    page.goto("/results?study=no&lang=en")
    expect(page.locator(".results h1")).to_have_text("There is no such study")
    page.goto("/results?study=no")
    expect(page.locator(".results h1")).to_have_text("There is no such study")
    page.goto("/results?study=no&lang=en")
    page.locator(".nav-language").click()
    page.reload()
    expect(page.locator(".results h1")).to_have_text("Diese Studie gibt es nicht")


def test_a_browser_that_keeps_nothing_is_german_as_well(page: Page) -> None:
    page.add_init_script("""for (const name of ['localStorage', 'sessionStorage']) {
        const get = () => { throw new DOMException('no'); };
        Object.defineProperty(window, name, { configurable: true, get });
    }""")
    page.goto("/results?study=no")
    expect(page.locator(".results h1")).to_have_text("Diese Studie gibt es nicht")
    page.locator(".nav-language").click()
    expect(page.locator(".results h1")).to_have_text("There is no such study")


def test_late_texts_and_attributes_are_translated_and_marked_ones_are_not(page: Page) -> None:
    page.goto("/results?study=no")
    expect(page.locator(".results h1")).to_have_text("Diese Studie gibt es nicht")
    shown = page.evaluate("""async () => {
      const box = document.createElement('section');
      box.innerHTML = '<p>  3 of\\n 12 </p><b translate="no">Close</b><i data-fast title="Close">Close</i>' +
        '<svg><text>Mask</text></svg><canvas aria-label="Mask">Mask</canvas><input placeholder="Undo">' +
        '<u>photo.png is damaged or incomplete. Please save or download it again.</u>';
      document.body.append(box);
      await null;
      box.querySelector('input').title = 'Close';
      box.querySelector('text').firstChild.data = 'Brush';
      await null;
      const [field, drawing] = [box.querySelector('input'), box.querySelector('canvas')];
      return [box.textContent, field.placeholder, field.title, drawing.getAttribute('aria-label'),
        box.querySelector('i').title];
    }""")
    assert shown == [
        "  3 von 12 CloseClosePinselMaskphoto.png ist beschädigt oder unvollständig. "
        "Bitte speichern oder laden Sie die Datei noch einmal.",
        "Rückgängig",
        "Schließen",
        "Maske",
        "Close",
    ]
