"""Add texts that Gradio's pages announce to screen readers without having them: the key would be read out."""

import gradio as gr

MISSING_TEXTS = gr.I18n(en={"common.complete": "Complete"}, de={"common.complete": "Fertig"})
