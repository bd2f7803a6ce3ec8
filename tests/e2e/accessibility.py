"""What a page must grant everybody: names for what can be pressed, a visible focus, text that can be read."""

from playwright.sync_api import Page

NAMELESS = """() => [...document.querySelectorAll('button, a[href], input, select, textarea, [role=button]')]
  .filter((one) => one.checkVisibility())
  .filter((one) => {
    const label = one.labels?.length ? [...one.labels].map((l) => l.textContent).join('') : '';
    const named = one.getAttribute('aria-label') || one.getAttribute('title') || label || one.textContent;
    const drawn = one.querySelector('[aria-label]');
    return !(named || '').trim() && !drawn;
  })
  .map((one) => one.outerHTML.slice(0, 120))"""

FAINT = """() => {
  const parse = (text) => {
    const [r, g, b, a = 1] = (text.match(/[\\d.]+/g) || []).map(Number);
    return [r, g, b, a];
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const behind = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) {
      const style = getComputedStyle(one);
      if (style.backgroundImage !== 'none') return null;
      const colour = parse(style.backgroundColor);
      if (style.backgroundColor.startsWith('color')) return null;
      layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const found = [];
  for (const one of document.querySelectorAll('body *')) {
    const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const aside = one.closest('[disabled], kbd, .maplibregl-ctrl');
    if (!own || aside || !one.checkVisibility({ opacityProperty: true })) continue;
    let opacity = 1;
    for (let up = one; up; up = up.parentElement) opacity *= Number(getComputedStyle(up).opacity);
    const style = getComputedStyle(one);
    const ground = behind(one);
    if (ground === null || opacity < 1) continue;
    const [a, b] = [light(over(parse(style.color), ground)), light(ground)].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = (a + 0.05) / (b + 0.05);
    const said = `${one.className} ${one.textContent.trim().slice(0, 40)}`;
    if (ratio < (large ? 3 : 4.5)) found.push(`${ratio.toFixed(2)} ${said}`);
  }
  return [...new Set(found)];
}"""

UNSEEN_FOCUS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one);
  const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  return seen || style.boxShadow !== 'none' ? null : one.outerHTML.slice(0, 120);
}"""


def flaws(page: Page, *, tabs: int = 12) -> list[str]:
    """Return what keeps somebody out of the page as it stands; moves the focus."""
    found = [f"no name: {one}" for one in page.evaluate(NAMELESS)]
    found += [f"contrast {one}" for one in page.evaluate(FAINT)]
    for _ in range(tabs):
        page.keyboard.press("Tab")
        unseen = page.evaluate(UNSEEN_FOCUS)
        if unseen:
            found.append(f"focus not seen: {unseen}")
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("runs off the side")
    return list(dict.fromkeys(found))
