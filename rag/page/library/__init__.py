"""文件库: the documents held, and what joins or leaves them."""
