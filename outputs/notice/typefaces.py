"""The fonts of a notice (GB/T 9704-2012) and, in order, what stands in for one that a machine does not have."""

BODY, TITLE, HEAD, SUBHEAD, DIGITS = "仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312", "宋体"
_SERIF = ("Noto Serif CJK SC", "Source Han Serif SC")
INSTEAD = {
    BODY: ("仿宋", "FangSong", "STFangsong", *_SERIF),
    TITLE: ("小标宋", "宋体", "SimSun", *_SERIF),
    SUBHEAD: ("楷体", "KaiTi", "STKaiti", *_SERIF),
    HEAD: ("SimHei", "Noto Sans CJK SC", "Source Han Sans SC"),
    DIGITS: ("SimSun", *_SERIF),
}
