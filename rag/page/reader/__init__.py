"""查看全文: a document as its tree, opened at a clause."""
