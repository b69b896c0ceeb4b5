"""Can a person read a page, also one who sees badly, or has it read out?"""

from __future__ import annotations

from .chromium import Window

#: Contrast of text, and of large text (WCAG 2.2, 1.4.6). In CSS pixels, from where on text is large, and not too small.
_NUMBERS = {"CONTRAST": 7, "CONTRAST_OF_LARGE": 4.5, "LARGE": 24, "SMALLEST": 14}

#: Each text with its element's colours as they are seen: a colour that lets another one through is not used here.
_FAULTS = """(() => {
    const found = [];
    const check = (holds, fault) => { if (!holds) found.push(fault); };
    const channels = colour => colour.match(/[0-9.]+/g).map(Number);
    const luminance = colour => channels(colour).slice(0, 3)
        .map(value => value / 255)
        .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
        .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
    const behind = element => {
        const colour = getComputedStyle(element).backgroundColor;
        return channels(colour)[3] === 0 && element.parentElement ? behind(element.parentElement) : colour;
    };
    const contrast = element => {
        const both = [getComputedStyle(element).color, behind(element)].map(luminance);
        return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
    };
    const root = document.documentElement;
    check(root.lang, "no language");
    check(document.title, "no title");
    check(document.querySelector("meta[name=viewport]"), "no viewport: phones show it tiny");
    check(document.querySelectorAll("h1").length === 1, "not one heading");
    check(document.querySelector("main"), "no main part");
    check(document.querySelector("[role=status], [role=alert]"), "nothing is read out by itself");
    check(root.scrollWidth <= root.clientWidth, `${root.scrollWidth - root.clientWidth} px do not fit`);
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let count = 0;
    while (texts.nextNode()) {
        const text = texts.currentNode.data.trim(), element = texts.currentNode.parentElement;
        if (!text) continue;
        count += 1;
        const size = parseFloat(getComputedStyle(element).fontSize);
        const wanted = size >= LARGE ? CONTRAST_OF_LARGE : CONTRAST;
        check(contrast(element) >= wanted, `contrast ${contrast(element)}: ${text}`);
        check(size >= SMALLEST, `${size} px: ${text}`);
    }
    check(count, "no text");
    return found;
})()"""


def faults(window: Window) -> list[str]:
    """What is wrong with the page that the window shows."""
    numbers = "".join(f"const {name} = {value}; " for name, value in _NUMBERS.items())
    found: list[str] = window.ask(_FAULTS.replace("(() => {", "(() => { " + numbers, 1))
    return found
