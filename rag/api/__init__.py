"""The API for programs: questions, clauses and documents as JSON under /api, chat in OpenAI's form under /v1.

app.py        the application, put under its paths into the service     errors.py     one form of errors, in Chinese
caller.py     who asks                                                  answering.py  answers, kept in the audit
asking.py     POST /api/ask                                             events.py     an answer as an event stream
clauses.py    /api/clauses, /api/search                                 near.py       the nearest of what is held
documents.py  /api/documents                                            sent.py       files that are sent to it
chat.py       /v1/chat/completions, /v1/models                          pages.py      /api/docs
"""
