"""Define the appearance of all pages: Gradio's style variables refer to ours in theme.css."""

from pathlib import Path

import gradio as gr

from demo.widgets import stylesheets

STYLE = Path(__file__).parent / "theme.css"


def lab_theme() -> gr.themes.Base:
    """Return a theme in neutral greys, which do not shift the perceived colours of pictures."""
    theme = gr.themes.Base(
        primary_hue="neutral",
        neutral_hue="neutral",
        font=[gr.themes.LocalFont("IBM Plex Sans", weights=(400, 700)), "system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
        radius_size="md",
        text_size="md",
    )
    shared = {
        "body_background_fill": "var(--lab-bg)",
        "body_text_color": "var(--lab-ink)",
        "body_text_color_subdued": "var(--lab-muted)",
        "background_fill_primary": "var(--lab-panel)",
        "background_fill_secondary": "var(--lab-inset)",
        "block_background_fill": "var(--lab-panel)",
        "block_border_color": "var(--lab-line)",
        "block_label_text_color": "var(--lab-muted)",
        "block_title_text_color": "var(--lab-ink)",
        "border_color_primary": "var(--lab-line)",
        "border_color_accent": "var(--lab-accent)",
        "color_accent_soft": "var(--lab-hover)",
        "input_background_fill": "var(--lab-inset)",
        "input_border_color": "var(--lab-line-strong)",
        "button_primary_background_fill": "var(--lab-ink)",
        "button_primary_background_fill_hover": "var(--lab-ink-hover)",
        "button_primary_text_color": "var(--lab-panel)",
        "button_primary_border_color": "var(--lab-ink)",
        "button_secondary_background_fill": "var(--lab-panel)",
        "button_secondary_background_fill_hover": "var(--lab-hover)",
        "button_secondary_text_color": "var(--lab-ink)",
        "button_secondary_border_color": "var(--lab-line-strong)",
        "slider_color": "var(--lab-ink)",
        "checkbox_background_color": "var(--lab-panel)",
        "checkbox_background_color_selected": "var(--lab-accent)",
        "checkbox_border_color": "var(--lab-line-strong)",
        "checkbox_border_color_selected": "var(--lab-accent)",
        "checkbox_label_text_color": "var(--lab-ink)",
        "error_text_color": "var(--lab-bad)",
        "loader_color": "var(--lab-ink)",
    }
    dark = {f"{name}_dark": value for name, value in shared.items()}
    return theme.set(**shared, **dark, block_shadow="none", block_shadow_dark="none")


def page_head() -> str:
    """Return the style sheets as HTML; inline, because Gradio rewrites the selectors of those it loads."""
    css = "\n".join(path.read_text(encoding="utf-8") for path in (STYLE, *stylesheets()))
    return f'<meta name="color-scheme" content="light dark"><style>{css}</style>'
