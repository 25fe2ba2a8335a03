"""Questions of structure: 第三条说什么, 共有几条, 上一条."""
