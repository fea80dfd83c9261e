"""Check every request before the application receives it: ASGI middleware that does not use Gradio."""
