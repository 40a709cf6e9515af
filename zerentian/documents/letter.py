"""What an official letter carries beside its content; everything may be left to be filled in by hand."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from zerentian.core.data_files import load_model


class Letter(BaseModel):
    """The marks of a letter after GB/T 9704-2012. What is not given becomes a blank, never a guess."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    issuer: str = Field(default="", description="发文机关")
    number: str = Field(default="〔　　　　〕　　号", description="通报的发文字号")
    notice_number: str = Field(default="〔　　　　〕　　号", description="约谈通知书的发文字号")
    recipients: str = Field(default="＿＿＿＿＿＿＿＿＿＿", description="主送机关")
    date: str = Field(default="　　　　年　　月　　日", description="成文日期")
    title: str = Field(default="", description="通报标题；不写则按月份生成")
    contact: str = Field(default="", description="联系人和电话")
    objection: str = Field(default="", description="提出异议的期限和方式，例如“公布后3个工作日内书面提出”")
    copy_to: str = Field(default="", description="抄送")
    printed_by: str = Field(default="", description="印发机关")
    printed_date: str = Field(default="", description="印发日期")
    place: str = Field(default="", description="约谈地点")
    time: str = Field(default="", description="约谈时间")
    proof: str = Field(default="", description="可供核对的指纹，例如结果指纹和台账日根；印在“有关说明”末尾")


def load_letter(path: Path | None) -> Letter:
    """Read a letter file; without one all marks are blanks. Raises `ProblemsFound`."""
    return Letter() if path is None else load_model(path, Letter)
