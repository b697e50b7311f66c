"""Headless Chromium, for what only a browser can say of a page."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

_COMMANDS = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    "--no-sandbox",  # without which root, whom containers run as, gets no browser
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

MISSING = f"no browser: none of {', '.join(_COMMANDS)} is installed (apt-get install chromium)"

# What each text stands out by: WCAG's contrast ratio of its colour and what is painted behind it.
# Where there is a pattern behind, its worst.
CONTRASTS = """() => {
  const numbers = (colour) => {
    const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
    return [r, g, b, a];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
  const light = (rgb) => rgb
    .map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    const styles = [];
    for (let at = element; at; at = at.parentElement) styles.unshift(getComputedStyle(at));
    let grounds = [[255, 255, 255]];
    for (const style of styles) {
      grounds = grounds.map((ground) => over(numbers(style.backgroundColor), ground));
      const pattern = style.backgroundImage.match(/rgba?\\([^)]*\\)/g) || [];
      grounds = [...grounds,
        ...pattern.flatMap((colour) => grounds.map((ground) => over(numbers(colour), ground)))];
    }
    return grounds;
  };
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const text = texts.currentNode.textContent.trim();
    if (!text || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const colour = numbers(element instanceof SVGElement ? style.fill : style.color);
    for (const ground of behind(element)) {
      const [low, high] = [light(over(colour, ground)), light(ground)].sort((a, b) => a - b);
      found.push({text, ratio: (high + 0.05) / (low + 0.05)});
    }
  }
  return found;
}"""

# What sticks out of the page to the right, except in parts that scroll by themselves.
TOO_WIDE = """() => [...document.querySelectorAll('body *')]
  .filter((element) => element.checkVisibility() && !element.parentElement.closest('.scroll'))
  .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5)
  .map((element) => element.outerHTML.slice(0, 200))"""


def is_missing() -> bool:
    """Say whether there is no browser to test with."""
    return _command() is None


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the Chromium that is installed, with an empty profile of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_command(), args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def _command() -> str | None:
    return next((found for found in map(shutil.which, _COMMANDS) if found), None)
