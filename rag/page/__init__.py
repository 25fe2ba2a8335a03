"""The chat page.

A turn goes session -> text (the chat) and cards (the evidence) -> layout, which alone knows Gradio.
`page.js` and `style.css` are what the browser gets beside it.
"""
