"""Twenty counties, each differing from a faultless one in a single respect, built in one load."""

from __future__ import annotations

from tests.unit.dbt_project.landing import County, School, junior, primary

GOOD, LINE, SHORT, BLANK, ABSENT, HALF = "100001", "100002", "100003", "100004", "100005", "100006"
POINTS, MIXED, RATIOS, ROOMS, FUNDS, WORDS = "100007", "100008", "100009", "100010", "100011", "100012"
NOBODY, CLASSES, BIG, ITEMS, BALANCE, TWIN = "100013", "100014", "100015", "100016", "100017", "100018"
ATTACHED, RURAL, ONE_ROOM = "100019", "100020", "100021"

THROUGH = School(
    "3000000003", {"primary": 166, "junior": 210}, type_code="312",
    change={"teaching_area_m2": 23226, "gym_area_m2": 0},
)  # fmt: skip
SENIOR = School("3000000004", {"junior": 640, "senior": 980}, type_code="341", change={"teaching_area_m2": 8 * 1620})
TWINS = [THROUGH, SENIOR, primary("2000000005", 333, change={"gym_area_m2": 0.1, "sports_ground_area_m2": 2750.3})]

COUNTIES = [
    County(GOOD, [
        School("3000000003", {"primary": 200, "junior": 300}, type_code="312"),
        SENIOR,
        School("5000000006", {"special": 50}, type_code="514", scope="special"),
    ]),
    County(LINE, [primary("2000000003", 1000, change={"primary.teachers_pe": 9})]),
    County(SHORT, [primary("2000000003", 1000, change={"primary.teachers_pe": 7, "sports_ground_area_m2": 5000.01})]),
    County(BLANK, [primary("2000000003", change={"primary.teachers": None, "trained_teachers": 40})]),
    County(ABSENT, [primary("2000000003", 300, reported=False)]),
    County(HALF, [School("3000000003", {"primary": 400, "junior": None}, type_code="312")]),
    County(POINTS, [
        primary("2000000003", 49, type_code="218", change={"primary.classes_46_50": 1, "primary.classes_36_40": 1}),
        primary("2000000004", 50, type_code="218"),
    ]),
    County(MIXED, [THROUGH, SENIOR]),
    County(RATIOS, [
        primary("2000000003", change={"trained_teachers": 37, "primary_in_catchment": 399}),
        primary("2000000004", change={"certified_teachers": None, "training_yuan": 19999}),
        primary("2000000005", 400, operator_code="999", change={"primary_in_catchment": 0}),
        primary("2000000006", 400, boarding=True, change={"primary_in_catchment": 0}),
        primary("2000000007", 400, urban_rural_code="220", change={"primary_in_catchment": 0}),
    ]),
    County(ROOMS, [
        primary("2000000003", rooms=[("music", 56.0), ("art", 60.5)]),
        primary("2000000004", rooms=[]),
        primary("2000000005", rooms=[("music", 96.0)]),
        primary("2000000006", rooms=[("music", 96.0), ("art", 90.0), ("art", None)]),
        primary("2000000007", rooms=[("music", None), ("art", 90.0)]),
    ]),
    County(FUNDS, [
        primary("2000000003", 99, change={"funded_pupils": 99, "allocated_yuan": 70999.99}),
        primary("2000000004", 99, change={"funded_pupils": 100, "allocated_yuan": 71000}),
        primary("2000000005", 100, change={"funded_pupils": 50, "allocated_yuan": 1}),
        primary("2000000006", 80, reported=False, change={"funded_pupils": 80, "allocated_yuan": 80000}),
        primary("2000000007", 80, reported=False),
    ]),
    County(WORDS, items={
        ("B9", "教师编制标准统一"): "不达标", ("V", "设立重点班"): "发生", ("B31", "数学学业水平等级"): "Ⅱ",
        ("B31", "科学校际差异率"): 0.15, ("B14", "特殊教育学校公用经费拨付总额"): 58000.5,
        ("B23", "毕业班学生数"): 94, ("C1", "满意问卷数"): 84, ("B8", "学校规划布局"): None,
        ("B24", "已入学残疾儿童少年数"): None,
    }),
    County(NOBODY, items={
        ("B14", "特殊教育学校公用经费拨付总额"): 0, ("B14", "特殊教育学校在校生数"): 0,
        ("B22", "符合条件的随迁子女数"): 0, ("B22", "在公办学校就读的随迁子女数"): 0,
        ("B22", "在政府购买服务的民办学校就读的随迁子女数"): 0,
        ("B24", "适龄残疾儿童少年数"): 0, ("B24", "已入学残疾儿童少年数"): 0,
        ("B18", "实际交流轮岗教师数"): 0, ("B18", "交流轮岗教师中骨干教师数"): 0,
    }),
    County(CLASSES, [
        primary("2000000003", change={"primary.classes": None}),
        primary("2000000004", change={"primary.classes": None, "primary.classes_46_50": 2}),
        junior("3000000005", change={"junior.classes_51_55": 3, "junior.classes_46_50": 5}),
    ]),
    County(BIG, [
        primary("2000000003", 2001), primary("2000000004", 2000),
        School("3000000005", {"primary": 1500, "junior": 1000}, type_code="312"),
        School("3000000006", {"primary": 2501, "junior": None}, type_code="345"),
    ]),
    County(ITEMS, items={("B23", "三年转入学生数"): None, ("B18", "符合交流条件教师总数"): None}),
    County(BALANCE, [primary("2000000003", 400, change={"sports_ground_area_m2": 40000}),
                     primary("2000000004", 400, change={"sports_ground_area_m2": None})]),
    County(TWIN, TWINS),
    County(ATTACHED, [School("3000000003", {"primary": 100, "junior": 400}, type_code="311")]),
    County(RURAL, [primary("2000000001", urban_rural_code="220"), junior("3000000002", urban_rural_code="210")],
           alone=True),
    County(ONE_ROOM, [primary("2000000001", 400, rooms=[("music", 80.0), ("art", 80.0)])], alone=True),
]  # fmt: skip
