#!/bin/sh
# 写出要装的软件包: sh select.sh default|full [milvus], 在 requirements.txt 所在的文件夹里运行。
set -eu
case "${1:-default}" in
  full) cat requirements.txt ;;
  default) grep -vE '^(torch|sentence-transformers)==' requirements.txt ;;
  *) echo "应为 default 或 full, 收到 $1" >&2; exit 2 ;;
esac
if [ "${2:-}" = milvus ]; then
  grep -E '^pymilvus==' requirements-milvus.txt
fi
