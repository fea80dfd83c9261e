"""Show the pictures of the first example, at the place of the stage, before the workbench runs."""

import json
from collections.abc import Sequence
from html import escape

from demo.widgets.modules import ModuleFolder

# Follows the layout in workbench.css; a test compares the places. The colours of the theme come later.
STYLE = """<style>
.first-look { --pad: 24px; --gap: 20px; --rail: 340px; --wide: min(100%, 1720px);
  position: absolute; z-index: 6; inset: 0 0 auto; height: 0; pointer-events: none; }
.first-look div { position: absolute; overflow: hidden; top: 154px;
  left: calc((100% - var(--wide)) / 2 + var(--pad) + 1px);
  width: calc(var(--wide) - 2 * var(--pad) - var(--gap) - var(--rail) - 2px);
  height: clamp(260px, calc(100svh - 354px), 1100px); background: #e4e4e3; }
.lab-dark .first-look div { background: #0e0e0f; }
.wb-view > .first-look { inset: 0; height: auto; }
.wb-view > .first-look div { inset: 0; width: auto; height: auto; }
.first-look img { position: absolute; inset: 0; width: 100%; height: 100%; max-width: none;
  object-fit: contain; }
@media (max-width: 1100px) { .first-look { --pad: 16px; --gap: 16px; --rail: 300px; } }
@media (max-width: 860px) and (min-height: 521px) {
  .first-look div { top: 150px; left: 0; width: 100%; height: min(44svh, 100vw / 1.5); min-height: 200px; }
}
@media (max-height: 520px) {
  .first-look { --pad: 8px; --gap: 8px; --rail: min(320px, 42vw); }
  .first-look div { top: 109px; height: max(200px, calc(100svh - 118px)); }
}
</style>"""
# A browser that has a session opens the picture of that session instead.
SCRIPT = """<script>((pictures) => {
  if (localStorage.getItem('harmonylab-workbench')) return;
  const look = document.createElement('div');
  Object.assign(look, { className: 'first-look', inert: true, ariaHidden: 'true' });
  const frame = look.appendChild(document.createElement('div'));
  for (const src of pictures)
    frame.append(Object.assign(new Image(), { alt: '', fetchPriority: 'high', src }));
  new MutationObserver((_, observer) => {
    if (!document.body) return;
    observer.disconnect();
    document.body.prepend(look);
  }).observe(document.documentElement, { childList: true });
})(%s);</script>"""


def first_look(folder: ModuleFolder, pictures: Sequence[str]) -> str:
    """Return what the head of the first page has more than others, as HTML.

    It loads the workbench of `folder` beside Gradio's scripts instead of after them, and shows `pictures`,
    addresses of pictures of one size, one above the other, the lowest first. They stay until the workbench
    has drawn (stage/first_look.js). No picture: the page shows none before.
    """
    address = escape(folder.address)
    links = (
        f'<link rel="preload" as="style" href="{address}/main.css">'
        f'<link rel="modulepreload" href="{address}/main.js">'
    )
    return f"{links}\n{STYLE}{SCRIPT % json.dumps(list(pictures))}" if pictures else links
