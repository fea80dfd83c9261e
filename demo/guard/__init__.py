"""Check every request before a page or a handler sees it: pure ASGI middleware, without Gradio."""
