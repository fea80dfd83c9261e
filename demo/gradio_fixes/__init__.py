"""Work around faults of Gradio."""
