"""Serve the study to browsers and programs as JSON, beside Gradio and without its queue."""
