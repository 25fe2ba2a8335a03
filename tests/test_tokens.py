"""Search tokens: what stays whole, what is dropped, and what counts as damaged text."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest

from index import tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("新农合补助", ["新农合", "补助"]),
        ("人均筹资达到300元。", ["人均筹资", "达到", "300", "300元"]),
        ("每人每年240元", ["每人每年", "240", "240元"]),
        ("75%左右", ["75", "75%", "左右"]),
        ("2012年", ["2012", "2012年"]),
        ("1,200.50元", ["1200.50", "1200.50元"]),
        ("15个工作日内", ["15", "15个工作日"]),
        ("〔2012〕33号", ["2012", "33", "33号"]),
        ("CT检查", ["ct", "检查"]),
        ("医保定点医疗机构", ["医保定点医疗机构"]),
        ("推广安置", ["推广", "安置"]),
        ("请问什么是起付线?", ["起付线"]),
        ("和临翔区", ["临翔区"]),
        ("", []),
        ("的、了。", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert tokens.words(text) == expected


def test_cut_loses_nothing() -> None:
    text = "长春市(2012)：1. 新农合,CT 20%\n二、"
    assert "".join(tokens.cut(text)) == text


def test_bigrams_keep_digits_whole() -> None:
    assert tokens.bigrams("看病花240元") == ["看病", "病花", "240", "240元"]
    assert tokens.bigrams("药") == ["药"]


@pytest.mark.parametrize(
    "text",
    ["每年招收500名免费医学生", "区、县（市）ＣＴ检查费1,200.50元,a区除外", "药", "", "第33号文2012年", "甲 乙丙"],
)
def test_pairs_stand_side_by_side_in_runs_and_nowhere_else(text: str) -> None:
    runs, pairs = tokens.runs(tokens.normalise(text)), set(tokens.bigrams(text))
    han = "".join(dict.fromkeys(char for char in text if "\u3400" <= char <= "\u9fff"))
    for first in han:
        assert (f" {first} " in runs) == (first in pairs)
        assert all((first + second in runs) == (first + second in pairs) for second in han)


def test_a_long_word_meets_the_shorter_one_within_it() -> None:
    assert "基本医疗保险" in tokens.tokenize("城乡居民基本医疗保险")
    assert tokens.tokenize("看病") == ["看病", "_看病"]


_FIELD = "新农合 医联体 医共体 起付线 封顶线 两票制 蒙医 旗县 盟市 责任单位 药品加成 分级诊疗"


def test_words_of_the_field_are_whole() -> None:
    for word in _FIELD.split():
        assert tokens.is_word(word)
        assert tokens.cut(word) == [word]
    assert not tokens.is_word("鶎俞")


def test_repaired_text_is_likelier_than_damaged_text() -> None:
    assert tokens.log_likelihood("。基层医疗卫生机构") > tokens.log_likelihood("?;鶎俞疗卫生机构")
    assert tokens.log_likelihood("鶎") == pytest.approx(-math.log(tokens._tokenizer().total))
    assert tokens.log_likelihood("") == 0


def test_synonyms_reach_the_group_and_not_the_word_itself() -> None:
    assert tokens.synonyms("大夫") == ("医生", "医师")
    assert "新型农村合作医疗" in tokens.synonyms("新农合")
    assert "起付线" in tokens.synonyms("门槛费")
    assert tokens.synonyms("长春") == ()


def test_synonym_file_is_well_formed() -> None:
    groups = [line.split("\t") for line in tokens._data_lines(tokens._SYNONYMS)]
    assert len(groups) >= 250
    assert all(len(group) > 1 and all(word and word == word.strip() for word in group) for group in groups)
    words = [word for group in groups for word in group]
    assert len(words) == len(set(words))


def test_policy_words_are_unique() -> None:
    words = [line.partition(" ")[0] for line in tokens._data_lines(tokens._POLICY_WORDS)]
    assert len(words) == len(set(words))


def test_the_kept_dictionary_is_the_merged_one(tmp_path: Path) -> None:
    path = tmp_path / "dictionary"
    tokens._save(path, {"新": 3, "新农合": 50}, 53)
    assert tokens._load(path) == ({"新": 3, "新农合": 50}, 53)


@pytest.mark.parametrize("damage", [b"", b"garbage", b"a b c d\n", b"\xff\xfe\n\n"])
def test_a_damaged_dictionary_is_built_again(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "dictionary"
    path.write_bytes(damage)
    assert tokens._load(path) is None


def test_jieba_stays_silent_and_out_of_the_temporary_folder(tmp_path: Path) -> None:
    code = f"import tempfile; tempfile.tempdir = {str(tmp_path)!r}\nfrom index import tokens; print(tokens.words('新农合'))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(tokens.__file__).parents[1]
    )
    assert done.stdout.strip() == "['新农合']"
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_importing_does_not_load_jieba() -> None:
    code = "import sys; from index import tokens; tokens.dictionary_hash(); print('jieba' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(tokens.__file__).parents[1]
    )
    assert done.stdout.strip() == "False"
