"""Add to every page what has to be there before Gradio's scripts run: colours, title, language, storage."""

import gzip
from collections.abc import Callable, Sequence

import brotli
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.first_look import first_look
from demo.texts import choice_script, language_choice
from demo.widgets.modules import workbench_modules
from demo.workbench.module_routes import encodings_of

SIGN_IN = ("/organizer/sign-in", "/login/callback")  # without Gradio, and without scripts in their markup
QUALITY = 5  # a page is compressed for every visitor: 2 ms
PAGES = ("/", "/compare", "/study", "/results", "/organizer")
# Order of preference for dark or light: `__theme` in the address, the button of the header, the system.
HEAD = b"""<head><title>HarmonyLab</title>
<meta name="description"
  content="Make a pasted object belong to its photograph, and learn which method people prefer.">
<style>html { background: #f4f4f3; } html.lab-dark { background: #141415; color-scheme: dark; }
html.lab-dark body { --lab-bg: #141415; --lab-ink: #ececea; }</style>
<script>(() => {
  // Where a browser blocks storage, values are kept as long as the page is open.
  for (const name of ['localStorage', 'sessionStorage']) {
    try { window[name].getItem(''); } catch {
      const kept = new Map();
      const storage = {
        getItem: (key) => kept.get(key) ?? null,
        setItem: (key, value) => { kept.set(key, String(value)); },
        removeItem: (key) => { kept.delete(key); },
        clear: () => kept.clear(),
      };
      Object.defineProperty(window, name, { value: storage, configurable: true });
    }
  }
  // Gradio asks Hugging Face if its Space runs: an answer from here, as the page itself came from the Space.
  if (location.hostname.endsWith('.hf.space')) {
    const { fetch } = window;
    window.fetch = (address, ...more) => String(address).startsWith('https://huggingface.co/api/spaces/')
      ? Promise.resolve(new Response('{"id": "", "runtime": {"stage": "RUNNING"}}'))
      : fetch(address, ...more);
  }
  let theme = new URLSearchParams(location.search).get('__theme');
  if (theme !== 'dark' && theme !== 'light') {
    theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
    try { theme = localStorage.getItem('harmonylab-theme') || theme; } catch { /* storage is off */ }
  }
  document.documentElement.classList.toggle('lab-dark', theme === 'dark');
})();</script>"""
LANGUAGE = f"\n<script>{language_choice()}</script>".encode()
SIGN_IN_LANGUAGE = f'<head><script src="{choice_script().address}/choose.js"></script>'.encode()


class EarlyHead:
    """Insert what comes first into every page, as ASGI middleware; Gradio's own additions come too late.

    pictures: returns the addresses of the pictures that the first page shows at once, see first_look.py.
    """

    def __init__(self, app: ASGIApp, pictures: Callable[[], Sequence[str]]) -> None:
        self.app = app
        self.pictures = pictures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] not in (*PAGES, *SIGN_IN):
            await self.app(scope, receive, send)
            return
        head = self._head(scope["path"])
        accepted = encodings_of(Headers(scope=scope).get("accept-encoding", ""))
        started: Message = {}
        body = b""

        async def on_message(message: Message) -> None:
            nonlocal started, body
            if message["type"] == "http.response.start":
                started = message
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            body += message.get("body", b"")
            if not message.get("more_body"):
                page, encoding = _compressed(body.replace(b"<head>", head, 1), accepted)
                headers = [pair for pair in started["headers"] if pair[0].lower() != b"content-length"]
                headers += [(b"content-length", str(len(page)).encode()), *encoding]
                await send({**started, "headers": headers})
                await send({"type": "http.response.body", "body": page})

        await self.app(scope, receive, on_message)

    def _head(self, path: str) -> bytes:
        if path in SIGN_IN:
            return SIGN_IN_LANGUAGE
        more = first_look(workbench_modules(), self.pictures()) if path == "/" else ""
        return HEAD + LANGUAGE + more.encode()


def _compressed(page: bytes, accepted: set[str]) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Return a page as the browser takes it, with the headers that say so; Gradio compresses no pages."""
    vary = (b"vary", b"Accept-Encoding")
    if "br" in accepted:
        return brotli.compress(page, quality=QUALITY), [vary, (b"content-encoding", b"br")]
    if "gzip" in accepted:
        return gzip.compress(page, QUALITY), [vary, (b"content-encoding", b"gzip")]
    return page, [vary]
