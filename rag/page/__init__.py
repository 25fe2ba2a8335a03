"""The page: one folder a tab or column, each with its events (`tab.py`), its Jinja templates, `style.css` and `page.js`.

`layout` puts them together. Only this package knows Gradio.
"""
