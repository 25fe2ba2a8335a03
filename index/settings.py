"""Settings from the environment and `.env`, prefix `CLAUSE_`; a typo is an error at start."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Any, Literal

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from index.errors import UserError

_PREFIX = "CLAUSE_"
_ROOT = Path(__file__).parent.parent
_FOLDERS = {"index_dir": "index", "models_dir": "models", "records_dir": "records"}  # in data_dir, where it is set


class Settings(BaseModel):
    """All settings with their bounds; each is set as CLAUSE_<NAME IN CAPITALS>."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data_dir: Path | None = Field(None, description="一个文件夹放下索引、模型和记录")
    seeds_dir: Path = _ROOT / "seeds"
    index_dir: Path = _ROOT / "index" / "built" / "index"
    models_dir: Path = _ROOT / "index" / "built" / "models"
    records_dir: Path = _ROOT / "data"  # conversations, feedback, audit, users: no part of the index
    store: Literal["local", "milvus"] = Field("local", description="索引放在本机或 Milvus")
    milvus_uri: str = Field(
        "http://127.0.0.1:19530", pattern=r"^(https?://.|.+\.db$)", description="服务地址, 或试用的 .db 文件"
    )
    milvus_token: str = Field("", description="用户名:口令")
    milvus_prefix: str = Field("clauses", pattern=r"^[A-Za-z][A-Za-z0-9_]{0,59}$", description="集合名的开头")
    milvus_timeout: float = Field(10, gt=0, le=600, description="秒; 提问时最多等多久")
    encoder: str = Field("multilingual-e5-small", min_length=1, description="模型名或文件夹")
    query_prompt: str | None = None
    passage_prompt: str | None = None
    reranker: str | None = None
    top_k: int = Field(20, ge=1, le=100, description="每问检索的条款数")
    min_confidence: float = Field(0.3, ge=0, le=1, description="低于此把握即拒答")
    llm_base_url: str | None = Field(None, pattern=r"^https?://")
    llm_model: str | None = None
    llm_api_key: str = Field("none", repr=False)  # no log that tells the settings tells it
    llm_timeout: float = Field(30, gt=0, le=600, description="秒")
    llm_retries: int = Field(1, ge=0, le=5)
    llm_concurrency: int = Field(4, ge=1, le=256, description="同时调用模型的次数")
    context_tokens: int = Field(3000, ge=200, le=200_000)
    host: str = "127.0.0.1"
    port: int = Field(7860, ge=1, le=65535)
    upload: bool = Field(True, description="页面上可加入文件")
    upload_files: int = Field(200, ge=1, le=20_000, description="一次加入的文件数, 压缩包按里面的文件算")
    upload_mb: int = Field(200, ge=1, le=2000, description="一次加入的大小, 压缩包按展开后算")
    workers: int = Field(1, ge=1, le=64, description="进程数; 一个供页面和接口, 其余供接口")
    concurrency: int = Field(8, ge=1, le=256, description="同时回答的问题数, 各进程分担")
    queue: int = Field(64, ge=0, le=10_000, description="排队的问题数, 各进程分担; 再多即请稍后再问")
    queue_seconds: float = Field(60, gt=0, le=3600, description="接口的问题最多排队多久")
    answer_seconds: float = Field(120, gt=0, le=3600, description="接口的问题最多答多久")
    per_minute: int = Field(600, ge=1, le=100_000, description="每个客户每分钟的请求数")
    request_kb: int = Field(512, ge=16, le=102_400, description="一次请求的大小, 上传文件除外")
    log: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] | None = None
    auth: bool = Field(False, description="须登录才能使用页面")
    session_idle_minutes: float = Field(60, gt=0, le=1440, description="多久不用即须重新登录")
    session_hours: float = Field(12, gt=0, le=720, description="登录最长多久有效")

    @model_validator(mode="before")
    @classmethod
    def _in_one_folder(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Put all that is written into `data_dir`; a folder that is set by its own name stays where it is set."""
        folder = values.get("data_dir")
        return {**{name: Path(folder) / part for name, part in _FOLDERS.items()}, **values} if folder else values

    @property  # not cached: model_copy would carry the old value over
    def has_llm(self) -> bool:
        return bool(self.llm_base_url and self.llm_model)


def load_settings() -> Settings:
    """Read the settings; raises UserError naming the key that is wrong and the right one."""
    given = {**dotenv_values(".env"), **os.environ}
    values = {k[len(_PREFIX) :].lower(): v for k, v in given.items() if k.startswith(_PREFIX) and v not in (None, "")}
    for key in values:
        if key not in Settings.model_fields:
            raise UserError(_unknown(key))
    try:
        settings = Settings.model_validate(values)
    except ValidationError as exc:
        error = exc.errors()[0]
        key = _PREFIX + str(error["loc"][0]).upper()
        raise UserError(f"设置 {key} 的值无效: {error['input']!r} ({error['msg']})。请更正后重试。") from exc
    if bool(settings.llm_base_url) != bool(settings.llm_model):
        raise UserError("CLAUSE_LLM_BASE_URL 和 CLAUSE_LLM_MODEL 须同时设置。")
    return settings


def _unknown(key: str) -> str:
    near = difflib.get_close_matches(key, Settings.model_fields, n=1)
    hint = f"是否想写 {_PREFIX}{near[0].upper()}?" if near else f"可用的设置: {_known()}"
    return f"没有名为 {_PREFIX}{key.upper()} 的设置。{hint}"


def _known() -> str:
    return ", ".join(_PREFIX + name.upper() for name in Settings.model_fields)
