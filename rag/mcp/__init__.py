"""The tools `search_clauses`, `get_clause` and `ask` for agents, by the Model Context Protocol.

server.py   the tools     http.py   at /mcp of the service     command.py   python -m rag mcp, over stdin and stdout
"""
