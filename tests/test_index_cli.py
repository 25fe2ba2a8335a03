"""The command line as other programs call it: exit codes, one Chinese line, JSON."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from index.settings import Settings

_ROOT = Path(__file__).resolve().parent.parent
_A = "杭政发〔2021〕7号\n杭州市人民政府关于养老服务的通知\n一、新建社区食堂20个，每餐补助3元。（市民政局、财政局负责）\n二、护理员每月津贴500元。\n"
_LIST = "doc_id title doc_no issuer region year date_issued kind validity source clauses".split()  # noqa: SIM905
_CLAUSE = {"clause_id", "doc_id", "label", "path", "heading", "text", "leaf", "departments", "figures"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    (folder / "a.txt").write_text(_A, "utf-8")
    (folder / "image.txt").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "empty.txt").write_bytes(b"")
    done = _run(folder, "build", "a.txt")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    return folder


def _run(home: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    given = {key: value for key, value in os.environ.items() if not key.startswith("CLAUSE_")}
    given |= {"CLAUSE_INDEX_DIR": str(home / "index"), "CLAUSE_SEEDS_DIR": str(home / "none"), "PYTHONPATH": str(_ROOT)}
    command = [sys.executable, "-m", "index", *args]
    return subprocess.run(
        command, cwd=home, env=given | env, capture_output=True, encoding="utf-8", timeout=60, check=False
    )


def test_list_says_each_document(home: Path) -> None:
    done = _run(home, "list", "--json")
    (record,) = json.loads(done.stdout)
    assert list(record)[: len(_LIST)] == _LIST
    assert {key: record[key] for key in _LIST} == {
        "doc_id": "hangzhengfa-2021-7", "title": "杭州市人民政府关于养老服务的通知", "doc_no": "杭政发〔2021〕7号",
        "issuer": "杭州市人民政府", "region": "浙江省杭州市", "year": 2021, "date_issued": None, "kind": "通知",
        "validity": "未知", "source": "a.txt", "clauses": 2,
    }  # fmt: skip
    assert "\x1b" not in _run(home, "list").stdout


@pytest.mark.parametrize("name", ["hangzhengfa-2021-7.1", "杭政发〔2021〕7号 一、"])
def test_show_a_clause(home: Path, name: str) -> None:
    clause = json.loads(_run(home, "show", name, "--json").stdout)
    assert set(clause) - {"lead"} == _CLAUSE
    assert clause == clause | {
        "clause_id": "hangzhengfa-2021-7.1", "label": "杭政发〔2021〕7号 一、", "path": "1", "heading": "", "leaf": True,
        "departments": ["市民政局", "财政局"], "figures": ["20个", "3元"],
    }  # fmt: skip
    assert clause["text"] in _run(home, "show", name).stdout


def test_show_a_document_is_its_list_fields_and_its_clauses(home: Path) -> None:
    shown = json.loads(_run(home, "show", "hangzhengfa-2021-7", "--json").stdout)
    (listed,) = json.loads(_run(home, "list", "--json").stdout)
    clauses = shown.pop("clauses")
    listed.pop("clauses")
    assert shown == listed
    assert [clause["path"] for clause in clauses] == ["1", "2"]
    assert all(set(clause) >= _CLAUSE for clause in clauses)


def test_check_is_quiet_when_all_is_well(home: Path) -> None:
    done = _run(home, "check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "索引完好。\n", "")


@pytest.mark.parametrize(
    "args",
    [
        ["build", "absent.txt"],
        ["build", "image.txt"],
        ["build", "empty.txt"],
        ["build"],
        ["add", "image.txt"],
        ["add", "长" * 300],
        ["add"],
        ["remove", "absent"],
        ["remove", "hangzhengfa-2021-7"],
        ["show", "absent"],
        ["show", ""],
        ["lsit"],
        [],
        ["list", "--jsno"],
        ["show", "hangzhengfa-2021-7", "--depth", "0"],
    ],
)
def test_bad_input_is_one_chinese_line_and_exit_2(home: Path, args: list[str]) -> None:
    done = _run(home, *args)
    lines = [line for line in done.stderr.split("\n") if line and "读取文件" not in line]
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(lines) == 1, done.stderr
    assert re.match(r"错误: .*[\u4e00-\u9fff]", lines[0])


def test_a_misspelt_setting_is_one_line(home: Path) -> None:
    done = _run(home, "list", CLAUSE_INDEXDIR="x")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "CLAUSE_INDEX_DIR" in done.stderr


def test_without_an_index_every_command_says_how_to_build(home: Path, tmp_path: Path) -> None:
    for args in (["list"], ["show", "x"], ["check"]):
        done = _run(home, *args, CLAUSE_INDEX_DIR=str(tmp_path / "none"))
        assert done.returncode == 2
        assert "python -m index build" in done.stderr


def test_a_bad_file_among_good_ones_is_skipped_aloud(home: Path, tmp_path: Path) -> None:
    done = _run(home, "build", "a.txt", "image.txt", CLAUSE_INDEX_DIR=str(tmp_path / "index"))
    assert done.returncode == 2
    assert re.search(r"^新增 1, 跳过 1; 共 1 份文件, 2 条, 版本 \S+, 用时 [\d.]+ 秒$", done.stdout, re.M)
    assert re.search(r"^新增  hangzhengfa-2021-7  2条  a\.txt$", done.stdout, re.M)
    assert re.search(r"跳过: .*image\.txt.*PNG", done.stderr)


def test_a_damaged_store_is_one_line(home: Path, tmp_path: Path) -> None:
    copy = tmp_path / "index"
    _run(home, "build", "a.txt", CLAUSE_INDEX_DIR=str(copy))
    (path,) = copy.glob("2*/seg-*/clauses.sqlite")
    path.write_bytes(b"x" * path.stat().st_size)
    for args in (["list"], ["show", "hangzhengfa-2021-7"], ["add", "a.txt"]):
        done = _run(home, *args, CLAUSE_INDEX_DIR=str(copy))
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        assert "python -m index build" in done.stderr


def test_adding_again_says_so_and_a_change_is_shown_clause_by_clause(home: Path, tmp_path: Path) -> None:
    env = {"CLAUSE_INDEX_DIR": str(tmp_path / "index")}
    file = tmp_path / "a.txt"
    file.write_text(_A, "utf-8")
    first, again = (_run(home, "add", str(file), **env) for _ in range(2))
    version = re.search(r"版本 (\S+),", first.stdout)
    assert version
    assert (again.returncode, again.stderr) == (0, "")
    assert re.search(r"^没有变化  hangzhengfa-2021-7  2条  a\.txt$", again.stdout, re.M)
    assert f"版本 {version[1]}," in again.stdout
    file.write_text(_A.replace("500元", "600元").replace("（市民政局、财政局负责）", ""), "utf-8")
    changed = _run(home, "add", str(file), **env).stdout.splitlines()
    assert changed[0] == "更新  hangzhengfa-2021-7  2条  a.txt  2 处条款有改动"
    assert changed[1:3] == ["    ~ 1 [（市民政局、财政局负责）→]", "    ~ 2 [500元→600元]"]


_LAW = """杭政发〔2023〕4号
杭州市人民政府关于印发社区服务办法的通知
一、总体要求。服务居民，便民利民，各单位分工负责，抓好落实。
二、主要任务。
（一）新建社区食堂20个，每餐补助3元，由市民政局负责。
1.食堂选址须经居民会议同意，并向社会公示七日。
2.食堂每月公布一次账目，接受居民监督。
（二）护理员每月津贴500元，由市财政局负责发放。
附件1
社区食堂分布表
一、上城区12个。
二、拱墅区8个。
"""


def test_a_document_is_shown_as_its_tree(home: Path, tmp_path: Path) -> None:
    env = {"CLAUSE_INDEX_DIR": str(tmp_path / "index")}
    (tmp_path / "law.txt").write_text(_LAW, "utf-8")
    assert _run(home, "build", str(tmp_path / "law.txt"), **env).returncode == 0
    lines = _run(home, "show", "hangzhengfa-2023-4", **env).stdout.splitlines()
    head, tree = lines[: lines.index("")], lines[lines.index("") + 1 :]
    assert "文号: 杭政发〔2023〕4号" in head
    assert "文件: law.txt" in head
    assert not [line for line in head if "None" in line or "未知" in line or not line.split(": ", 1)[1]]
    assert tree[:6] == [
        "1  一、总体要求。服务居民，便民利民，各单位分工负责，抓好落实。",
        "2  二、主要任务。",
        "  2.1  （一）新建社区食堂20个，每餐补助3元，由市民政局负责。",
        "    2.1.1  1.食堂选址须经居民会议同意，并向社会公示七日。",
        "    2.1.2  2.食堂每月公布一次账目，接受居民监督。",
        "  2.2  （二）护理员每月津贴500元，由市财政局负责发放。",
    ]
    assert tree[6].startswith("a1  【附件】附件1")
    folded = _run(home, "show", "hangzhengfa-2023-4", "--depth", "1", **env).stdout
    assert "2  二、主要任务。 (内有 4 条)" in folded
    assert "2.1" not in folded
