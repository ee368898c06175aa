"""The limits of 教督〔2017〕6号, written from rules.md a second time, apart from the pipeline's suites."""

from fractions import Fraction

LEVELS = ("primary", "junior")
RESOURCES = ("B1", "B2", "B3", "B4", "B5", "B6", "B7")
INDICATORS = (*(f"B{number}" for number in range(1, 32)), "C1", "V")

STANDARD = {
    "B1": {"primary": Fraction("4.2"), "junior": Fraction("5.3")},
    "B2": {"primary": Fraction(1), "junior": Fraction(1)},
    "B3": {"primary": Fraction("0.9"), "junior": Fraction("0.9")},
    "B4": {"primary": Fraction("4.5"), "junior": Fraction("5.8")},
    "B5": {"primary": Fraction("7.5"), "junior": Fraction("10.2")},
    "B6": {"primary": Fraction(2000), "junior": Fraction(2500)},
    "B7": {"primary": Fraction("2.3"), "junior": Fraction("2.4")},
}
FLOOR_SHARE = Fraction("0.85")
PER = {"B1": 100, "B2": 100, "B3": 100, "B4": 1, "B5": 1, "B6": 1, "B7": 100}
RESOURCE_UNIT = {"B1": "人", "B2": "人", "B3": "人", "B4": "㎡", "B5": "㎡", "B6": "元", "B7": "间"}
WHOLE_UNITS = frozenset({"人", "间", "个", "份"})
CV_LIMIT = {"primary": Fraction("0.50"), "junior": Fraction("0.45")}
MAY_FALL_SHORT = 1  # of the seven, in the school rule, and then not below the floor
TEACHING_POINT_MIN_PUPILS = 50

ROOM_MIN_AREA_M2 = {"音乐": 96, "美术": 90}
CLASSES_PER_ROOM = 12
MAX_PUPILS = 2000
MAX_PUPILS_THROUGH = 2500
THROUGH_TYPES = frozenset({"312", "345"})
SMALL_SCHOOL_TYPES = frozenset({"211", "218"})
SMALL_SCHOOL_PUPILS = 100
SPECIAL_YUAN_PER_PUPIL = 6000
EXCHANGE_SHARE = Fraction("0.10")
BACKBONE_SHARE = Fraction("0.20")
CATCHMENT_SHARE = {"primary": Fraction(1), "junior": Fraction("0.95")}
ALLOTMENT_SHARE = Fraction("0.50")
MIGRANT_SHARE = Fraction("0.85")
RETENTION = Fraction("0.95")
DISABLED_SHARE = Fraction("0.95")
TRAINING_SHARE = Fraction("0.05")
GOOD_LEVELS = frozenset({"III", "IV"})  # Ⅲ and Ⅳ after NFKC
BETWEEN_SCHOOLS_BELOW = Fraction("0.15")
SATISFACTION = Fraction("0.85")

SUBJECTS = ("语文", "数学", "科学", "体育与健康", "艺术", "德育")
VETOES = ("以考试方式招生", "违规择校", "设立重点校", "设立重点班")
# (indicator, 项目, whether the gap row names the 项目: only where the indicator reads several things)
CONCLUSIONS = (
    ("B8", "学校规划布局", False),
    ("B9", "学校建设标准统一", True),
    ("B9", "教师编制标准统一", True),
    ("B9", "生均公用经费基准定额统一", True),
    ("B9", "基本装备配置标准统一", True),
    ("B15", "绩效工资总量按规定足额核定", True),
    ("B17", "教职工编制和岗位统筹分配", False),
    ("B21", "名额分配向农村初中倾斜", True),
    ("B22", "留守儿童关爱体系健全", True),
    ("B25", "所有学校制定章程", True),
    ("B25", "学校管理与教学信息化", True),
    ("B27", "教师信息化教学与设施设备利用", False),
    ("B28", "德育工作与校园文化建设", False),
    ("B29", "课程开齐开足与教学秩序", False),
    ("B30", "无过重课业负担", False),
)

# interface.md, item: the 项目 text wherever one is read, else the ratio's own name.
RATIO_NAMES = {
    "B16": "360学时培训完成率", "B19": "持证上岗率", "B20": "就近划片入学比例", "B23": "三年巩固率", "B24": "入学率",
    "B26": "教师培训经费比例", "C1": "满意度",
}  # fmt: skip
