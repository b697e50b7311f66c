import hashlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Browser, Page

from tests import browser as the_browser
from tests.assurance.backtest import examples
from tests.assurance.backtest.pages import ALL, page_of

SCREENSHOT = Path(__file__).parents[3] / "docs" / "backtest.png"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if the_browser.is_missing():
        pytest.skip(the_browser.MISSING)
    with the_browser.chromium() as running:
        yield running


def opened(browser: Browser, path: Path, html: str, **how: Any) -> Page:
    path.write_text(html, encoding="utf-8")
    shown_page = browser.new_page(**how)
    shown_page.goto(path.as_uri())
    return shown_page


@pytest.mark.parametrize("width", [1280, 400, 320])
@pytest.mark.parametrize("name", ALL)
def test_a_page_is_as_wide_as_its_window(
    browser: Browser, tmp_path: Path, name: str, width: int
) -> None:
    size = {"width": width, "height": 900}
    with opened(browser, tmp_path / "page.html", page_of(name), viewport=size) as there:
        assert there.evaluate(the_browser.TOO_WIDE) == []
        assert there.evaluate("document.documentElement.scrollWidth") == width


def test_the_sweep_fits_a_telephone_without_scrolling(browser: Browser, tmp_path: Path) -> None:
    html = page_of("month")
    size = {"width": 400, "height": 900}
    with opened(browser, tmp_path / "page.html", html, viewport=size) as there:
        part = there.locator(".scroll", has=there.locator(".heat"))
        assert part.evaluate("part => part.scrollWidth <= part.clientWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("name", ALL)
def test_every_text_stands_out_from_what_is_behind_it(
    browser: Browser, tmp_path: Path, name: str, width: int, scheme: Any
) -> None:
    how: dict[str, Any] = {
        "viewport": {"width": width, "height": 900},
        "color_scheme": scheme,
    }
    with opened(browser, tmp_path / "page.html", page_of(name), **how) as there:
        contrasts = there.evaluate(the_browser.CONTRASTS)
        assert len(contrasts) > 15
        assert [found for found in contrasts if found["ratio"] < 4.5] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_level_of_the_sweep_can_be_read(
    browser: Browser, tmp_path: Path, scheme: Any
) -> None:
    cells = "".join(
        f'<tr><td class="level-{level} {more}"><b>12</b><small>5 %</small></td></tr>'
        for level in range(7)
        for more in ("", "red")
    )
    html = re.sub(
        r"<main>.*</main>",
        f'<main><table class="heat"><tbody>{cells}</tbody></table></main>',
        page_of("one"),
        flags=re.DOTALL,
    )
    with opened(browser, tmp_path / "page.html", html, color_scheme=scheme) as there:
        contrasts = there.evaluate(the_browser.CONTRASTS)
        assert len(contrasts) > 28
        assert [found for found in contrasts if found["ratio"] < 4.5] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_drawn_stands_out_from_the_page(
    browser: Browser, tmp_path: Path, scheme: Any
) -> None:
    html = page_of("real")
    with opened(browser, tmp_path / "page.html", html, color_scheme=scheme) as there:
        # A text in the colours of the drawing, for the same measure; WCAG asks 3 of what is drawn.
        there.evaluate(
            "['denied', 'uncounted', 'alarm'].forEach((name) => document.body.append("
            "Object.assign(document.createElement('p'),"
            " {textContent: `drawn ${name}`, style: `color: var(--${name})`})))"
        )
        contrasts = there.evaluate(the_browser.CONTRASTS)
    drawn = {found["text"]: found["ratio"] for found in contrasts if "drawn " in found["text"]}
    assert len(drawn) == 3
    assert [text for text, ratio in drawn.items() if ratio < 3] == []


def test_a_text_that_does_not_stand_out_would_be_found(browser: Browser, tmp_path: Path) -> None:
    html = '<body style="background:#fff"><div style="background:#0008"><p style="color:#777">pale'
    with opened(browser, tmp_path / "page.html", html) as there:
        (found,) = there.evaluate(the_browser.CONTRASTS)
        assert found["text"] == "pale"
        assert found["ratio"] == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_fetched_and_nothing_of_a_record_runs(
    browser: Browser, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "page.html"
    path.write_text(page_of(name), encoding="utf-8")
    with browser.new_page() as there:
        asked: list[str] = []
        there.on("request", lambda request: asked.append(request.url))
        complaints: list[str] = []
        there.on("console", lambda message: complaints.append(message.text))
        there.goto(path.as_uri(), wait_until="networkidle")
        assert asked == [path.as_uri()]
        assert complaints == []
        assert there.title().startswith("Backtest of stack ")


def test_all_is_there_without_scripts(browser: Browser, tmp_path: Path) -> None:
    html = page_of("real")
    size = {"width": 1280, "height": 900}
    how: dict[str, Any] = {"viewport": size, "java_script_enabled": False}
    with opened(browser, tmp_path / "page.html", html, **how) as there:
        assert there.locator(".heat").is_visible()
        assert there.locator(".drawing.wide svg").is_visible()
        assert not there.locator(".drawing.narrow svg").is_visible()
        table = there.get_by_role("region", name="Denied calls as a table")
        assert not table.is_visible()
        there.get_by_text("The same as a table").click()
        assert table.is_visible()


def test_a_printed_page_is_light_and_needs_no_click(browser: Browser, tmp_path: Path) -> None:
    html = page_of("month")
    how: dict[str, Any] = {"viewport": {"width": 718, "height": 1000}, "color_scheme": "dark"}
    with opened(browser, tmp_path / "page.html", html, **how) as there:
        there.emulate_media(media="print")
        assert there.evaluate(the_browser.TOO_WIDE) == []
        assert there.evaluate("getComputedStyle(document.body).backgroundColor") == (
            "rgb(255, 255, 255)"
        )
        assert not there.locator("details").is_visible()
        assert there.locator(".drawing.wide svg").is_visible()


def test_the_drawing_has_each_notification_and_its_states_in_lanes(
    browser: Browser, tmp_path: Path
) -> None:
    made = examples.of_real_records()
    size = {"width": 1280, "height": 900}
    with opened(browser, tmp_path / "page.html", page_of("real"), viewport=size) as there:
        drawing = there.locator(".drawing.wide")
        told = sum(alarm.outcome.notifications for alarm in made.alarms)
        assert drawing.locator("use").count() == told
        labels = drawing.locator("text").all_text_contents()
        assert {"tuned (pages)", "cis-v3.0"} <= set(labels)


def test_the_screenshot_in_the_documentation_is_of_this_page(
    request: pytest.FixtureRequest, update_snapshots: bool, tmp_path: Path
) -> None:
    html = page_of("real")
    # Another Matplotlib draws a little differently, another machine has other fonts: compared is
    # what the page says.
    says = hashlib.sha256(re.sub("<svg.*?</svg>", "", html, flags=re.DOTALL).encode()).hexdigest()
    if update_snapshots:
        how: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
        browser = request.getfixturevalue("browser")
        with opened(browser, tmp_path / "page.html", html, **how) as there:
            taken = Image.open(io.BytesIO(there.screenshot(full_page=True)))
        note = PngInfo()
        note.add_text("page", says)
        taken.quantize(256).save(SCREENSHOT, optimize=True, pnginfo=note)
    with Image.open(SCREENSHOT) as kept:
        assert kept.width == 1280
        assert kept.info["page"] == says, "take it anew: pytest --update-snapshots"
